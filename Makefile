# SPDX-License-Identifier: GPL-2.0-only
# See `make help`. Modules are built by Kbuild, through scripts/modules.
SHELL := /bin/bash
O := $(CURDIR)/build
KERNEL ?= stock
PREFIX ?= /usr/local

all: modules tools

modules: deps
	@scripts/modules --kernel $(KERNEL)

tools: toectl e2e-tools

toectl: deps
	@mkdir -p $(O)/tools
	@+$(MAKE) -s -C tools/toectl O=$(O)/tools

e2e-tools: deps
	@mkdir -p $(O)/tools
	@+$(MAKE) -s -C tests/e2e/tools O=$(O)/tools
	@+$(MAKE) -s -C tests/parity O=$(O)/tools

# The debug kernel, into the cache
kernel: deps
	@tests/vm/kernel-build debug

demo: deps
	@demo/run

vm: deps toectl
	@tests/vm/run --kernel $(KERNEL) --interactive -- tests/vm/shell

test: deps
	@tests/run

MINUTES ?= 10

# Everything at random moments under load; SEED repeats a schedule
torture: tools
	@TOE_MINUTES=$(MINUTES) $(if $(CONNS),TOE_CONNS=$(CONNS)) \
	TOE_TEST_TIMEOUT=$$(($(MINUTES) * 60 + 1800)) \
	tests/vm/run --kernel $(KERNEL) --mem 4096 \
		--timeout $$(($(MINUTES) * 60 + 2400)) -- tests/e2e/run torture

# Everything end to end on the debug kernel, which has no e1000; hours
test-debug: deps
	@TOE_TIMEOUT=14400 TOE_TEST_TIMEOUT=3600 TOE_DEBUG_TESTS="$(filter-out \
		deb gap idle lower scale torture,$(patsubst tests/e2e/t_%.sh,%,\
		$(wildcard tests/e2e/t_*.sh)))" tests/run e2e-debug

# End to end, every size as promised
test-full: deps
	@SCALE=100 TOE_TIMEOUT=14400 TOE_TEST_TIMEOUT=7200 tests/run e2e

native kunit e2e idle e2e-debug debian13 parity: deps
	@tests/run $@

# The engine's proof, longer than `make native`: each ends with a sum
SEEDS ?= 100000
SEED0 ?= 1

netsim: deps
	@$(MAKE) -s -C tests/native OUT=$(O)/native SEEDS=$(SEEDS) \
		SEED0=$(SEED0) netsim

SECONDS_EACH ?= 60

fuzz: deps
	@$(MAKE) -s -C tests/native OUT=$(O)/native \
		SECONDS_EACH=$(SECONDS_EACH) fuzz

grid: deps
	@$(MAKE) -s -C tests/native OUT=$(O)/native grid

engine-bench: deps
	@$(MAKE) -s -C tests/native OUT=$(O)/native engine-bench

# What it costs and saves: report, JSON and plots in bench/out
bench bench-full:
	@scripts/deps bench
	@bench/run $(if $(filter %-full,$@),full,quick)

check: deps
	@scripts/check

deps:
	@scripts/deps

# For the running kernel
install: tools
	KDIR=/lib/modules/$$(uname -r)/build scripts/modules --out $(O)/install
	install -D -m 644 -t $(DESTDIR)/lib/modules/$$(uname -r)/updates \
		$(O)/install/{toe,simtoe_hw,simtoe}.ko
	depmod -b $(DESTDIR)/ $$(uname -r)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/linux \
		include/uapi/linux/toe.h
	$(MAKE) -C tools/toectl O=$(O)/tools PREFIX=$(PREFIX) install

DKMS_VERSION = $(shell . ./dkms.conf && echo $$PACKAGE_VERSION)
DKMS_SRC = $(DESTDIR)/usr/src/opentoe-$(DKMS_VERSION)

dkms:
	mkdir -p $(DKMS_SRC)
	cp -r Kbuild dkms.conf include net drivers sim_nic $(DKMS_SRC)/
	dkms add opentoe/$(DKMS_VERSION)
	dkms install opentoe/$(DKMS_VERSION)

# The same and the tools as Debian packages, in build/deb
deb:
	@scripts/deps deb
	@scripts/deb

# Programs as they are, over connections that the NIC has
programs: deps
	@scripts/deps programs
	@tests/run programs

test-deb: deps
	@tests/run deb

clean:
	rm -rf $(O) bench/out

help:
	@echo 'make            build the modules (stock headers) and the tools'
	@echo 'make demo       the main job on real programs, in a VM'
	@echo 'make test       every test: native, KUnit, end to end'
	@echo 'make bench | bench-full    instructions, with and without offload'
	@echo 'make check      warnings, sparse, checkpatch, kernel-doc, shellcheck'
	@echo 'make torture [MINUTES=10] [SEED=N] [CONNS=500]    all that can happen'
	@echo 'make vm         a shell in the VM with the modules loaded'
	@echo 'make test-full  end to end at full size, an hour under emulation'
	@echo 'make test-debug end to end on the debug kernel, hours under emulation'
	@echo 'make native | kunit | e2e | idle | e2e-debug    one suite'
	@echo 'make debian13   a part of the end-to-end tests on 6.12'
	@echo 'make parity     the socket interface: host, offloaded, moved'
	@echo 'make programs   redis, ssh, rsync, git and more, unmodified'
	@echo 'make netsim [SEEDS=N] [SEED0=FIRST]      the engine on a bad network'
	@echo 'make fuzz [SECONDS_EACH=N]              what comes from outside'
	@echo 'make grid [UPDATE=1]    goodput over loss and RTT against the table'
	@echo 'make engine-bench       ns and instructions per segment'
	@echo 'make kernel     build the debug kernel into the cache'
	@echo 'make install | dkms    for the running kernel'
	@echo 'make deb        Debian packages: the modules for DKMS, the tools'
	@echo 'make test-deb   install, use and purge them'
	@echo 'make clean      remove build/ and bench/out/'
	@echo
	@echo 'KERNEL=debug    for modules and vm: our own kernel (KASAN, lockdep)'
	@echo 'SCALE=N SEED=N  for tests: size in percent of the full test, seed'

.PHONY: all modules tools toectl e2e-tools kernel demo vm test test-full \
	test-debug native kunit e2e idle e2e-debug debian13 parity programs netsim fuzz \
	grid engine-bench bench bench-full check torture deps install dkms deb \
	test-deb clean help

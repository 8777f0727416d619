// SPDX-License-Identifier: GPL-2.0-only
/*
 * The suites, compiled together with the units under test: those call nothing
 * that is not in this module or in the kernel, so neither symbols have to be
 * exported for tests nor toe.ko to be loaded. What a unit calls and this
 * module does not have is in fakes.c. The names are the same as in toe.ko;
 * that is no conflict, as neither module exports what the other one has.
 *
 * A new suite: <unit>_test.c with kunit_test_suite() at its end, and it and
 * its unit in Kbuild. They run when the module is loaded, before its init.
 */
#include <linux/module.h>

MODULE_DESCRIPTION("Tests of the TCP offload framework");
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the units under test call and this module does not have, and makers of
 * the objects that several suites need.
 */
#ifndef TOE_KUNIT_FAKES_H
#define TOE_KUNIT_FAKES_H

#include <kunit/test.h>
#include <net/neighbour.h>
#include <net/toe.h>

#include "../net/toe/conn.h"

/* The namespace that toe_pernet() gives for every struct net */
struct toe_net *fake_net_init(struct kunit *test);
void fake_net_exit(void);

/* What the last toe_nl_conn_event() said, and how many there were */
struct fake_nl {
	unsigned int nr;
	enum toe_state from, to;
	u8 reason;
};

extern struct fake_nl fake_nl;

enum fake_op {
	FAKE_INITIATE,
	FAKE_UPDATE,
	FAKE_RELINK,
	FAKE_TERMINATE,
	FAKE_INVALIDATE,
	FAKE_POST,

	__FAKE_OP_MAX
};

#define FAKE_MAX_CALLS	64

/* One block of a forest that the driver was called with; calls without a
 * forest have type 0
 */
struct fake_call {
	enum fake_op op;
	u16 type;		/* enum toe_object_type */
	u32 nic;		/* as the framework passed it */
	u8 dst_mac[ETH_ALEN];	/* of neighbours */
};

/**
 * struct fake_dev - a NIC that records what it is asked
 * @tdev: registered with the framework
 * @nr: calls per operation
 * @calls: blocks of update, relink (the old one, then the new one), terminate
 *	   and invalidate, in order
 * @nr_calls: how many; those above FAKE_MAX_CALLS are only counted
 * @blocks: blocks of initiates, by type
 * @next_nic: handle of the next object
 * @err: what initiate, relink and terminate return
 * @no_handle: accept without giving one
 * @judge: status of a block of an initiate, or of the new one of a relink;
 *	   NULL = accept all
 * @arg: the test's
 */
struct fake_dev {
	struct toe_dev tdev;
	unsigned int nr[__FAKE_OP_MAX];
	struct fake_call calls[FAKE_MAX_CALLS];
	unsigned int nr_calls;
	unsigned int blocks[__TOE_OBJECT_MAX];
	u32 next_nic;
	int err;
	bool no_handle;
	u16 (*judge)(struct fake_dev *fd, const struct toe_block *blk);
	void *arg;
};

/* An Ethernet device that is never up, with a NIC registered on it */
struct fake_dev *fake_dev_new(struct kunit *test);
void fake_dev_free(struct fake_dev *fd);

/* A permanent entry for 192.0.2.@host at 02:00:00:00:@tag:@host; the caller
 * owns a reference
 */
struct neighbour *fake_neigh(struct kunit *test, struct fake_dev *fd, u8 host);
void fake_neigh_mac(struct neighbour *n, u8 tag, u8 host);

/* TCP socket of the kernel, closed; the caller releases it */
struct socket *fake_sock(struct kunit *test);

/* A connection in @state without a socket; freed with the test */
struct toe_conn *fake_conn(struct kunit *test, struct toe_net *tn,
			   enum toe_state state);

/* Path state of 198.51.100.@host with an MTU of 1500 */
struct toe_path_state fake_path_state(u8 host);

#endif /* TOE_KUNIT_FAKES_H */

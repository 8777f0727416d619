/* SPDX-License-Identifier: GPL-2.0-only */
/* What may be offloaded: the knobs and rules of a network namespace. */
#ifndef TOE_POLICY_H
#define TOE_POLICY_H

#include <linux/in6.h>
#include <linux/notifier.h>
#include <linux/toe.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "mib.h"
#include "quota.h"

enum toe_mode {
	TOE_MODE_OFF,		/* nothing goes down */
	TOE_MODE_EXPLICIT,	/* only sockets that opted in, or toectl */
	TOE_MODE_AUTO,		/* what the rules and thresholds allow */
};

struct toe_policy;		/* ordered rules; RCU */

/**
 * struct toe_net - the framework's part of a network namespace
 * @net: back pointer
 * @enabled: net.toe.enabled; the hooks exist only while some namespace has 1
 * @mode: enum toe_mode
 * @min_bytes: payload both ways before a connection may go down in mode auto
 * @min_age_ms: time since ESTABLISHED, ditto
 * @retry_ms: pause after a refusal, doubled with each one (hysteresis)
 * @max_connections: offloaded at once in this namespace
 * @batch_max: connections per initiate call, 1 = each at once
 * @batch_ms: longest wait for a batch to fill
 * @evict_ms: time over which the value of a connection is measured, where there
 *	is no room for all; 0 = nobody has to go
 * @failback_ms: peace before connections follow bonding's choice, 0 = never
 * @policy: address and port rules
 * @offloaded: connections that are down now
 * @quotas: shares of cgroups (RCU)
 * @conns: all connections the framework watches, by id (struct toe_conn)
 * @next_id: where the search for the id of a new connection begins
 * @mib: counters
 * @displaced: connections that lost their NIC and look for another
 * @failback_at: jiffies when @failback_ms is over, 0 = nothing to do
 * @failover_work: places them
 * @fib_nb: told of changed routes while @enabled
 * @check_work: lets every connection look at its route again
 * @sysctl: the tables of net.toe.*, to unregister
 */
struct toe_net {
	struct net *net;
	u8 enabled;
	int mode;
	unsigned int min_bytes;
	unsigned int min_age_ms;
	unsigned int retry_ms;
	unsigned int max_connections;
	unsigned int batch_max;
	unsigned int batch_ms;
	unsigned int evict_ms;
	unsigned int failback_ms;
	struct toe_policy __rcu *policy;
	atomic_t offloaded;
	struct toe_quota __rcu *quotas[TOE_QUOTAS];
	struct xarray conns;
	u32 next_id;
	struct toe_mib __percpu *mib;
	atomic_t displaced;
	unsigned long failback_at;
	struct delayed_work failover_work;
	struct notifier_block fib_nb;
	struct delayed_work check_work;
	struct ctl_table_header *sysctl;
};

struct toe_net *toe_pernet(const struct net *net);

/* The part of a connection that rules look at */
struct toe_policy_key {
	u16 family;
	u16 lport, rport;	/* host byte order */
	struct in6_addr laddr;	/* IPv4 as ::ffff:a.b.c.d */
	struct in6_addr raddr;
};

/* What the rules say: enum toe_by, with the number of the rule if it was one */
struct toe_verdict {
	bool allow;
	u8 by;
	u16 rule;
};

/* May the rules ever let it go down? First match wins; policy.c says what holds
 * when none matches. Softirq safe, RCU inside.
 */
struct toe_verdict toe_policy_judge(struct toe_net *tn,
				    const struct toe_policy_key *key);

#define TOE_POLICY_MAX_RULES	1024
#define TOE_POLICY_MAX_PORTS	64
#define TOE_POLICY_MAX_ADDRS	64

/* Both ends included; 0-65535 = any */
struct toe_ports {
	u16 min, max;
};

/* IPv4 as ::ffff:a.b.c.d with 96 bits more; @len 0 = any */
struct toe_prefix {
	struct in6_addr addr;
	u8 len;
};

/**
 * struct toe_rule - one line of the policy
 * @action: enum toe_action
 * @family: AF_INET, AF_INET6 or AF_UNSPEC = both
 * @local: the host's address
 * @remote: the peer's address
 * @lport: the host's port
 * @rport: the peer's port
 */
struct toe_rule {
	u8 action;
	u16 family;
	struct toe_prefix local, remote;
	struct toe_ports lport, rport;
};

/* policy.c: rules, position 1 is the first. Process context. */
int toe_policy_add(struct toe_net *tn, const struct toe_rule *rule, u32 pos);
int toe_policy_del(struct toe_net *tn, u32 pos);
int toe_policy_flush(struct toe_net *tn);
int toe_policy_get(struct toe_net *tn, u32 pos, struct toe_rule *rule,
		   u32 *gen);

/* plist.c: net.toe.ports and net.toe.addresses as text. Process context. */
int toe_ports_parse(char *text, struct toe_ports *ports, unsigned int max);
int toe_ports_print(char *buf, size_t size, const struct toe_ports *ports,
		    unsigned int nr);
int toe_prefixes_parse(char *text, struct toe_prefix *list, unsigned int max);
int toe_prefixes_print(char *buf, size_t size, const struct toe_prefix *list,
		       unsigned int nr);
int toe_policy_set_ports(struct toe_net *tn, char *text);
int toe_policy_set_addresses(struct toe_net *tn, char *text);
int toe_policy_show_ports(struct toe_net *tn, char *buf, size_t size);
int toe_policy_show_addresses(struct toe_net *tn, char *buf, size_t size);

int toe_policy_net_init(struct toe_net *tn);
void toe_policy_net_exit(struct toe_net *tn);

/* sysctl.c: net.toe.* of one namespace */
int toe_sysctl_net_init(struct toe_net *tn);
void toe_sysctl_net_exit(struct toe_net *tn);

/* sock.c: called by the knobs, process context, may sleep */
int toe_net_enable(struct toe_net *tn);
void toe_net_disable(struct toe_net *tn);
/* conn.c: a knob or rule changed; what no longer matches comes up */
void toe_net_policy_changed(struct toe_net *tn);

#endif /* TOE_POLICY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernel versions, and nowhere else. */
#ifndef _NET_TOE_COMPAT_H
#define _NET_TOE_COMPAT_H

#include <linux/if_vlan.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

/* On the stack, large and written before it is read: not cleared on every entry, as
 * CONFIG_INIT_STACK_ALL_ZERO does. For the data path.
 */
#if __has_attribute(__uninitialized__)
#define __toe_unset	__attribute__((__uninitialized__))
#else
#define __toe_unset
#endif

#ifndef NSEC_PER_MSEC
#define NSEC_PER_MSEC	1000000L
#endif

/* The clock behind TCP time stamps, milliseconds, without the socket's offset */
static inline u32 toe_ts_clock(void)
{
	return (u32)div_u64(ktime_get_ns(), NSEC_PER_MSEC);
}

/* tcp_mstamp_refresh(), which is not exported */
static inline void toe_mstamp_refresh(struct tcp_sock *tp)
{
	tp->tcp_clock_cache = tcp_clock_ns();
	tp->tcp_mstamp = div_u64(tp->tcp_clock_cache, NSEC_PER_USEC);
}

/* tcp_time_stamp(), renamed by 6.7; 6.12's microsecond clients are refused */
static inline u32 toe_stamp_ms(const struct tcp_sock *tp)
{
	return (u32)div_u64(tp->tcp_mstamp, USEC_PER_MSEC);
}

static inline u16 toe_ip_id(const struct sock *sk)
{
	return (u16)atomic_read(&inet_sk(sk)->inet_id);
}

static inline void toe_ip_id_set(struct sock *sk, u16 id)
{
	atomic_set(&inet_sk(sk)->inet_id, id);
}

/* One step down; vlan_dev_real_dev() goes all the way */
static inline struct net_device *
toe_vlan_real_dev(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_VLAN_8021Q)
	return vlan_dev_priv(dev)->real_dev;
#else
	return NULL;
#endif
}

/* Are there filters of tc, or BPF programs, on a device? 6.6 put both behind one
 * pointer.
 */
static inline bool toe_dev_classifies(const struct net_device *dev)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#ifdef CONFIG_NET_CLS_ACT
	if (rcu_access_pointer(dev->miniq_ingress))
		return true;
#endif
#ifdef CONFIG_NET_EGRESS
	if (rcu_access_pointer(dev->miniq_egress))
		return true;
#endif
#elif defined(CONFIG_NET_XGRESS)
	if (rcu_access_pointer(dev->tcx_ingress) ||
	    rcu_access_pointer(dev->tcx_egress))
		return true;
#endif
	return false;
}

/* 6.6 wants the number of entries instead of an empty one at the end */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define toe_register_sysctl(net, path, table, nr) \
	register_net_sysctl(net, path, table)
#else
#define toe_register_sysctl(net, path, table, nr) \
	register_net_sysctl_sz(net, path, table, nr)
#endif

/* 6.11 made the table const for its handlers */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
typedef struct ctl_table toe_ctl_table;
#else
typedef const struct ctl_table toe_ctl_table;
#endif

/* 6.10 moved the references of fragments to a header of their own */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <linux/skbuff_ref.h>
#endif

/* 6.12 made transmission without the queue's lock a bit of the device */
#ifdef NETIF_F_LLTX
#define TOE_F_LLTX	NETIF_F_LLTX
#define toe_set_lltx(dev)	((dev)->features |= NETIF_F_LLTX)
#else
#define TOE_F_LLTX	0
#define toe_set_lltx(dev)	((dev)->lltx = true)
#endif

/* Until 6.4 a driver had to say that its reload operations may be called */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define toe_devlink_reloads(devlink) \
	devlink_set_features(devlink, DEVLINK_F_RELOAD)
#else
#define toe_devlink_reloads(devlink)	do { } while (0)
#endif

/* Until 6.7 each piece of a formatted message could fail; since then the message
 * remembers the first error.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define toe_fmsg(call)	(call)
#else
#define toe_fmsg(call)	({ call; 0; })
#endif

/* 6.12 tells a parameter's setter where to explain an error */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define TOE_PARAM_SET_ARGS	struct devlink *devlink, u32 id, \
				struct devlink_param_gset_ctx *ctx
#else
#define TOE_PARAM_SET_ARGS	struct devlink *devlink, u32 id, \
				struct devlink_param_gset_ctx *ctx, \
				struct netlink_ext_ack *extack
#endif

#endif /* _NET_TOE_COMPAT_H */

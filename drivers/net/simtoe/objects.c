// SPDX-License-Identifier: GPL-2.0-only
/*
 * State objects of the framework in the form of the data sheet, and back. The
 * field lists of toe_fields.h say what there is; here stands what differs: the
 * TCP state, the byte order of ports, the flag for IPv6, addresses.
 */
#include "simtoe.h"

#include <net/tcp_states.h>

/* Everything else is copied, field by field */
static_assert((int)TOE_TCP_TSTAMP == (int)ENG_F_TSTAMP);
static_assert((int)TOE_TCP_SACK == (int)ENG_F_SACK);
static_assert((int)TOE_TCP_WSCALE == (int)ENG_F_WSCALE);
static_assert((int)TOE_TCP_ECN == (int)ENG_F_ECN);
static_assert((int)TOE_TCP_ECN_ECHO == (int)ENG_ECN_ECHO);
static_assert((int)TOE_TCP_ECN_REDUCED == (int)ENG_ECN_REDUCED);
static_assert((int)TOE_TCP_NODELAY == (int)ENG_C_NODELAY);
static_assert((int)TOE_TCP_CORK == (int)ENG_C_CORK);
static_assert((int)TOE_TCP_QUICKACK == (int)ENG_C_QUICKACK);
static_assert((int)TOE_CC_RENO == (int)ENG_CC_RENO);
static_assert((int)TOE_CC_CUBIC == (int)ENG_CC_CUBIC);
static_assert((int)TOE_CC_DCTCP == (int)ENG_CC_DCTCP);
static_assert((int)__TOE_CC_MAX == (int)__ENG_CC_MAX);
static_assert(TOE_TIMER_OFF == ENG_TIMER_OFF);
static_assert(TOE_TIMER_NOW == ENG_TIMER_NOW);

static const u8 simtoe_tcp_states[] = {
	[ENG_ESTABLISHED]	= TCP_ESTABLISHED,
	[ENG_FIN_WAIT1]		= TCP_FIN_WAIT1,
	[ENG_FIN_WAIT2]		= TCP_FIN_WAIT2,
	[ENG_CLOSE_WAIT]	= TCP_CLOSE_WAIT,
	[ENG_CLOSING]		= TCP_CLOSING,
	[ENG_LAST_ACK]		= TCP_LAST_ACK,
	[ENG_TIME_WAIT]		= TCP_TIME_WAIT,
	[ENG_CLOSED]		= TCP_CLOSE,
};

static u8 simtoe_state_down(u8 state)
{
	u8 i;

	for (i = 0; i < ARRAY_SIZE(simtoe_tcp_states); i++) {
		if (simtoe_tcp_states[i] == state)
			return i;
	}
	return ENG_CLOSED;
}

static u8 simtoe_state_up(u8 state)
{
	return state < ARRAY_SIZE(simtoe_tcp_states) ?
	       simtoe_tcp_states[state] : TCP_CLOSE;
}

static void simtoe_const_down(struct eng_const *to,
			      const struct toe_tcp_const *from, bool ipv6)
{
	TOE_TCP_CONST(TOE_FIELD_COPY)
	to->flags |= ipv6 ? ENG_F_IPV6 : 0;
	to->sport = ntohs(from->sport);
	to->dport = ntohs(from->dport);
}

static void simtoe_cached_down(struct eng_cached *to,
			       const struct toe_tcp_cached *from)
{
	TOE_TCP_CACHED(TOE_FIELD_COPY)
}

static void simtoe_delegated_down(struct eng_delegated *to,
				  const struct toe_tcp_delegated *from)
{
	TOE_TCP_DELEGATED(TOE_FIELD_COPY)
	to->state = simtoe_state_down(from->state);
}

static void simtoe_delegated_up(struct toe_tcp_delegated *to,
				const struct eng_delegated *from)
{
	TOE_TCP_DELEGATED(TOE_FIELD_COPY)
	to->state = simtoe_state_up(from->state);
}

static void simtoe_const_up(struct toe_tcp_const *to,
			    const struct eng_const *from)
{
	TOE_TCP_CONST(TOE_FIELD_COPY)
	to->flags &= ~ENG_F_IPV6;
	to->sport = htons(from->sport);
	to->dport = htons(from->dport);
}

static void simtoe_cached_up(struct toe_tcp_cached *to,
			     const struct eng_cached *from)
{
	TOE_TCP_CACHED(TOE_FIELD_COPY)
}

static void simtoe_nconst_up(struct toe_neigh_const *to,
			     const struct sim_neigh_state *from)
{
	TOE_NEIGH_CONST(TOE_FIELD_COPY)
}

static void simtoe_ncached_up(struct toe_neigh_cached *to,
			      const struct sim_neigh_state *from)
{
	TOE_NEIGH_CACHED(TOE_FIELD_COPY)
}

static void simtoe_pcached_up(struct toe_path_cached *to,
			      const struct sim_path_state *from)
{
	TOE_PATH_CACHED(TOE_FIELD_COPY)
}

static void simtoe_nconst_down(struct sim_neigh_state *to,
			       const struct toe_neigh_const *from)
{
	TOE_NEIGH_CONST(TOE_FIELD_COPY)
}

static void simtoe_ncached_down(struct sim_neigh_state *to,
				const struct toe_neigh_cached *from)
{
	TOE_NEIGH_CACHED(TOE_FIELD_COPY)
}

static void simtoe_ndelegated_up(struct toe_neigh_delegated *to,
				 const struct sim_neigh_state *from)
{
	TOE_NEIGH_DELEGATED(TOE_FIELD_COPY)
}

static void simtoe_pcached_down(struct sim_path_state *to,
				const struct toe_path_cached *from)
{
	TOE_PATH_CACHED(TOE_FIELD_COPY)
}

/**
 * simtoe_neigh_down() - a neighbour for the hardware
 * @to: zeroed
 * @from: the framework's
 *
 * Context: any.
 */
void simtoe_neigh_down(struct sim_neigh_state *to,
		       const struct toe_neigh_state *from)
{
	simtoe_nconst_down(to, &from->c);
	simtoe_ncached_down(to, &from->h);
}

/**
 * simtoe_neigh_up() - the answer to a query of a neighbour, every part of it
 * @to: written
 * @from: the hardware's
 *
 * Context: any.
 */
void simtoe_neigh_up(struct toe_neigh_state *to,
		     const struct sim_neigh_state *from)
{
	simtoe_nconst_up(&to->c, from);
	simtoe_ncached_up(&to->h, from);
	simtoe_ndelegated_up(&to->d, from);
}

static void simtoe_vconst_down(struct sim_vlan_state *to,
			       const struct toe_vlan_const *from)
{
	TOE_VLAN_CONST(TOE_FIELD_COPY)
}

static void simtoe_vconst_up(struct toe_vlan_const *to,
			     const struct sim_vlan_state *from)
{
	TOE_VLAN_CONST(TOE_FIELD_COPY)
}

/**
 * simtoe_vlan_up() - what the hardware says of a VLAN
 * @to: written
 * @from: the hardware's
 *
 * Context: any.
 */
void simtoe_vlan_up(struct toe_vlan_state *to,
		    const struct sim_vlan_state *from)
{
	simtoe_vconst_up(&to->c, from);
}

/**
 * simtoe_vlan_down() - a VLAN for the hardware
 * @to: zeroed
 * @from: the framework's
 *
 * Context: any.
 */
void simtoe_vlan_down(struct sim_vlan_state *to,
		      const struct toe_vlan_state *from)
{
	simtoe_vconst_down(to, &from->c);
}

static void simtoe_lconst_down(struct sim_lag_state *to,
			       const struct toe_lag_const *from)
{
	TOE_LAG_CONST(TOE_FIELD_COPY)
}

static void simtoe_lcached_down(struct sim_lag_state *to,
				const struct toe_lag_cached *from)
{
	TOE_LAG_CACHED(TOE_FIELD_COPY)
}

static void simtoe_lconst_up(struct toe_lag_const *to,
			     const struct sim_lag_state *from)
{
	TOE_LAG_CONST(TOE_FIELD_COPY)
}

static void simtoe_lcached_up(struct toe_lag_cached *to,
			      const struct sim_lag_state *from)
{
	TOE_LAG_CACHED(TOE_FIELD_COPY)
}

/**
 * simtoe_lag_up() - what the hardware says of a LAG
 * @to: written
 * @from: the hardware's
 *
 * Context: any.
 */
void simtoe_lag_up(struct toe_lag_state *to, const struct sim_lag_state *from)
{
	simtoe_lconst_up(&to->c, from);
	simtoe_lcached_up(&to->h, from);
}

/**
 * simtoe_lag_down() - a LAG for the hardware
 * @to: zeroed
 * @from: the framework's
 *
 * Context: any.
 */
void simtoe_lag_down(struct sim_lag_state *to,
		     const struct toe_lag_state *from)
{
	simtoe_lconst_down(to, &from->c);
	simtoe_lcached_down(to, &from->h);
}

/**
 * simtoe_path_down() - a path for the hardware
 * @to: zeroed
 * @from: the framework's
 *
 * Context: any.
 */
void simtoe_path_down(struct sim_path_state *to,
		      const struct toe_path_state *from)
{
	to->family = from->c.family;
	if (from->c.family == AF_INET) {
		memcpy(to->saddr, &from->c.saddr, sizeof(from->c.saddr));
		memcpy(to->daddr, &from->c.daddr, sizeof(from->c.daddr));
	} else {
		memcpy(to->saddr, &from->c.saddr6, sizeof(from->c.saddr6));
		memcpy(to->daddr, &from->c.daddr6, sizeof(from->c.daddr6));
	}
	simtoe_pcached_down(to, &from->h);
}

/**
 * simtoe_path_up() - the answer to a query of a path, every part of it
 * @to: written
 * @from: the hardware's
 *
 * Context: any.
 */
void simtoe_path_up(struct toe_path_state *to,
		    const struct sim_path_state *from)
{
	memset(&to->c, 0, sizeof(to->c));
	to->c.family = from->family;
	if (from->family == AF_INET) {
		memcpy(&to->c.saddr, from->saddr, sizeof(to->c.saddr));
		memcpy(&to->c.daddr, from->daddr, sizeof(to->c.daddr));
	} else {
		memcpy(&to->c.saddr6, from->saddr, sizeof(to->c.saddr6));
		memcpy(&to->c.daddr6, from->daddr, sizeof(to->c.daddr6));
	}
	simtoe_pcached_up(&to->h, from);
}

/**
 * simtoe_tcp_down() - a connection for the hardware
 * @to: zeroed
 * @from: the framework's
 * @ipv6: of its path
 *
 * Context: any.
 */
void simtoe_tcp_down(struct eng_state *to, const struct toe_tcp_state *from,
		     bool ipv6)
{
	simtoe_const_down(&to->c, &from->c, ipv6);
	simtoe_cached_down(&to->h, &from->h);
	simtoe_delegated_down(&to->d, &from->d);
}

/**
 * simtoe_tcp_up() - what a terminate returns of a connection
 * @to: its delegated part is written, nothing else
 * @from: the hardware's
 *
 * Context: any.
 */
void simtoe_tcp_up(struct toe_tcp_state *to, const struct eng_state *from)
{
	simtoe_delegated_up(&to->d, &from->d);
}

/**
 * simtoe_tcp_query() - the answer to a query of a connection, every part of it
 * @to: written
 * @from: the hardware's
 *
 * Context: any.
 */
void simtoe_tcp_query(struct toe_tcp_state *to, const struct eng_state *from)
{
	simtoe_const_up(&to->c, &from->c);
	simtoe_cached_up(&to->h, &from->h);
	simtoe_delegated_up(&to->d, &from->d);
}

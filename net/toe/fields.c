// SPDX-License-Identifier: GPL-2.0-only
#include "fields.h"

#include <net/toe.h>

/* A state can't be told from one of another revision by its size alone, but
 * whoever changes a list is reminded here to raise TOE_OBJECT_REVISION.
 */
static_assert(TOE_OBJECT_REVISION == 7);
static_assert(sizeof(struct toe_neigh_state) == 24);
static_assert(sizeof(struct toe_vlan_state) == 4);
static_assert(sizeof(struct toe_lag_state) == 8);
static_assert(sizeof(struct toe_path_state) == 40);
static_assert(sizeof(struct toe_tcp_state) == 192);

#define ENTRY(obj, cls, object, part, type_, name_, ...)		\
	{								\
		.name = #name_,						\
		.type = TOE_OBJECT_##obj,				\
		.class = TOE_CLASS_##cls,				\
		.offset = offsetof(struct toe_##object##_state,		\
				   part.name_),				\
		.size = sizeof(type_ __VA_ARGS__),			\
	},

#define NEIGH_C(...)	ENTRY(NEIGH, CONST, neigh, c, __VA_ARGS__)
#define NEIGH_H(...)	ENTRY(NEIGH, CACHED, neigh, h, __VA_ARGS__)
#define NEIGH_D(...)	ENTRY(NEIGH, DELEGATED, neigh, d, __VA_ARGS__)
#define VLAN_C(...)	ENTRY(VLAN, CONST, vlan, c, __VA_ARGS__)
#define LAG_C(...)	ENTRY(LAG, CONST, lag, c, __VA_ARGS__)
#define LAG_H(...)	ENTRY(LAG, CACHED, lag, h, __VA_ARGS__)
#define PATH_H(...)	ENTRY(PATH, CACHED, path, h, __VA_ARGS__)
#define TCP_C(...)	ENTRY(TCP, CONST, tcp, c, __VA_ARGS__)
#define TCP_H(...)	ENTRY(TCP, CACHED, tcp, h, __VA_ARGS__)
#define TCP_D(...)	ENTRY(TCP, DELEGATED, tcp, d, __VA_ARGS__)

const struct toe_field toe_fields[] = {
	TOE_NEIGH_CONST(NEIGH_C)
	TOE_NEIGH_CACHED(NEIGH_H)
	TOE_NEIGH_DELEGATED(NEIGH_D)
	TOE_VLAN_CONST(VLAN_C)
	TOE_LAG_CONST(LAG_C)
	TOE_LAG_CACHED(LAG_H)
	TOE_PATH_CACHED(PATH_H)
	TOE_TCP_CONST(TCP_C)
	TOE_TCP_CACHED(TCP_H)
	TOE_TCP_DELEGATED(TCP_D)
	{}
};

/**
 * toe_object_name() - word for a kind of object
 * @type: enum toe_object_type
 *
 * Context: any.
 * Return: a word.
 */
const char *toe_object_name(u16 type)
{
	switch ((enum toe_object_type)type) {
	case TOE_OBJECT_NEIGH:
		return "neigh";
	case TOE_OBJECT_PATH:
		return "path";
	case TOE_OBJECT_TCP:
		return "tcp";
	case TOE_OBJECT_VLAN:
		return "vlan";
	case TOE_OBJECT_LAG:
		return "lag";
	case __TOE_OBJECT_MAX:
		break;
	}
	return "unknown";
}

/**
 * toe_field_class() - who owns the field while the object is down
 * @field: which
 *
 * Context: any.
 * Return: a word.
 */
const char *toe_field_class(const struct toe_field *field)
{
	switch ((enum toe_class)field->class) {
	case TOE_CLASS_CONST:
		return "const";
	case TOE_CLASS_CACHED:
		return "cached";
	case TOE_CLASS_DELEGATED:
		return "delegated";
	}
	return "unknown";
}

/**
 * toe_field_read() - the value of a field
 * @field: which
 * @state: the state of an object of its type
 *
 * Context: any.
 * Return: the value; a MAC address as ether_addr_to_u64() has it.
 */
u64 toe_field_read(const struct toe_field *field, const void *state)
{
	const void *at = state + field->offset;

	switch (field->size) {
	case sizeof(u8):
		return *(const u8 *)at;
	case sizeof(u16):
		return *(const u16 *)at;
	case sizeof(u32):
		return *(const u32 *)at;
	case sizeof(u64):
		return *(const u64 *)at;
	case ETH_ALEN:
		return ether_addr_to_u64(at);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of the state objects as data. */
#ifndef TOE_FIELDS_H
#define TOE_FIELDS_H

#include <linux/types.h>

/* Who owns a field while the object is down, see toe.h */
enum toe_class {
	TOE_CLASS_CONST,
	TOE_CLASS_CACHED,
	TOE_CLASS_DELEGATED,
};

/**
 * struct toe_field - one field of a state object
 * @name: as in toe_fields.h
 * @type: enum toe_object_type
 * @class: enum toe_class
 * @offset: in the object's state, bytes
 * @size: bytes; a number in host byte order, or a MAC address
 */
struct toe_field {
	const char *name;
	u8 type;
	u8 class;
	u16 offset;
	u16 size;
};

/* In the order of the lists, ended by one without a name */
extern const struct toe_field toe_fields[];

/* Words for text and JSON */
const char *toe_object_name(u16 type);
const char *toe_field_class(const struct toe_field *field);

u64 toe_field_read(const struct toe_field *field, const void *state);

#endif /* TOE_FIELDS_H */

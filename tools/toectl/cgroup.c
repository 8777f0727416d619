// SPDX-License-Identifier: GPL-2.0-only
/* A cgroup v2 by its path, for the kernel, which knows it by its id. */
#define _GNU_SOURCE
#include "toectl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#define CGROUP2_MAGIC	0x63677270

/* Where they are mounted: alone, or beside those of version 1 */
static const char * const roots[] = {
	"", "/sys/fs/cgroup/", "/sys/fs/cgroup/unified/",
};

#define NR_ROOTS	((int)(sizeof(roots) / sizeof(roots[0])))

/* The handle of a directory of cgroup v2 is the id */
static int cgroup_id(const char *path, uint64_t *id)
{
	char room[sizeof(struct file_handle) + sizeof(*id)];
	struct file_handle *handle = (struct file_handle *)room;
	struct statfs fs;
	int mount;

	if (statfs(path, &fs) || fs.f_type != CGROUP2_MAGIC)
		return -1;
	memset(room, 0, sizeof(room));
	handle->handle_bytes = sizeof(*id);
	if (name_to_handle_at(AT_FDCWD, path, handle, &mount, 0) ||
	    handle->handle_bytes != sizeof(*id))
		return -1;
	memcpy(id, handle->f_handle, sizeof(*id));
	return 0;
}

/* "/sys/fs/cgroup/web.slice", or as toectl shows it: "/web.slice" */
int cgroup_parse(const char *arg, uint64_t *id)
{
	char path[4096];
	int i;

	for (i = 0; i < NR_ROOTS; i++) {
		if (snprintf(path, sizeof(path), "%s%s", roots[i], arg) <
		    (int)sizeof(path) && !cgroup_id(path, id))
			return 0;
	}
	return -1;
}

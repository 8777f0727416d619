// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: cgroups by their id. Without a cgroup in sockets: none. */
#include <linux/cgroup.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>

#include "nl.h"

#ifdef CONFIG_SOCK_CGROUP_DATA

struct cgroup *toe_nl_cgroup_get(struct genl_info *info,
				 const struct nlattr *nla)
{
	struct cgroup *cgrp = cgroup_get_from_id(nla_get_u64(nla));

	if (!IS_ERR_OR_NULL(cgrp))
		return cgrp;
	NL_SET_ERR_MSG_ATTR(info->extack, nla,
			    "no cgroup v2 with this id in sight: give the id of one that exists");
	return ERR_PTR(-ENOENT);
}

void toe_nl_cgroup_put(struct cgroup *cgrp)
{
	cgroup_put(cgrp);
}

static int toe_nl_cgroup_path(struct sk_buff *msg, struct cgroup *cgrp)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL);
	int err = 0;

	if (path && cgroup_path_ns(cgrp, path, PATH_MAX,
				   current->nsproxy->cgroup_ns) > 0)
		err = nla_put_string(msg, TOE_A_RULE_CGROUP_PATH, path);
	kfree(path);
	return err;
}

int toe_nl_cgroup_fill(struct sk_buff *msg, u64 id)
{
	struct cgroup *cgrp;
	int err;

	if (nla_put_u64_64bit(msg, TOE_A_RULE_CGROUP, id, TOE_A_RULE_PAD))
		return -EMSGSIZE;
	cgrp = cgroup_get_from_id(id);
	if (IS_ERR_OR_NULL(cgrp))
		return 0;
	err = toe_nl_cgroup_path(msg, cgrp);
	cgroup_put(cgrp);
	return err;
}

#else

struct cgroup *toe_nl_cgroup_get(struct genl_info *info,
				 const struct nlattr *nla)
{
	NL_SET_ERR_MSG_ATTR(info->extack, nla,
			    "this kernel's sockets know no cgroup (CONFIG_SOCK_CGROUP_DATA): leave it out");
	return ERR_PTR(-EOPNOTSUPP);
}

void toe_nl_cgroup_put(struct cgroup *cgrp)
{
}

int toe_nl_cgroup_fill(struct sk_buff *msg, u64 id)
{
	return 0;
}

#endif

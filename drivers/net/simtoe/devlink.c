// SPDX-License-Identifier: GPL-2.0-only
/*
 * devlink: what belongs to the device and not to its network interface. The
 * handle is platform/simtoe.N; ethtool -i shows it as bus-info. Instances live
 * in the initial network namespace: a namespace that dies reloads the devlink
 * instances inside it, before its network devices go.
 */
#include <linux/platform_device.h>
#include <net/devlink.h>
#include <net/toe_compat.h>

#include "simtoe.h"

struct simtoe_devlink {
	struct simtoe *st;
	struct platform_device *pdev;
};

#define SIMTOE_RESOURCE_TCP	1
#define SIMTOE_TCP_MAX		SIM_HANDLE_INDEX(~0U)

/* In use now: what is down, and what is on its way */
static u64 simtoe_tcp_occ(void *priv)
{
	struct simtoe *st = priv;
	u32 used = sim_reg_read(st->hw, SIM_REG_TCP_USED);

	/* a dead one has forgotten them all */
	return used == SIM_REG_DEAD ? 0 : used;
}

/* Instance lock held. */
static int __simtoe_resources_register(struct simtoe *st,
				       struct devlink *devlink)
{
	struct devlink_resource_size_params params;
	int err;

	devlink_resource_size_params_init(&params, 0, SIMTOE_TCP_MAX, 1,
					  DEVLINK_RESOURCE_UNIT_ENTRY);
	err = devl_resource_register(devlink, "tcp_connections",
				     READ_ONCE(st->tdev.caps.tcp_entries),
				     SIMTOE_RESOURCE_TCP,
				     DEVLINK_RESOURCE_ID_PARENT_TOP, &params);
	if (err)
		return err;
	devl_resource_occ_get_register(devlink, SIMTOE_RESOURCE_TCP,
				       simtoe_tcp_occ, st);
	return 0;
}

static int simtoe_resources_register(struct simtoe *st, struct devlink *devlink)
{
	int err;

	devl_lock(devlink);
	err = __simtoe_resources_register(st, devlink);
	devl_unlock(devlink);
	return err;
}

/* The table of a device that may be in use; one that is smaller leaves alone what
 * is in it. Instance lock held.
 */
static int simtoe_tcp_resize(struct simtoe *st, u32 size)
{
	int err = sim_reg_write(st->hw, SIM_REG_TCP_SIZE, size);

	if (!err)
		WRITE_ONCE(st->tdev.caps.tcp_entries, size);
	return err;
}

/* What "devlink resource set" asked for. Instance lock held. */
static int simtoe_resources_apply(struct simtoe *st, struct devlink *devlink)
{
	u64 size;
	int err;

	err = devl_resource_size_get(devlink, SIMTOE_RESOURCE_TCP, &size);
	return err ?: simtoe_tcp_resize(st, size);
}

/* Each parameter is a register of the device, read and written as it is. */
enum simtoe_param {
	SIMTOE_PARAM_TCP_CONNECTIONS = DEVLINK_PARAM_GENERIC_ID_MAX + 1,
	SIMTOE_PARAM_UPLOAD_HIGH_LOSS,
	SIMTOE_PARAM_UPLOAD_HIGH_REORDER,
	SIMTOE_PARAM_UPLOAD_FRAGMENTS,
	SIMTOE_PARAM_UPLOAD_LOW_ACTIVITY,
	SIMTOE_PARAM_UPLOAD_SMALL_IO,
};

static enum sim_reg simtoe_param_reg(u32 id)
{
	switch ((enum simtoe_param)id) {
	case SIMTOE_PARAM_TCP_CONNECTIONS:
		return SIM_REG_TCP_SIZE;
	case SIMTOE_PARAM_UPLOAD_HIGH_LOSS:
		return SIM_REG_UPLOAD_LOSS;
	case SIMTOE_PARAM_UPLOAD_HIGH_REORDER:
		return SIM_REG_UPLOAD_REORDER;
	case SIMTOE_PARAM_UPLOAD_FRAGMENTS:
		return SIM_REG_UPLOAD_FRAGMENTS;
	case SIMTOE_PARAM_UPLOAD_LOW_ACTIVITY:
		return SIM_REG_UPLOAD_IDLE;
	case SIMTOE_PARAM_UPLOAD_SMALL_IO:
		return SIM_REG_UPLOAD_SMALL_IO;
	}
	return __SIM_REG_MAX;
}

static int simtoe_param_get(struct devlink *devlink, u32 id,
			    struct devlink_param_gset_ctx *ctx)
{
	struct simtoe_devlink *sd = devlink_priv(devlink);

	ctx->val.vu32 = sim_reg_read(sd->st->hw, simtoe_param_reg(id));
	return ctx->val.vu32 == SIM_REG_DEAD ? -EIO : 0;
}

static int simtoe_param_set(TOE_PARAM_SET_ARGS)
{
	struct simtoe_devlink *sd = devlink_priv(devlink);
	int err;

	if (id != SIMTOE_PARAM_TCP_CONNECTIONS)
		return sim_reg_write(sd->st->hw, simtoe_param_reg(id),
				     ctx->val.vu32);
	err = simtoe_tcp_resize(sd->st, ctx->val.vu32);
	if (err)
		return err;
	/* the size of a resource is devlink's and changes with a reload only */
	devl_resources_unregister(devlink);
	return __simtoe_resources_register(sd->st, devlink);
}

static int simtoe_share_validate(struct devlink *devlink, u32 id,
				 union devlink_param_value val,
				 struct netlink_ext_ack *extack)
{
	if (val.vu32 <= 1000)
		return 0;
	NL_SET_ERR_MSG(extack, "segments per thousand: at most 1000, 0 = never");
	return -EINVAL;
}

static int simtoe_u31_validate(struct devlink *devlink, u32 id,
			       union devlink_param_value val,
			       struct netlink_ext_ack *extack)
{
	if (val.vu32 <= S32_MAX)
		return 0;
	NL_SET_ERR_MSG(extack, "at most 2147483647, 0 = never");
	return -EINVAL;
}

static int simtoe_tcp_validate(struct devlink *devlink, u32 id,
			       union devlink_param_value val,
			       struct netlink_ext_ack *extack)
{
	if (val.vu32 <= SIMTOE_TCP_MAX)
		return 0;
	NL_SET_ERR_MSG(extack, "the connection table has at most 1048575 entries");
	return -EINVAL;
}

#define SIMTOE_PARAM(id, name, validate)				\
	DEVLINK_PARAM_DRIVER(SIMTOE_PARAM_##id, name,			\
			     DEVLINK_PARAM_TYPE_U32,			\
			     BIT(DEVLINK_PARAM_CMODE_RUNTIME),		\
			     simtoe_param_get, simtoe_param_set, validate)

static const struct devlink_param simtoe_params[] = {
	SIMTOE_PARAM(TCP_CONNECTIONS, "tcp_connections", simtoe_tcp_validate),
	SIMTOE_PARAM(UPLOAD_HIGH_LOSS, "upload_high_loss",
		     simtoe_share_validate),
	SIMTOE_PARAM(UPLOAD_HIGH_REORDER, "upload_high_reorder",
		     simtoe_share_validate),
	SIMTOE_PARAM(UPLOAD_FRAGMENTS, "upload_fragments",
		     simtoe_share_validate),
	SIMTOE_PARAM(UPLOAD_LOW_ACTIVITY, "upload_low_activity",
		     simtoe_u31_validate),
	SIMTOE_PARAM(UPLOAD_SMALL_IO, "upload_small_io",
		     simtoe_u31_validate),
};

static int simtoe_info_get(struct devlink *devlink,
			   struct devlink_info_req *req,
			   struct netlink_ext_ack *extack)
{
	return devlink_info_version_running_put(req,
			DEVLINK_INFO_VERSION_GENERIC_FW, SIM_FW_VERSION);
}

/* RTNL may not be taken here: who removes the device holds it and waits for us. */
static int simtoe_reload_down(struct devlink *devlink, bool netns_change,
			      enum devlink_reload_action action,
			      enum devlink_reload_limit limit,
			      struct netlink_ext_ack *extack)
{
	struct simtoe_devlink *sd = devlink_priv(devlink);

	if (netns_change) {
		NL_SET_ERR_MSG(extack,
			       "the instance stays in the initial network namespace");
		return -EOPNOTSUPP;
	}
	toe_dev_pause(&sd->st->tdev, TOE_UPLOAD_RELOAD);
	return 0;
}

static int simtoe_reload_up(struct devlink *devlink,
			    enum devlink_reload_action action,
			    enum devlink_reload_limit limit,
			    u32 *actions_performed,
			    struct netlink_ext_ack *extack)
{
	struct simtoe_devlink *sd = devlink_priv(devlink);
	int err = simtoe_hw_renew(sd->st);

	if (!err)
		err = simtoe_resources_apply(sd->st, devlink);
	/* a dead one is the watchdog's business */
	toe_dev_resume(&sd->st->tdev);
	if (err) {
		NL_SET_ERR_MSG(extack, "the hardware stays dead");
		return err;
	}
	*actions_performed = BIT(action);
	return 0;
}

static const struct devlink_ops simtoe_devlink_ops = {
	.info_get = simtoe_info_get,
	.reload_actions = BIT(DEVLINK_RELOAD_ACTION_DRIVER_REINIT) |
			  BIT(DEVLINK_RELOAD_ACTION_FW_ACTIVATE),
	.reload_down = simtoe_reload_down,
	.reload_up = simtoe_reload_up,
};

/**
 * simtoe_devlink_create() - give the device its devlink instance
 * @st: the NIC, hardware present
 *
 * Context: process, RTNL held.
 * Return: 0 or a negative error.
 */
int simtoe_devlink_create(struct simtoe *st)
{
	struct platform_device *pdev;
	struct simtoe_devlink *sd;
	struct devlink *devlink;
	int err;

	pdev = platform_device_register_simple(SIMTOE_DRV_NAME,
					       PLATFORM_DEVID_AUTO, NULL, 0);
	/* -EINVAL says that there was no memory for its name. */
	if (IS_ERR(pdev))
		return PTR_ERR(pdev) == -EINVAL ? -ENOMEM : PTR_ERR(pdev);
	devlink = devlink_alloc(&simtoe_devlink_ops, sizeof(*sd), &pdev->dev);
	if (!devlink) {
		err = -ENOMEM;
		goto err_pdev;
	}
	sd = devlink_priv(devlink);
	sd->st = st;
	sd->pdev = pdev;
	err = devlink_params_register(devlink, simtoe_params,
				      ARRAY_SIZE(simtoe_params));
	if (err)
		goto err_devlink;
	err = simtoe_resources_register(st, devlink);
	if (err)
		goto err_params;
	err = simtoe_health_create(st, devlink);
	if (err)
		goto err_resources;
	st->devlink = devlink;
	toe_devlink_reloads(devlink);
	devlink_register(devlink);
	return 0;

err_resources:
	devlink_resources_unregister(devlink);
err_params:
	devlink_params_unregister(devlink, simtoe_params,
				  ARRAY_SIZE(simtoe_params));
err_devlink:
	devlink_free(devlink);
err_pdev:
	platform_device_unregister(pdev);
	return err;
}

/**
 * simtoe_devlink_destroy() - take it away again
 * @st: the NIC, hardware still present
 *
 * Context: process, RTNL held.
 */
void simtoe_devlink_destroy(struct simtoe *st)
{
	struct platform_device *pdev;
	struct simtoe_devlink *sd;

	if (!st->devlink)
		return;
	sd = devlink_priv(st->devlink);
	pdev = sd->pdev;
	devlink_unregister(st->devlink);
	simtoe_health_destroy(st);
	devlink_resources_unregister(st->devlink);
	devlink_params_unregister(st->devlink, simtoe_params,
				  ARRAY_SIZE(simtoe_params));
	devlink_free(st->devlink);
	st->devlink = NULL;
	platform_device_unregister(pdev);
}

/**
 * simtoe_devlink_name() - the device's name for ethtool
 * @st: the NIC
 *
 * Context: process, RTNL held.
 * Return: a name as in devlink's handle, without the bus.
 */
const char *simtoe_devlink_name(const struct simtoe *st)
{
	const struct simtoe_devlink *sd;

	if (!st->devlink)
		return "";
	sd = devlink_priv(st->devlink);
	return dev_name(&sd->pdev->dev);
}

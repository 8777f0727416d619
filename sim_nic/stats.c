// SPDX-License-Identifier: GPL-2.0-only
/* Device counters: per CPU, read as one register block */
#include "hw.h"

const char sim_stat_names[__SIM_STAT_MAX][32] = {
	[SIM_STAT_RX_SEGS]	= "toe_rx_segs",
	[SIM_STAT_RX_BYTES]	= "toe_rx_bytes",
	[SIM_STAT_RX_OOO]	= "toe_rx_ooo",
	[SIM_STAT_RX_OOO_RETURNED] = "toe_rx_ooo_returned",
	[SIM_STAT_RX_DUP]	= "toe_rx_dup",
	[SIM_STAT_RX_CSUM_BAD]	= "toe_rx_csum_bad",
	[SIM_STAT_RX_NO_CQE]	= "toe_rx_no_cqe",
	[SIM_STAT_RX_EXCEPTION]	= "toe_rx_exception",
	[SIM_STAT_DROP_OLD]	= "toe_drop_old",
	[SIM_STAT_DROP_WINDOW]	= "toe_drop_window",
	[SIM_STAT_DROP_PAWS]	= "toe_drop_paws",
	[SIM_STAT_DROP_RESET]	= "toe_drop_reset",
	[SIM_STAT_DROP_SYN]	= "toe_drop_syn",
	[SIM_STAT_DROP_NO_ACK]	= "toe_drop_no_ack",
	[SIM_STAT_DROP_ACK]	= "toe_drop_ack",
	[SIM_STAT_DROP_GAPS]	= "toe_drop_gaps",
	[SIM_STAT_DROP_CLOSED]	= "toe_drop_closed",
	[SIM_STAT_DROP_OPTIONS]	= "toe_drop_options",
	[SIM_STAT_DROP_NOMEM]	= "toe_drop_nomem",
	[SIM_STAT_TX_SEGS]	= "toe_tx_segs",
	[SIM_STAT_TX_FRAMES]	= "toe_tx_frames",
	[SIM_STAT_TX_BYTES]	= "toe_tx_bytes",
	[SIM_STAT_TX_RETRANS]	= "toe_tx_retrans",
	[SIM_STAT_TX_RTO]	= "toe_tx_rto",
	[SIM_STAT_TX_FAST_RTX]	= "toe_tx_fast_rtx",
	[SIM_STAT_TX_TLP]	= "toe_tx_tlp",
	[SIM_STAT_TX_ACKS]	= "toe_tx_acks",
	[SIM_STAT_TX_PROBES]	= "toe_tx_probes",
	[SIM_STAT_TX_NOMEM]	= "toe_tx_nomem",
	[SIM_STAT_MBOX_CMDS]	= "toe_mbox_cmds",
	[SIM_STAT_MBOX_UPDATES]	= "toe_mbox_updates",
	[SIM_STAT_MBOX_REFUSED]	= "toe_mbox_refused",
	[SIM_STAT_DOORBELLS]	= "toe_doorbells",
	[SIM_STAT_IRQS]		= "toe_irqs",
	[SIM_STAT_IRQS_HELD]	= "toe_irqs_held",
	[SIM_STAT_WISHES]	= "toe_wishes",
	[SIM_STAT_MIRRORED]	= "toe_mirrored",
	[SIM_STAT_MIRROR_DROPS]	= "toe_mirror_drops",
};
EXPORT_SYMBOL_GPL(sim_stat_names);

static_assert(SIM_STAT_DROP_OLD + __ENG_DROP_MAX - ENG_DROP_OLD ==
	      SIM_STAT_DROP_OPTIONS);

int sim_stats_init(struct sim_hw *hw)
{
	hw->stats = netdev_alloc_pcpu_stats(struct sim_stats);
	return hw->stats ? 0 : -ENOMEM;
}

void sim_stats_exit(struct sim_hw *hw)
{
	free_percpu(hw->stats);
}

/**
 * sim_stats_read() - the counters since the device was made
 * @hw: the device
 * @out: values in the order of sim_stat_names[]
 *
 * Context: any. They survive a reset and can be read from a dead device.
 */
void sim_stats_read(struct sim_hw *hw, u64 out[__SIM_STAT_MAX])
{
	u64 val[__SIM_STAT_MAX];
	unsigned int start;
	int cpu, i;

	memset(out, 0, sizeof(*out) * __SIM_STAT_MAX);
	for_each_possible_cpu(cpu) {
		struct sim_stats *st = per_cpu_ptr(hw->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&st->syncp);
			for (i = 0; i < __SIM_STAT_MAX; i++)
				val[i] = u64_stats_read(&st->v[i]);
		} while (u64_stats_fetch_retry(&st->syncp, start));
		for (i = 0; i < __SIM_STAT_MAX; i++)
			out[i] += val[i];
	}
}
EXPORT_SYMBOL_GPL(sim_stats_read);

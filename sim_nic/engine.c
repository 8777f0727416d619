// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine as one unit: the compiler sees which functions are called from
 * where, and that none of them is called from outside but those of eng.h. Native
 * tests build the files one by one.
 */
#define ENG_LOCAL	static

#include "engine/ack.c"
#include "engine/cc_cubic.c"
#include "engine/cc_dctcp.c"
#include "engine/cc_reno.c"
#include "engine/challenge.c"
#include "engine/delack.c"
#include "engine/ecn.c"
#include "engine/fin.c"
#include "engine/frto.c"
#include "engine/hystart.c"
#include "engine/idle.c"
#include "engine/ooo.c"
#include "engine/opts.c"
#include "engine/pace.c"
#include "engine/persist.c"
#include "engine/pmtu.c"
#include "engine/prr.c"
#include "engine/rack.c"
#include "engine/recovery.c"
#include "engine/rto.c"
#include "engine/rx.c"
#include "engine/sack.c"
#include "engine/state.c"
#include "engine/timer.c"
#include "engine/tlp.c"
#include "engine/tx.c"
#include "engine/undo.c"
#include "engine/view.c"
#include "engine/window.c"

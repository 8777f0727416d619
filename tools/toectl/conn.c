// SPDX-License-Identifier: GPL-2.0-only
/* toectl conn */
#include "toectl.h"

#include <linux/genetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <time.h>

static const char * const tcp_states[] = {
	[TCP_ESTABLISHED] = "established",
	[TCP_SYN_SENT] = "syn-sent",
	[TCP_SYN_RECV] = "syn-recv",
	[TCP_FIN_WAIT1] = "fin-wait-1",
	[TCP_FIN_WAIT2] = "fin-wait-2",
	[TCP_TIME_WAIT] = "time-wait",
	[TCP_CLOSE] = "close",
	[TCP_CLOSE_WAIT] = "close-wait",
	[TCP_LAST_ACK] = "last-ack",
	[TCP_LISTEN] = "listen",
	[TCP_CLOSING] = "closing",
};

const char *tcp_state(uint32_t state)
{
	if (state >= sizeof(tcp_states) / sizeof(tcp_states[0]) ||
	    !tcp_states[state])
		return "unknown";
	return tcp_states[state];
}

/* Why it is where it is */
static const char *why(const struct nlattr **tb)
{
	if (nl_u32(tb[TOE_A_CONN_STATE]) != TOE_STATE_HOST)
		return "";
	/* a refusal is newer than the upload unless it never went down */
	if (tb[TOE_A_CONN_REFUSAL])
		return nl_str(tb[TOE_A_CONN_REFUSAL_NAME]);
	return nl_str(tb[TOE_A_CONN_UPLOAD_NAME]);
}

static void row(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_CONN_MAX + 1];
	char local[ENDPOINT_LEN], remote[ENDPOINT_LEN];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_CONN_MAX);
	out_open_object(NULL);
	out_num("id", "ID", nl_u32(tb[TOE_A_CONN_ID]));
	out_str("state", "STATE", "%s", nl_str(tb[TOE_A_CONN_STATE_NAME]));
	out_str("dev", "DEV", "%s", nl_str(tb[TOE_A_CONN_IFNAME]));
	out_str("local", "LOCAL", "%s", endpoint(local, tb[TOE_A_CONN_LADDR],
						 tb[TOE_A_CONN_LPORT]));
	out_str("remote", "REMOTE", "%s",
		endpoint(remote, tb[TOE_A_CONN_RADDR], tb[TOE_A_CONN_RPORT]));
	out_str("tcp", "TCP", "%s", tcp_state(nl_u32(tb[TOE_A_CONN_TCP_STATE])));
	out_size("bytes_sent", "SENT", nl_u64(tb[TOE_A_CONN_BYTES_SENT]));
	out_size("bytes_received", "RECEIVED",
		 nl_u64(tb[TOE_A_CONN_BYTES_RECEIVED]));
	out_num("offloads", "DOWN", nl_u32(tb[TOE_A_CONN_OFFLOADS]));
	out_num("uploads", "UP", nl_u32(tb[TOE_A_CONN_UPLOADS]));
	out_num("refusals", NULL, nl_u32(tb[TOE_A_CONN_REFUSALS]));
	out_str("why", "WHY", "%s", why(tb));
	out_str("last_refusal", NULL, "%s",
		nl_str(tb[TOE_A_CONN_REFUSAL_NAME]));
	out_str("last_upload", NULL, "%s", nl_str(tb[TOE_A_CONN_UPLOAD_NAME]));
	out_num("age_ms", NULL, nl_u32(tb[TOE_A_CONN_AGE_MS]));
	out_num("inode", NULL, nl_u64(tb[TOE_A_CONN_INODE]));
	out_num("uid", NULL, nl_u32(tb[TOE_A_CONN_UID]));
	out_close_object();
}

int conn_list(const char *key)
{
	int code = nl_open();

	if (code)
		return code;
	out_open_table(key);
	code = nl_talk(nl_request(TOE_CMD_CONN_GET, NLM_F_DUMP), row, NULL);
	out_close_table();
	return code;
}

static void mac(const struct nlattr *attr)
{
	const uint8_t *m;

	if (!attr || mnl_attr_get_payload_len(attr) < 6)
		return;
	m = mnl_attr_get_payload(attr);
	out_str("mac", "  mac ", "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
		m[2], m[3], m[4], m[5]);
}

static void history(const struct nlattr **tb)
{
	out_num("offloads", "  down ", nl_u32(tb[TOE_A_CONN_OFFLOADS]));
	out_num("uploads", "  up ", nl_u32(tb[TOE_A_CONN_UPLOADS]));
	out_num("refusals", "  refused ", nl_u32(tb[TOE_A_CONN_REFUSALS]));
	if (tb[TOE_A_CONN_REFUSAL])
		out_str("last_refusal", "  last refusal ", "%s",
			nl_str(tb[TOE_A_CONN_REFUSAL_NAME]));
	if (tb[TOE_A_CONN_UPLOAD])
		out_str("last_upload", "  last upload ", "%s",
			nl_str(tb[TOE_A_CONN_UPLOAD_NAME]));
	out_text("\n");
}

static void sequences(const struct nlattr **tb)
{
	if (!tb[TOE_A_CONN_SND_UNA]) {
		out_text("\tsequence numbers: not permitted\n");
		return;
	}
	out_num("snd_una", "\tsnd_una ", nl_u32(tb[TOE_A_CONN_SND_UNA]));
	out_num("snd_nxt", " snd_nxt ", nl_u32(tb[TOE_A_CONN_SND_NXT]));
	out_num("posted", " posted ", nl_u32(tb[TOE_A_CONN_POSTED]));
	out_num("write_seq", " write_seq ", nl_u32(tb[TOE_A_CONN_WRITE_SEQ]));
	out_text("\n");
	out_num("copied_seq", "\tcopied_seq ",
		nl_u32(tb[TOE_A_CONN_COPIED_SEQ]));
	out_num("rcv_nxt", " rcv_nxt ", nl_u32(tb[TOE_A_CONN_RCV_NXT]));
	out_num("granted", " granted ", nl_u32(tb[TOE_A_CONN_GRANTED]));
	out_text("\n");
}

/* What the host keeps beside what the NIC has */
static void queues(const struct nlattr **tb)
{
	out_num("held_packets", "held packets ",
		nl_u32(tb[TOE_A_CONN_HELD_PACKETS]));
	out_num("held_bytes", "  bytes ", nl_u32(tb[TOE_A_CONN_HELD_BYTES]));
	out_num("waiting_packets", "  waiting packets ",
		nl_u32(tb[TOE_A_CONN_WAITING_PACKETS]));
	out_num("sndbuf", "  sndbuf ", nl_u32(tb[TOE_A_CONN_SNDBUF]));
	out_num("rcvbuf", "  rcvbuf ", nl_u32(tb[TOE_A_CONN_RCVBUF]));
	out_text("\n");
}

static void field(const struct nlattr *nest)
{
	const struct nlattr *tb[TOE_A_FIELD_MAX + 1];

	nl_nest(nest, tb, TOE_A_FIELD_MAX);
	out_open_object(NULL);
	out_str("object", "OBJECT", "%s", nl_str(tb[TOE_A_FIELD_OBJECT]));
	out_str("class", "CLASS", "%s", nl_str(tb[TOE_A_FIELD_CLASS]));
	out_str("name", "FIELD", "%s", nl_str(tb[TOE_A_FIELD_NAME]));
	out_num("copy", "COPY", nl_u64(tb[TOE_A_FIELD_COPY]));
	if (tb[TOE_A_FIELD_NIC])
		out_num("nic", "NIC", nl_u64(tb[TOE_A_FIELD_NIC]));
	else
		out_null("nic", "NIC");
	out_str("dev", "DEV", "%s", nl_str(tb[TOE_A_FIELD_IFNAME]));
	out_close_object();
}

/* The host's copy of the state objects, and the NIC's word */
static void fields(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	out_open_table("fields");
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == TOE_A_CONN_FIELD)
			field(attr);
	}
	out_close_table();
}

static void when(uint64_t time_us)
{
	time_t seconds = time_us / 1000000;
	char text[32];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%F %T", &tm);
	out_str("time", "TIME", "%s.%06u", text,
		(unsigned int)(time_us % 1000000));
	out_num("time_us", NULL, time_us);
}

static void moved(const struct nlattr *nest)
{
	const struct nlattr *tb[TOE_A_MOVE_MAX + 1];

	nl_nest(nest, tb, TOE_A_MOVE_MAX);
	out_open_object(NULL);
	when(nl_u64(tb[TOE_A_MOVE_TIME_US]));
	out_str("move", "MOVE", "%s", nl_str(tb[TOE_A_MOVE_MOVE_NAME]));
	out_num("times", "TIMES", nl_u32(tb[TOE_A_MOVE_TIMES]));
	out_str("by", "BY", "%s", nl_u32(tb[TOE_A_MOVE_BY]) ?
		nl_str(tb[TOE_A_MOVE_BY_NAME]) : "");
	if (tb[TOE_A_MOVE_RULE])
		out_num("rule", "RULE", nl_u32(tb[TOE_A_MOVE_RULE]));
	else
		out_null("rule", "RULE");
	out_str("reason", "REASON", "%s", tb[TOE_A_MOVE_REFUSAL] ?
		nl_str(tb[TOE_A_MOVE_REFUSAL_NAME]) :
		nl_str(tb[TOE_A_MOVE_UPLOAD_NAME]));
	out_str("dev", "DEV", "%s", nl_str(tb[TOE_A_MOVE_IFNAME]));
	out_close_object();
}

/* The last moves, the oldest first */
static void moves(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	out_open_table("history");
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == TOE_A_CONN_MOVE)
			moved(attr);
	}
	out_close_table();
}

static void tcp_object(const struct nlattr **tb)
{
	char local[ENDPOINT_LEN], remote[ENDPOINT_LEN];

	out_open_object("tcp");
	out_num("nic", "    tcp #", nl_u32(tb[TOE_A_CONN_NIC]));
	out_str("local", "  ", "%s", endpoint(local, tb[TOE_A_CONN_LADDR],
					      tb[TOE_A_CONN_LPORT]));
	out_str("remote", " - ", "%s", endpoint(remote, tb[TOE_A_CONN_RADDR],
						tb[TOE_A_CONN_RPORT]));
	out_str("state", "  ", "%s",
		tcp_state(nl_u32(tb[TOE_A_CONN_TCP_STATE])));
	out_text("\n");
	out_num("bytes_sent", "\tsent ", nl_u64(tb[TOE_A_CONN_BYTES_SENT]));
	out_num("bytes_received", " received ",
		nl_u64(tb[TOE_A_CONN_BYTES_RECEIVED]));
	out_num("cwnd", " cwnd ", nl_u32(tb[TOE_A_CONN_CWND]));
	out_num("ssthresh", " ssthresh ", nl_u32(tb[TOE_A_CONN_SSTHRESH]));
	out_num("snd_wnd", " snd_wnd ", nl_u32(tb[TOE_A_CONN_SND_WND]));
	out_num("srtt_us", " srtt_us ", nl_u32(tb[TOE_A_CONN_SRTT_US]));
	out_text("\n");
	sequences(tb);
	out_close_object();
}

/* VLANs and bonds between neighbour and path */
static void mids(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[TOE_A_MID_MAX + 1], *attr;

	out_open_list("mids");
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != TOE_A_CONN_MID)
			continue;
		nl_nest(attr, tb, TOE_A_MID_MAX);
		out_open_object(NULL);
		out_str("object", " ", "%s", nl_str(tb[TOE_A_MID_OBJECT]));
		out_num("nic", " #", nl_u32(tb[TOE_A_MID_NIC]));
		out_str("dev", "  ", "%s", nl_str(tb[TOE_A_MID_IFNAME]));
		out_text("\n");
		out_close_object();
	}
	out_close_list();
}

/* neighbour -> VLAN, bond -> path -> TCP, with the NIC's handles; #0 = in the host */
static void tree(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_CONN_MAX + 1];
	char text[ENDPOINT_LEN];

	(void)arg;
	nl_attrs(nlh, tb, TOE_A_CONN_MAX);
	out_open_object(NULL);
	out_num("id", "conn ", nl_u32(tb[TOE_A_CONN_ID]));
	out_str("state", "  ", "%s", nl_str(tb[TOE_A_CONN_STATE_NAME]));
	out_num("state_age_ms", "  for ms ",
		nl_u32(tb[TOE_A_CONN_STATE_AGE_MS]));
	out_num("age_ms", "  age ms ", nl_u32(tb[TOE_A_CONN_AGE_MS]));
	out_num("uid", "  uid ", nl_u32(tb[TOE_A_CONN_UID]));
	out_num("inode", "  inode ", nl_u64(tb[TOE_A_CONN_INODE]));
	out_text("\n");
	history(tb);
	if (tb[TOE_A_CONN_IFINDEX]) {
		out_str("dev", "dev ", "%s", nl_str(tb[TOE_A_CONN_IFNAME]));
		out_text("\n");
		out_open_object("neigh");
		out_num("nic", "neigh #", nl_u32(tb[TOE_A_CONN_NIC_NEIGH]));
		mac(tb[TOE_A_CONN_DST_MAC]);
		out_text("\n");
		out_close_object();
		mids(nlh);
		out_open_object("path");
		out_num("nic", "  path #", nl_u32(tb[TOE_A_CONN_NIC_PATH]));
		out_str("local", "  ", "%s",
			prefix_text(text, tb[TOE_A_CONN_LADDR], NULL));
		out_str("remote", " - ", "%s",
			prefix_text(text, tb[TOE_A_CONN_RADDR], NULL));
		out_text("\n");
		out_close_object();
	}
	tcp_object(tb);
	queues(tb);
	moves(nlh);
	fields(nlh);
	out_close_object();
}

int conn_show(uint32_t id)
{
	int code = nl_open();
	struct nlmsghdr *nlh;

	if (code)
		return code;
	nlh = nl_request(TOE_CMD_CONN_GET, 0);
	mnl_attr_put_u32(nlh, TOE_A_CONN_ID, id);
	return nl_talk(nlh, tree, NULL);
}

static int show(const char *arg)
{
	uint32_t id;

	if (number_parse(arg, 0, UINT32_MAX, &id))
		return usage("\"%s\" is not the id of a connection", arg);
	return conn_show(id);
}

static void counted(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *tb[TOE_A_CONN_MAX + 1];

	nl_attrs(nlh, tb, TOE_A_CONN_MAX);
	out_open_object(NULL);
	out_num(arg, "", nl_u32(tb[TOE_A_CONN_DONE]));
	out_text(" %s", (const char *)arg);
	out_num("refused", ", refused ", nl_u32(tb[TOE_A_CONN_REFUSED]));
	out_text("\n");
	out_close_object();
}

/* The words after "upload all", or after a handle */
static int put_dev(struct nlmsghdr *nlh, int argc, char **argv)
{
	unsigned int ifindex;

	if (!argc)
		return TOECTL_OK;
	if (argc != 2 || !is_word(argv[0], "dev"))
		return usage("after \"all\" only \"dev DEV\" may follow");
	ifindex = if_nametoindex(argv[1]);
	if (!ifindex) {
		complain("no device \"%s\" in this network namespace", argv[1]);
		return TOECTL_KERNEL;
	}
	mnl_attr_put_u32(nlh, TOE_A_CONN_IFINDEX, ifindex);
	return TOECTL_OK;
}

static int move(uint8_t cmd, char *done, int argc, char **argv)
{
	struct nlmsghdr *nlh;
	uint32_t id = 0;
	int code;
	bool all;

	if (!argc)
		return usage("which connection? give an id, or \"all\"");
	all = is_word(argv[0], "all");
	if (!all && number_parse(argv[0], 0, UINT32_MAX, &id))
		return usage("\"%s\" is neither the id of a connection nor \"all\"",
			     argv[0]);
	if (argc > 1 && (!all || cmd != TOE_CMD_CONN_UPLOAD))
		return usage("too much: \"%s\"", argv[1]);
	nlh = nl_request(cmd, 0);
	if (all)
		mnl_attr_put(nlh, TOE_A_CONN_ALL, 0, NULL);
	else
		mnl_attr_put_u32(nlh, TOE_A_CONN_ID, id);
	code = put_dev(nlh, argc - 1, argv + 1);
	if (!code)
		code = nl_open();
	return code ?: nl_talk(nlh, counted, done);
}

/* upload path HANDLE dev DEV, upload neigh HANDLE dev DEV */
static int upload_part(int argc, char **argv)
{
	uint16_t attr = is_word(argv[0], "path") ? TOE_A_CONN_NIC_PATH :
						   TOE_A_CONN_NIC_NEIGH;
	struct nlmsghdr *nlh;
	uint32_t handle;
	int code;

	if (argc < 2 || number_parse(argv[1], 1, UINT32_MAX, &handle))
		return usage("after \"%s\" its handle has to follow, as \"conn show ID\" shows it",
			     argv[0]);
	if (argc != 4)
		return usage("a handle needs its device: \"dev DEV\"");
	nlh = nl_request(TOE_CMD_CONN_UPLOAD, 0);
	mnl_attr_put_u32(nlh, attr, handle);
	code = put_dev(nlh, argc - 2, argv + 2);
	if (!code)
		code = nl_open();
	return code ?: nl_talk(nlh, counted, "uploaded");
}

int do_conn(int argc, char **argv)
{
	if (!argc || (argc == 1 && is_word(argv[0], "show")))
		return conn_list(NULL);
	if (argc == 2 && is_word(argv[0], "show"))
		return show(argv[1]);
	if (is_word(argv[0], "show"))
		return usage("too much: \"%s\"", argv[2]);
	if (is_word(argv[0], "offload"))
		return move(TOE_CMD_CONN_OFFLOAD, "offloaded", argc - 1,
			    argv + 1);
	if (argc > 1 && is_word(argv[0], "upload") &&
	    (is_word(argv[1], "path") || is_word(argv[1], "neigh")))
		return upload_part(argc - 1, argv + 1);
	if (is_word(argv[0], "upload"))
		return move(TOE_CMD_CONN_UPLOAD, "uploaded", argc - 1,
			    argv + 1);
	return usage("unknown command \"conn %s\"", argv[0]);
}

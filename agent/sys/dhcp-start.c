/* SPDX-License-Identifier: MIT */
/* dhcp-start.c -- a DHCP client that was ended goes on, outside our own unit */
#include <errno.h>
#include <string.h>

#include "agent/sys/bus.h"

#define START_TIMEOUT 30000000

/* A program that is not there is no job in the background: 127, as the shell has it. */
#define IN_BACKGROUND                                             \
	"p=$(command -v \"$1\") && [ ! -d \"$p\" ] || exit 127\n" \
	"\"$@\" </dev/null >/dev/null 2>&1 &"
static const char *const detach[] = { "/bin/sh", "-c", IN_BACKGROUND, "sh" };

/* The same for systemd, which expands "$" itself. */
static const char *const as_main[] = { "/bin/sh", "-c", "exec \"$$@\"", "sh" };

static int append_words(struct bus *b, char *const *argv)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(as_main); i++)
		r = b->sd.message_append(b->message, "s", as_main[i]);
	for (; r >= 0 && *argv; argv++) {
		_cleanup_buf_ struct buf word = BUF_INIT;

		for (const char *c = *argv; *c; c++) {
			if (*c == '$')
				buf_addc(&word, '$');
			buf_addc(&word, *c);
		}
		r = word.error ?: b->sd.message_append(b->message, "s", word.data ?: "");
	}
	return r;
}

/* One that goes to the background by itself is left there by KillMode=process. */
static int append_properties(struct bus *b, char *const *argv)
{
	int r;

	r = b->sd.message_append(b->message, "(sv)(sv)(sv)(sv)", "Description", "s",
				 "DHCP client that envagent had ended", "Type", "s", "simple",
				 "KillMode", "s", "process", "CollectMode", "s",
				 "inactive-or-failed");
	if (r >= 0)
		r = b->sd.message_open_container(b->message, 'r', "sv");
	if (r >= 0)
		r = b->sd.message_append(b->message, "s", "ExecStart");
	if (r >= 0)
		r = b->sd.message_open_container(b->message, 'v', "a(sasb)");
	if (r >= 0)
		r = b->sd.message_open_container(b->message, 'a', "(sasb)");
	if (r >= 0)
		r = b->sd.message_open_container(b->message, 'r', "sasb");
	if (r >= 0)
		r = b->sd.message_append(b->message, "s", as_main[0]);
	if (r >= 0)
		r = b->sd.message_open_container(b->message, 'a', "s");
	if (r >= 0)
		r = append_words(b, argv);
	if (r >= 0)
		r = b->sd.message_close_container(b->message);
	if (r >= 0)
		r = b->sd.message_append(b->message, "b", 0);
	for (int i = 0; r >= 0 && i < 4; i++)
		r = b->sd.message_close_container(b->message);
	return r;
}

static int by_systemd(char *const *argv)
{
	_cleanup_bus_ struct bus b = {};
	char unit[64];
	int r;

	r = bus_open(&b, START_TIMEOUT);
	if (r >= 0)
		r = bus_begin_job(&b, "StartTransientUnit");
	snprintf(unit, sizeof(unit), "envagent-dhcp-%d-%llx.service", getpid(),
		 (unsigned long long)sys_now_monotonic());
	if (r >= 0)
		r = b.sd.message_append(b.message, "ss", unit, "fail");
	if (r >= 0)
		r = b.sd.message_open_container(b.message, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(&b, argv);
	if (r >= 0)
		r = b.sd.message_close_container(b.message);
	if (r >= 0)
		r = b.sd.message_append(b.message, "a(sa(sv))", 0);
	if (r >= 0)
		r = bus_start_job(&b, NULL);
	while (r == 0)
		r = bus_wait(&b, -1);
	if (r < 0)
		return r;
	return strcmp(b.result, "done") == 0 ? 0 : -EIO;
}

int sys_dhcp_start(struct sys *sys, char *const *argv)
{
	struct sys_run_opts opts = { .timeout = START_TIMEOUT };
	_cleanup_strv_ char **words = NULL;
	int r = 0;

	if (!sys->live)
		return -EOPNOTSUPP;
	if (!argv || !argv[0])
		return -EINVAL;
	if (sys_has_systemd(sys))
		return by_systemd(argv);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(detach); i++)
		r = strv_add(&words, detach[i]);
	for (; r >= 0 && *argv; argv++)
		r = strv_add(&words, *argv);
	if (r >= 0)
		r = sys_spawn(words, &opts, NULL);
	return r == 127 ? -ENOENT : r > 0 ? -EIO : r;
}

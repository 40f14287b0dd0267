/* SPDX-License-Identifier: MIT */
/* unit.c -- one unit job, by systemd or by the unit command */
#include <errno.h>
#include <string.h>

#include "agent/sys/bus.h"
#include "agent/sys/door.h"

#define WORDS_MAX 2048

/* Exit codes of the unit command that say "no such unit", as those of systemctl(1). */
enum { EXIT_NO_UNIT = 4, EXIT_NOT_INSTALLED = 5 };

static const struct {
	const char *verb, *method;
} verbs[] = {
	{ "start", "StartUnit" },
	{ "stop", "StopUnit" },
	{ "restart", "RestartUnit" },
	{ "reload", "ReloadOrTryRestartUnit" },
	{ "try-restart", "TryRestartUnit" },
	{ "reload-or-try-restart", "ReloadOrTryRestartUnit" },
};

static const char *method_of(const char *verb)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].verb, verb))
			return verbs[i].method;
	return NULL;
}

/* Letters, digits and ":-_.\@", as systemd.unit(5) has it; a leading dash would be an option. */
static bool unit_valid(const char *unit)
{
	size_t len = strlen(unit);

	return len >= 1 && len <= 255 && unit[0] != '-' && unit[0] != '.' &&
	       strspn(unit, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    ":-_.\\@") == len;
}

static int by_systemd(const char *method, const char *unit, uint64_t timeout, char **ret_words)
{
	_cleanup_free_ char *name = str_printf("%s%s", unit, strchr(unit, '.') ? "" : ".service");
	_cleanup_bus_ struct bus b = {};
	int r;

	if (!name)
		return -ENOMEM;
	r = bus_open(&b, timeout);
	if (r < 0) {
		/* its ENOENT would read as "no such unit" */
		if (ret_words)
			*ret_words =
				str_printf("no connection to systemd over D-Bus: %s", strerror(-r));
		return r == -ENOMEM || r == -ETIMEDOUT ? r : -EIO;
	}
	r = bus_begin_job(&b, method);
	if (r < 0)
		return r;
	r = b.sd.message_append(b.message, "ss", name, "replace");
	if (r < 0)
		return r;
	r = bus_start_job(&b, ret_words);
	if (r < 0)
		return r;
	do {
		r = bus_wait(&b, -1);
	} while (r == 0);
	if (r < 0)
		return r;
	if (!strcmp(b.result, "done") || !strcmp(b.result, "skipped"))
		return 0;
	if (ret_words)
		*ret_words = str_printf("the job of %s ended with '%s'; see systemctl status %s",
					name, b.result, name);
	return -EIO;
}

/* The words of a program without the blanks around them, or NULL. */
static char *trimmed(const struct buf *out)
{
	size_t start = 0, end = out->len;

	while (end > start && strchr(" \t\r\n", out->data[end - 1]))
		end--;
	while (start < end && strchr(" \t\r\n", out->data[start]))
		start++;
	return end > start ? strndup(out->data + start, end - start) : NULL;
}

static int by_command(struct sys *sys, const char *verb, const char *unit, uint64_t timeout,
		      char **ret_words)
{
	struct sys_run_opts opts = { .timeout = timeout, .output_max = WORDS_MAX };
	_cleanup_free_ char *copy = strdup(sys->unit_command);
	_cleanup_strv_ char **argv = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	char *rest, *word, *words;
	int r;

	if (!copy)
		return -ENOMEM;
	for (word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
		if (strv_add(&argv, word) < 0)
			return -ENOMEM;
	if (!argv)
		return -EOPNOTSUPP;
	if (strv_add(&argv, verb) < 0 || strv_add(&argv, unit) < 0)
		return -ENOMEM;

	r = sys_spawn(argv, &opts, &out);
	if (r == 0)
		return 0;
	words = r > 0 ? trimmed(&out) : str_printf("%s: %s", argv[0], strerror(-r));
	if (ret_words)
		*ret_words = words;
	else
		free(words);
	if (r == EXIT_NO_UNIT || r == EXIT_NOT_INSTALLED)
		return -ENOENT;
	return r == -ETIMEDOUT || r == -ENOMEM ? r : -EIO;
}

#define UNITS "/etc/systemd/system"

static bool wanted_by(struct sys *sys, const char *target, const char *unit)
{
	_cleanup_free_ char *path = str_printf(UNITS "/%s.wants/%s", target, unit);

	return path && sys_exists(sys, path);
}

bool sys_unit_enabled(struct sys *sys, const char *unit)
{
	_cleanup_free_ char *path = str_printf(UNITS "/%s", unit);
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	if (!path ||
	    (!wanted_by(sys, "multi-user.target", unit) && !wanted_by(sys, "sysinit.target", unit)))
		return false;
	return sys_lstat(sys, path, &st) < 0 || st.kind != SYS_LINK ||
	       strcmp(st.target, "/dev/null") != 0;
}

bool sys_unit_runs(struct sys *sys, const char *unit)
{
	_cleanup_free_ char *path = str_printf("/run/systemd/units/invocation:%s", unit);

	return !path || !sys_has_systemd(sys) || sys_exists(sys, path);
}

int sys_unit(struct sys *sys, const char *verb, const char *unit, uint64_t timeout,
	     char **ret_words)
{
	const char *method = method_of(verb);
	int r;

	if (ret_words)
		*ret_words = NULL;
	if (!sys->live)
		return -EOPNOTSUPP;
	if (!method || !unit_valid(unit))
		return -EINVAL;
	r = strchr(unit, ':') ? door_call(sys, unit, timeout, ret_words) : -ENOENT;
	if (r != -ENOENT)
		return r;
	if (sys_has_systemd(sys))
		return by_systemd(method, unit, timeout, ret_words);
	if (!sys->unit_command)
		return -EOPNOTSUPP;
	return by_command(sys, verb, unit, timeout, ret_words);
}

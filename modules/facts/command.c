/* SPDX-License-Identifier: MIT */
/*
 * command.c -- a fact that a command prints
 *
 * It runs in each pass; with MaxAgeSec= what it printed is kept in the module's state and taken
 * again, on this boot, for the same command and the same identity.
 */
#include <errno.h>
#include <string.h>

#include "modules/facts/source.h"

#define OUTPUT_MAX (64u * 1024)
#define WORDS_MAX 200 /* of the first line that is told about a failure */

/*
 * The value is what goes to standard output; of a command that fails the words on standard error
 * come behind it, of another one they are dropped.
 */
static char *compose(const char *command)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_adds(&b, "exec 3>&1; words=$(/bin/sh -c '");
	for (; *command; command++)
		if (*command == '\'')
			buf_adds(&b, "'\\''");
		else
			buf_addc(&b, *command);
	buf_adds(&b, "' 2>&1 >&3 3>&-) || { r=$?; printf '%s\\n' \"$words\"; exit $r; }");
	return buf_take(&b);
}

/* The first line that says something, cut; "it said nothing" otherwise. */
static char *first_line(const char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strcspn(text, "\r\n");
	if (len == 0)
		return strdup("it said nothing");
	return strndup(text, len < WORDS_MAX ? len : WORDS_MAX);
}

static int failed(const struct fact_asked *asked, int r, const struct buf *out,
		  struct fact_found *ret)
{
	const struct fact_conf *c = asked->conf;
	_cleanup_free_ char *words = NULL, *end = NULL;

	if (r == -ETIMEDOUT)
		return fact_without(ret, FACT_UNKNOWN,
				    str_printf("the command took longer than %.1f s",
					       (double)c->timeout / 1e6));
	if (r == -ESRCH && c->user)
		return fact_without(ret, FACT_UNKNOWN, str_printf("there is no user %s", c->user));
	if (r == -EOPNOTSUPP)
		return fact_without(ret, FACT_UNKNOWN,
				    strdup("a command is run on the machine itself only, not below "
					   "another root"));
	if (r < 0)
		return fact_without(ret, FACT_UNKNOWN,
				    str_printf("the command cannot be run: %s", strerror(-r)));
	end = r > 128 ? str_printf("was ended by signal %d", r - 128)
		      : str_printf("ended with %d", r);
	words = c->secret ? strdup("its words are not shown, for the fact is secret")
			  : first_line(out->data ?: "");
	if (!end || !words)
		return -ENOMEM;
	return fact_without(ret, FACT_UNKNOWN, str_printf("the command %s: %s", end, words));
}

static int understand(const struct fact_asked *asked, const struct buf *out, struct fact_found *ret)
{
	_cleanup_free_ char *why = NULL;
	int r;

	if (out->len > OUTPUT_MAX)
		return fact_without(
			ret, FACT_UNKNOWN,
			str_printf("the command printed over %u KiB", OUTPUT_MAX / 1024));
	/* a pipe of which the first part failed ends with 0, too */
	if (!out->data || out->data[strspn(out->data, " \t\r\n")] == '\0')
		return fact_without(ret, FACT_UNKNOWN,
				    strdup("the command ended with 0, but printed nothing"));
	r = fact_parse(asked, out->data, out->len, ret);
	if (r < 0 || ret->state == FACT_VALUE)
		return r;
	why = TAKE_PTR(ret->why);
	return fact_without(ret, ret->state, str_printf("what the command printed: %s", why));
}

/* ---- what was printed before ---- */

/* Whose answer it was: another copy may get another one. */
static const char *identity(const struct pass *pass)
{
	return facts_str(pass->facts, "config_id") ?: "";
}

static bool kept(struct pass *pass, const struct fact_asked *asked, struct fact_found *ret)
{
	uint64_t now = sys_now_realtime();
	struct json_object *entry, *value;
	const char *command, *env;
	int64_t time;

	if (asked->conf->max_age == 0 || json_get_obj(pass->state, asked->name, &entry) < 0 ||
	    json_get_str(entry, "command", &command) < 0 || json_get_str(entry, "env", &env) < 0 ||
	    json_get_int(entry, "time", &time) < 0 ||
	    !json_object_object_get_ex(entry, "value", &value))
		return false;
	if (strcmp(command, asked->conf->command) != 0 || strcmp(env, identity(pass)) != 0 ||
	    (uint64_t)time > now || now - (uint64_t)time >= asked->conf->max_age)
		return false;
	ret->state = FACT_VALUE;
	ret->value = json_object_get(value);
	ret->time = (uint64_t)time;
	return true;
}

static int keep(struct pass *pass, const struct fact_asked *asked, const struct fact_found *found)
{
	struct json_object *entry;
	int r;

	json_object_object_del(pass->state, asked->name);
	if (asked->conf->max_age == 0 || found->state != FACT_VALUE)
		return 0;
	entry = json_object_new_object();
	r = json_set(pass->state, asked->name, entry);
	return r < 0 ? r
		     : json_add(entry, { "command", json_str(asked->conf->command) },
				{ "env", json_str(identity(pass)) },
				{ "time", json_int(found->time) },
				{ "value", json_object_get(found->value) });
}

static int command_read(struct pass *pass, const struct fact_asked *asked, struct fact_found *ret)
{
	const struct sys_run_opts opts = { .timeout = asked->conf->timeout,
					   .user = asked->conf->user,
					   .output_max = OUTPUT_MAX + 1 };
	_cleanup_free_ char *command = compose(asked->conf->command);
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	/* by its place, for a command line may hold what not everybody shall see */
	ret->source = strdup("command");
	ret->path = strdup(asked->place);
	if (!command || !ret->source || !ret->path)
		return -ENOMEM;
	if (kept(pass, asked, ret))
		return 0;
	r = sys_run_user(pass->sys, command, &opts, &out);
	if (r == -ENOMEM || out.error < 0)
		return -ENOMEM;
	r = r == 0 ? understand(asked, &out, ret) : failed(asked, r, &out, ret);
	return r < 0 ? r : keep(pass, asked, ret);
}

const struct fact_source fact_source_command = {
	.key = "Command",
	.offset = offsetof(struct fact_conf, command),
	.read = command_read,
};

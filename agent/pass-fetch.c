/* SPDX-License-Identifier: MIT */
/* pass-fetch.c -- how envagent-fetch is started, and what its line means for the identity */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/document.h"
#include "agent/pass.h"
#include "agent/sys/sys.h"

#define GRACE_USEC UINT64_C(2000000)
#define TRY_MIN_USEC UINT64_C(1000000)
#define NEXT_RESTART "systemctl restart envagent"
#define NEXT_JOURNAL "journalctl -u envagent -e"

static uint64_t fetch_limit(const struct manager *m)
{
	return m->config.metadata.timeout + GRACE_USEC;
}

char *pass_crash(const char *program, const struct child_result *result, uint64_t limit,
		 const char **ret_next)
{
	*ret_next = NEXT_JOURNAL;
	if (result->timed_out)
		return str_printf("%s hung and was killed after %" PRIu64 " s", program,
				  limit / 1000000);
	if (result->bad_line)
		return str_printf("protocol: %s wrote a line that is none, and was killed",
				  program);
	if (result->signal)
		return str_printf("%s crashed: %s", program, strsignal(result->signal));
	if (result->status == PROTOCOL_MISMATCH) {
		*ret_next = NEXT_RESTART;
		return str_printf("upgrade pending, restart: %s speaks another protocol", program);
	}
	if (result->status != PROTOCOL_SETTLED && result->status != PROTOCOL_DEGRADED &&
	    result->status != PROTOCOL_FAILED)
		return str_printf("%s ended with unknown status %d", program, result->status);
	return NULL;
}

static char *join(char *const *words)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (; *words; words++)
		buf_addf(&b, "%s%s", b.len ? "," : "", *words);
	return buf_take(&b);
}

int pass_start_fetch(struct manager *m, pass_done done)
{
	const struct metadata_conf *c = &m->config.metadata;
	_cleanup_free_ char *path = str_printf("%s/envagent-fetch", m->opts.libexec);
	_cleanup_free_ char *order = join(c->order);
	_cleanup_free_ char *resolv_conf = manager_path(m, "/etc/resolv.conf");
	const char *last = m->identity.from[0] ? m->identity.from : NULL;
	uint64_t time = c->timeout, left = ready_left(m);
	char port[16], timeout[24];
	int r;

	if (!path || !order || !resolv_conf)
		return -ENOMEM;
	snprintf(port, sizeof(port), "%u", c->port);
	/* What waits for us to be ready shall not wait for a try that began before its limit. */
	if (time > left)
		time = left > TRY_MIN_USEC ? left : TRY_MIN_USEC;
	snprintf(timeout, sizeof(timeout), "%" PRIu64, time / 1000);
	r = document_new();
	if (r < 0)
		return r;
	m->task.document = r;

	const char *argv[] = {
		"envagent-fetch",
		"--protocol",
		PROTOCOL_VERSION,
		"--order",
		order,
		"--port",
		port,
		"--timeout-ms",
		timeout,
		"--resolv-conf",
		resolv_conf,
		last ? "--last" : NULL,
		last,
		NULL,
	};
	struct child_opts opts = {
		.path = path,
		.argv = (char *const *)argv,
		.document = m->task.document,
		.extra = m->document,
		.drop = m->config.drop,
		.uid = m->config.uid,
		.gid = m->config.gid,
		.bare = true,
		.limit = fetch_limit(m),
		.done = done,
		.userdata = m,
	};
	return child_start(m->event, &opts, &m->child);
}

/* Whether the line, the exit status and the document tell the same story. */
static int check(struct manager *m, const struct child_result *result, struct fetchline *ret)
{
	if (fetchline_parse(result->text, result->len, ret) < 0)
		return -EBADMSG;
	if (!ret->found)
		return result->status == PROTOCOL_DEGRADED ? -ENOMSG : -EBADMSG;
	if (result->status != PROTOCOL_SETTLED || (ret->same && m->document < 0))
		return -EBADMSG;
	return document_seal(m->task.document);
}

int pass_read_fetch(struct manager *m, const struct child_result *result, struct fetchline *ret,
		    char why[FETCH_LINE_MAX])
{
	const char *next;
	char *crash = pass_crash("envagent-fetch", result, fetch_limit(m), &next);
	int r;

	*ret = (struct fetchline){};
	if (!crash && result->status == PROTOCOL_FAILED)
		crash = strdup("envagent-fetch failed, its reason is in the journal");
	r = crash ? -EIO : check(m, result, ret);
	if (r == 0 || r == -ENOMSG) {
		trouble_clear(&m->fetch_trouble);
		snprintf(why, FETCH_LINE_MAX, "%s", ret->tries);
		return r;
	}

	if (!crash)
		crash = strdup("protocol: envagent-fetch wrote a line that is none");
	snprintf(why, FETCH_LINE_MAX, "%s", crash ?: "envagent-fetch failed");
	journal_event(m->journal, JOURNAL_CHILD, LOG_ERR, &(struct journal_fields){}, "%s", why);
	trouble_set(&m->fetch_trouble, crash, next);
	return r;
}

/* Another environment, or another VM, than a moment ago: what was known belongs to the original. */
static void note_copy(struct manager *m, const struct fetchline *line)
{
	if (!m->copy_of)
		m->copy_of = strdup(m->identity.env);
	m->fresh = m->attempted = false;
	trigger_set(&m->task.triggers, TRIGGER_IDENTITY);
	journal_event(m->journal, JOURNAL_IDENTITY, LOG_WARNING,
		      &(struct journal_fields){ .vm = line->vm, .env = line->env },
		      "This is a copy: environment %s (VM %s) became %s (VM %s)", m->identity.env,
		      m->identity.vm, line->env, line->vm);
}

void pass_identity(struct manager *m, const struct fetchline *line)
{
	struct status_identity *id = &m->identity;
	bool other = strcmp(id->vm, line->vm) || strcmp(id->env, line->env);

	m->task.found = true;
	if (m->confirmed && other)
		note_copy(m, line);
	else if (!m->confirmed && !manager_once(m))
		journal_event(m->journal, JOURNAL_IDENTITY, LOG_NOTICE,
			      &(struct journal_fields){ .vm = line->vm, .env = line->env },
			      "Environment %s, VM %s, confirmed by %s", line->env, line->vm,
			      line->from);
	if (other)
		backoff_seed(&m->backoff, line->vm);
	if (other || m->silent || m->doubt || !m->confirmed)
		id->confirmed = sys_now_realtime();
	id->state = "confirmed";
	memcpy(id->vm, line->vm, sizeof(id->vm));
	memcpy(id->env, line->env, sizeof(id->env));
	snprintf(id->from, sizeof(id->from), "%s", line->from);

	m->confirmed = true;
	m->doubt = m->silent = false;
	m->waiting = false;
	if (!line->same) {
		if (m->document >= 0)
			safe_close(m->document);
		m->document = TAKE_FD(m->task.document);
		trigger_set(&m->task.triggers, TRIGGER_DOCUMENT);
	}
}

void pass_silent(struct manager *m, const char *why)
{
	char *copy;

	if (!m->silent && calm_may(&m->calm, sys_now_monotonic()))
		log_warning("The metadata service is silent: %s", why);
	m->silent = true;
	if (m->silent_why && !strcmp(m->silent_why, why))
		return;
	copy = strdup(why);
	if (!copy)
		return;
	free(m->silent_why);
	m->silent_why = copy;
}

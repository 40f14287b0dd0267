/* SPDX-License-Identifier: MIT */
/* report.c -- what a pass tells its supervisor */
#include "agent/reconcile/report.h"

#include <inttypes.h>
#include <string.h>

#include "agent/base/protocol.h"

static void send_event(struct report *r, struct event *ev)
{
	if (!r->gone && event_send(r->fd, ev) < 0)
		r->gone = true;
}

/* For text that comes from us or was checked; what is too long is cut. */
static void put(char *field, size_t size, const char *text)
{
	snprintf(field, size, "%s", text);
}
#define PUT(field, text) put(field, sizeof(field), text)

void report_state(struct report *r, const char *module, const struct module_result *result,
		  uint64_t since)
{
	struct event ev = { .kind = EVENT_STATE, .since = since };

	PUT(ev.module, module);
	PUT(ev.state, state_name(result->state));
	PUT(ev.reason, result->reason);
	PUT(ev.next, result->next);
	send_event(r, &ev);
}

void report_change(struct report *r, const char *module, const char *state, const char *text)
{
	struct event ev = { .kind = EVENT_CHANGE };

	PUT(ev.module, module);
	PUT(ev.state, state);
	PUT(ev.reason, text);
	send_event(r, &ev);
}

void report_diff(struct report *r, const char *module, const char *diff)
{
	while (*diff) {
		size_t len = strcspn(diff, "\n");
		_cleanup_free_ char *line = strndup(diff, len);

		if (line)
			report_change(r, module, "diff", line);
		diff += len + (diff[len] == '\n');
	}
}

static void report_fact(struct report *r, const struct fact *fact)
{
	static const char *const states[] = {
		[FACT_VALUE] = "value",
		[FACT_ABSENT] = "absent",
		[FACT_UNKNOWN] = "unknown",
	};
	struct event ev = { .kind = EVENT_FACT };

	if (fact->secret || json_object_is_type(fact->value, json_type_array) ||
	    json_object_is_type(fact->value, json_type_object))
		return;
	PUT(ev.module, "metadata");
	PUT(ev.state, states[fact->state]);
	if (fact->state == FACT_VALUE)
		snprintf(ev.reason, sizeof(ev.reason), "%s=%s", fact->name,
			 json_object_get_string(fact->value));
	else
		snprintf(ev.reason, sizeof(ev.reason), "%s: %s", fact->name, fact->why ?: "");
	send_event(r, &ev);
}

void report_facts(struct report *r, const struct facts *facts)
{
	for (size_t i = 0; i < facts_count(facts); i++)
		report_fact(r, facts_at(facts, i));
}

void report_watch(struct report *r, const char *module, const char *path, uint64_t stamp)
{
	struct event ev = { .kind = EVENT_WATCH, .state = "file" };

	PUT(ev.module, module);
	PUT(ev.reason, path);
	snprintf(ev.next, sizeof(ev.next), "%" PRIx64, stamp);
	send_event(r, &ev);
}

void report_again(struct report *r, uint64_t usec)
{
	struct event ev = { .kind = EVENT_AGAIN, .module = "pass", .state = "pass" };

	snprintf(ev.reason, sizeof(ev.reason), "msec=%" PRIu64, (usec + 999) / 1000);
	send_event(r, &ev);
}

int report_done(struct report *r, enum state worst, size_t changes, unsigned after)
{
	struct event ev = { .kind = EVENT_DONE };
	int code;

	if (worst == STATE_FAILED) {
		PUT(ev.state, "failed");
		code = PROTOCOL_FAILED;
	} else if (worst < STATE_READY) {
		PUT(ev.state, "degraded");
		code = PROTOCOL_DEGRADED;
	} else {
		PUT(ev.state, "settled");
		code = PROTOCOL_SETTLED;
	}
	PUT(ev.module, "pass");
	snprintf(ev.reason, sizeof(ev.reason), after ? "changes=%zu after=%u" : "changes=%zu",
		 changes, after);
	send_event(r, &ev);
	return code;
}

int report_failure(struct report *report, const char *module, const char *reason, const char *next)
{
	struct module_result result = { .state = STATE_FAILED };

	snprintf(result.reason, sizeof(result.reason), "%s", reason);
	snprintf(result.next, sizeof(result.next), "%s", next);
	report_state(report, module, &result, 0);
	return report_done(report, STATE_FAILED, 0, 0);
}

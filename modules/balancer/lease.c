/* SPDX-License-Identifier: MIT */
/* lease.c -- who may write to the partition of this environment, and until when */
#include "modules/balancer/lease.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "modules/balancer/stamp.h"

static int64_t lease_of(const struct pass *pass)
{
	return (int64_t)(pass->settings->mux.lease / 1000000);
}

/* NULL: not known, or not for all eyes. Borrowed. */
static const char *owner_of(const struct pass *pass)
{
	const struct fact *owner = facts_get(pass->facts, "owner_name");

	return owner && !owner->secret ? facts_str(pass->facts, "owner_name") : NULL;
}

static int add_stamp(struct pass *pass, struct session *s, enum mux_change_kind kind,
		     unsigned fence)
{
	struct stamp stamp = { .fence = fence,
			       .until = (s->have.now ?: time(NULL)) + lease_of(pass),
			       .owner = owner_of(pass) };
	_cleanup_free_ char *text = NULL, *words = NULL;
	int r;

	snprintf(stamp.env, sizeof(stamp.env), "%s", s->id);
	snprintf(stamp.vm, sizeof(stamp.vm), "%s", s->vm);
	text = stamp_format(&stamp);
	words = kind == MUX_MAKE_PARTITION
			? str_printf("create partition test-%s", s->id)
			: str_printf("renew the stamp of partition test-%s", s->id);
	r = text && words ? diff_first(&s->diff, kind, text, words) : -ENOMEM;
	return r < 0 ? r : json_set_int(pass->state, "until", stamp.until);
}

/* The stamp is another VM's. */
static void tell_fenced(struct pass *pass, const struct stamp *stamp, time_t now)
{
	bool live = stamp->until > now;

	pass_state(pass, STATE_DEGRADED,
		   live ? "leave the role leader to one host"
			: "agentctl lb status on the other leader",
		   "fenced: VM %s registers this environment, its lease %s %" PRId64 " s",
		   stamp->vm, live ? "lives for another" : "ran out before",
		   live ? stamp->until - now : now - stamp->until);
}

int lease_claim(struct pass *pass, struct session *s)
{
	time_t now = s->have.now ?: time(NULL);
	struct stamp stamp;
	int r;

	if (!s->have.exists) {
		r = add_stamp(pass, s, MUX_MAKE_PARTITION, 1);
		return r < 0 ? r : 1;
	}
	if (stamp_parse(s->have.description, &stamp) < 0 || strcmp(stamp.env, s->id) != 0) {
		pass_state(pass, STATE_FAILED, "ask the operator of the mux whose it is",
			   "partition test-%s is there without envagent's stamp; it is not touched",
			   s->id);
		return 0;
	}
	if (strcmp(stamp.vm, s->vm) != 0) {
		tell_fenced(pass, &stamp, now);
		return 0;
	}
	if (stamp.until - now < lease_of(pass) / 2)
		r = add_stamp(pass, s, MUX_STAMP, stamp.fence);
	else
		r = json_set_int(pass->state, "until", stamp.until);
	return r < 0 ? r : 1;
}

const char *lease_text(const struct pass *pass, char text[LEASE_TEXT_MAX])
{
	const char *owner = owner_of(pass);
	char clock[32] = "a time unknown";
	int64_t until;
	struct tm tm;

	if (json_get_int(pass->state, "until", &until) == 0 && gmtime_r(&(time_t){ until }, &tm))
		strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S UTC", &tm);
	snprintf(text, LEASE_TEXT_MAX, "%s%.80s%sleased until %s", owner ? "owner " : "",
		 owner ?: "", owner ? ", " : "", clock);
	return text;
}

/* SPDX-License-Identifier: MIT */
/* balancer.c -- makes the environment reachable: what should be registered, and who may write it */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "modules/balancer/lease.h"

/* A settled pass reads the stamp alone; every so many the pools are read again. */
#define FULL_EVERY 10

/* ---- memory over passes ---- */

/* True if the mux had exactly this when it was last read whole or written, not too long ago. */
static bool trust_memory(const struct pass *pass, const char hash[65])
{
	const char *before, *env;

	return !pass->verb && pass->number % FULL_EVERY != 0 &&
	       json_get_str(pass->state, "want", &before) == 0 && !strcmp(before, hash) &&
	       json_get_str(pass->state, "env", &env) == 0 &&
	       !strcmp(env, facts_str(pass->facts, "config_id") ?: "");
}

static int remember(struct pass *pass, const char *hash)
{
	int r = json_set_str(pass->state, "env", facts_str(pass->facts, "config_id"));

	return r < 0 ? r : json_set_str(pass->state, "want", hash);
}

static void forget(struct pass *pass)
{
	json_object_object_del(pass->state, "want");
	json_object_object_del(pass->state, "writing");
	json_object_object_del(pass->state, "summary");
	json_object_object_del(pass->state, "leaving");
}

/* ---- what people read ---- */

static char *summary(const struct session *s)
{
	size_t members = 0, up = 0, checked = 0;
	_cleanup_buf_ struct buf text = BUF_INIT;

	for (size_t i = 0; i < s->want.n; i++)
		members += s->want.pools[i].n_members;
	for (size_t i = 0; i < s->have.n_pools; i++) {
		for (size_t k = 0; k < s->have.pools[i].n_members; k++) {
			up += s->have.pools[i].members[k].up;
			checked += s->have.pools[i].members[k].known;
		}
	}
	buf_addf(&text, "%zu service%s, %zu member%s", s->want.n, s->want.n == 1 ? "" : "s",
		 members, members == 1 ? "" : "s");
	if (checked > 0)
		buf_addf(&text, ", %zu of %zu checked ones up", up, checked);
	return buf_take(&text);
}

static int troubled(struct pass *pass, const struct session *s, int r)
{
	unsigned retry_after = 0;
	const char *words = s->mux ? s->driver->words(s->mux, &retry_after) : strerror(-r);

	forget(pass);
	pass_after(pass, retry_after);
	if (retry_after > 0)
		pass_state(pass, STATE_DEGRADED, "agentctl lb status", "%s; try again in %u s",
			   words, retry_after);
	else
		pass_state(pass, STATE_DEGRADED, "agentctl lb status", "%s", words);
	return 0;
}

/* ---- the slots ---- */

static int session_new(struct pass *pass, struct session **ret)
{
	const struct mux_conf *conf = &pass->settings->mux;
	_cleanup_(session_freep) struct session *s = calloc(1, sizeof(*s));
	const char *credential;
	int r;

	if (!s)
		return -ENOMEM;
	credential = pass_credential(pass, conf->credential);
	if (!credential || !strchr(credential, ':')) {
		pass_state(pass, STATE_DEGRADED, "see [Credential] in envagent.conf(5)",
			   "the credential %s %s", conf->credential,
			   credential ? "is not of the form USER:PASSWORD" : "is not there");
		return 0;
	}
	s->driver = &mux_icontrol;
	s->sys = pass->sys;
	s->pass = pass;
	s->port = pass->settings->metadata.port;
	s->timeout = pass->settings->metadata.timeout;
	s->id = strdup(facts_str(pass->facts, "config_id"));
	s->vm = strdup(facts_str(pass->facts, "vm_id") ?: "0");
	s->from = strdup(pass->document_from ?: pass->settings->metadata.path ?: "");
	if (!s->id || !s->vm || !s->from)
		return -ENOMEM;
	r = s->driver->open(conf, credential, pass->state, &s->mux);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 1;
}

static int write_session(void *userdata, char **ret_words)
{
	struct session *s = userdata;
	unsigned retry_after = 0;
	int r = session_write(s, ret_words);

	if (r < 0)
		(void)s->driver->words(s->mux, &retry_after);
	pass_after(s->pass, retry_after);
	return r;
}

static void release_session(void *userdata)
{
	session_free(userdata);
}

/* All changes are done by the last one, as one transaction. */
static int plan_changes(struct pass *pass, struct session *s)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < s->diff.n; i++) {
		bool last = i + 1 == s->diff.n;

		r = plan_remote(pass->plan, s->diff.texts[i], last ? write_session : NULL,
				last ? release_session : NULL, last ? s : NULL);
	}
	return r;
}

static int wanted(struct pass *pass, struct session *s)
{
	_cleanup_free_ char *why = NULL;
	bool drained = false;
	int r = want_pools(pass, &s->want, &why);

	if (r == -EAGAIN || r == -EINVAL) {
		pass_state(pass, r == -EAGAIN ? STATE_DEGRADED : STATE_FAILED, "agentctl facts nat",
			   "%s", why ?: strerror(-r));
		return 0;
	}
	if (r < 0)
		return r;
	if (pass->verb && !strcmp(pass->verb, "drain"))
		(void)json_set_bool(pass->state, "drained", true);
	if (pass->verb && !strcmp(pass->verb, "register"))
		json_object_object_del(pass->state, "drained");
	(void)json_get_bool(pass->state, "drained", &drained);
	for (size_t i = 0; drained && i < s->want.n; i++) {
		for (size_t k = 0; k < s->want.pools[i].n_members; k++)
			s->want.pools[i].members[k].enabled = false;
	}
	return 1;
}

/* Does not apply here: says so and returns true. */
static bool not_ours(struct pass *pass)
{
	if (!pass->settings->mux.manage)
		pass_state(pass, STATE_OFF, NULL, "Manage=no");
	else if (!pass_has_role(pass, "leader"))
		pass_state(pass, STATE_OFF, NULL, "not this host's role");
	else if (!pass->settings->mux.url)
		pass_state(pass, STATE_OFF, NULL, "there is no [Mux] Url=");
	else if (!facts_str(pass->facts, "config_id"))
		pass_state(pass, STATE_CONVERGING, "agentctl facts config_id",
			   "config_id is not known: %s", facts_why(pass->facts, "config_id"));
	else
		return false;
	return true;
}

/* The mux has what it should have, and that is TEXT. */
static void tell_done(struct pass *pass, const char *text)
{
	char lease[LEASE_TEXT_MAX];
	bool drained = false;

	(void)json_get_bool(pass->state, "drained", &drained);
	if (drained)
		pass_state(pass, STATE_DEGRADED, "agentctl lb register",
			   "drained by hand: members take no new requests; %s",
			   lease_text(pass, lease));
	else
		pass_state(pass, STATE_READY, NULL, "%s at %s, %s", text, pass->settings->mux.url,
			   lease_text(pass, lease));
}

/* Nothing to do. */
static int settle(struct pass *pass, const char *hash, const char *text)
{
	tell_done(pass, text);
	return remember(pass, hash);
}

/* What balancer_verify() says and keeps, if the changes succeed. */
static int note_writing(struct pass *pass, const struct session *s, const char *hash,
			const char *text)
{
	int r;

	/* What was true before the write is true no more, however this ends. */
	json_object_object_del(pass->state, "want");
	r = json_set_int(pass->state, "leaving", s->diff.leaving);
	if (r >= 0)
		r = json_set_str(pass->state, "summary", text);
	return r < 0 ? r : json_set_str(pass->state, "writing", hash);
}

static int read_and_compare(struct pass *pass, struct session *s, const char *hash)
{
	int r = s->driver->read(s->mux, s->id, !trust_memory(pass, hash), &s->have);

	if (r == 0 && s->have.full)
		r = diff_pools(&s->want, &s->have, &s->diff);
	return r;
}

/* The lease alone: the mux keeps what it has, and we keep what we know of it. */
static int renew(struct pass *pass, struct session *s)
{
	int r = s->driver->read(s->mux, s->id, false, &s->have);

	if (r < 0)
		return troubled(pass, s, r);
	if (!s->have.exists) {
		pass_state(pass, STATE_DEGRADED, "agentctl resume",
			   "the environment is not registered, and only a lease is renewed now");
		return 0;
	}
	r = lease_claim(pass, s);
	if (r <= 0)
		return r;
	tell_done(pass, "only the lease is renewed");
	return plan_changes(pass, s);
}

static int balancer_plan(struct pass *pass, const void *conf)
{
	_cleanup_(session_freep) struct session *s = NULL;
	_cleanup_free_ char *text = NULL;
	char hash[65];
	int r;

	if (not_ours(pass))
		return 0;
	r = session_new(pass, &s);
	if (r > 0 && pass->verb && !strcmp(pass->verb, "renew")) {
		r = renew(pass, s);
		if (r >= 0 && s->diff.n > 0)
			(void)TAKE_PTR(s); /* the plan owns it */
		return r;
	}
	if (r > 0)
		r = wanted(pass, s);
	if (r <= 0)
		return r;
	want_hash(&s->want, hash);
	r = read_and_compare(pass, s, hash);
	if (r < 0)
		return troubled(pass, s, r);
	forget(pass);
	r = lease_claim(pass, s);
	if (r <= 0)
		return r;
	text = summary(s);
	if (!text)
		return -ENOMEM;
	if (s->diff.n == 0)
		return settle(pass, hash, text);
	r = note_writing(pass, s, hash, text);
	if (r >= 0)
		r = plan_changes(pass, s);
	if (r >= 0)
		(void)TAKE_PTR(s); /* the plan owns it */
	return r;
}

/* Called only if no change failed: what was written is what the mux has now. */
static int balancer_verify(struct pass *pass, const void *conf)
{
	const char *text, *hash;
	int64_t leaving = 0;
	int r = 0;

	if (json_get_str(pass->state, "writing", &hash) < 0)
		return 0;
	(void)json_get_int(pass->state, "leaving", &leaving);
	if (leaving > 0)
		pass_state(pass, STATE_CONVERGING, NULL,
			   "%" PRId64 " members are drained and go with the next pass", leaving);
	else if (json_get_str(pass->state, "summary", &text) == 0)
		tell_done(pass, text);
	if (leaving == 0)
		r = remember(pass, hash);
	json_object_object_del(pass->state, "writing");
	json_object_object_del(pass->state, "summary");
	json_object_object_del(pass->state, "leaving");
	return r;
}

static int balancer_leave(struct pass *pass)
{
	_cleanup_free_ char *words = NULL;
	int r;

	if (!pass->settings->mux.url)
		return 0;
	r = mux_icontrol.leave(&pass->settings->mux, pass->state, &words);
	if (r < 0)
		log_notice("The login at the load balancer stays until it ends by itself: %s",
			   words ?: strerror(-r));
	return r;
}

const struct module module_balancer = {
	.name = "balancer",
	.plan = balancer_plan,
	.verify = balancer_verify,
	.leave = balancer_leave,
};

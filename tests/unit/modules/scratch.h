/* SPDX-License-Identifier: MIT */
/* scratch.h -- a pass for one module: options as text, a root of its own, a made-up or real net */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/json.h"
#include "agent/reconcile/module.h"
#include "agent/reconcile/watch.h"

struct scratch {
	const struct module *module;
	char dir[512]; /* what the test made; "" if the root is the machine's */
	struct sys *sys;
	struct conf *conf;
	struct settings *settings;
	struct conf_section own[2]; /* the module's own section: CONF refers to it */
	void *values;		    /* of that */
	struct facts *facts;
	struct manifest *manifest;
	struct plan *plan;
	struct sys_net net;
	bool net_read; /* by sys_net_read() */
	struct json_object *state;
	struct module_result result;
	bool by_hand, limit_over; /* of the next pass */
	struct pass pass;
};

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static inline void scratch_end_pass(struct scratch *s)
{
	if (s->values && s->module->items)
		conf_done(s->module->items, s->values);
	free(s->values);
	s->values = NULL;
	watches_free(s->pass.watches);
	s->pass.watches = NULL;
	plan_free(s->plan);
	s->plan = NULL;
	manifest_free(s->manifest);
	s->manifest = NULL;
	settings_free(s->settings);
	s->settings = NULL;
	conf_free(s->conf);
	s->conf = NULL;
}

/* ROOT "/" is the machine (of a namespace, please); NULL makes a folder. */
static inline struct scratch *scratch_new(const struct module *module, const char *root)
{
	struct scratch *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->module = module;
	if (!root) {
		snprintf(s->dir, sizeof(s->dir), "%s/envagent-test-XXXXXX",
			 getenv("TMPDIR") ?: "/tmp");
		assert_non_null(mkdtemp(s->dir));
		root = s->dir;
	}
	assert_int_equal(sys_open(root, &s->sys), 0);
	assert_true(sys_mkdir(s->sys, "/etc/dnsmasq.d", 0755) >= 0);
	assert_true(sys_mkdir(s->sys, "/var/lib/envagent", 0755) >= 0);
	assert_true(sys_mkdir(s->sys, "/run/envagent", 0755) >= 0);
	assert_int_equal(facts_new(&s->facts), 0);
	assert_int_equal(facts_source(s->facts, "test", 1), 0);
	s->state = json_object_new_object();
	assert_non_null(s->state);
	return s;
}

static inline void scratch_free(struct scratch *s)
{
	scratch_end_pass(s);
	if (s->net_read)
		sys_net_done(&s->net);
	facts_free(s->facts);
	json_object_put(s->state);
	sys_free(s->sys);
	if (s->dir[0])
		nftw(s->dir, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
}

static inline void scratch_fact(struct scratch *s, const char *name, const char *json)
{
	struct json_object *v;

	assert_int_equal(json_parse(json, strlen(json), 16, &v, NULL), 0);
	assert_int_equal(facts_set(s->facts, name, NULL, v), 0);
}

static inline void scratch_file(struct scratch *s, const char *path, const char *text)
{
	struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };

	assert_true(sys_write(s->sys, path, text, strlen(text), &opts) >= 0);
}

static inline void scratch_expect_file(struct scratch *s, const char *path, const char *text)
{
	_cleanup_free_ char *now = NULL;
	size_t len;

	assert_int_equal(sys_read(s->sys, path, &now, &len), 0);
	assert_string_equal(now, text);
}

/* Begins a pass with these options. */
static inline void scratch_begin(struct scratch *s, const char *conf)
{
	static const struct conf_item none[] = { {} };
	const struct conf_section *const tables[] = { settings_sections, s->own,
						      s->module->sections, NULL };
	_cleanup_free_ char *error = NULL;

	scratch_end_pass(s);
	s->own[0] = (struct conf_section){ s->module->section, false, s->module->items ?: none,
					   s->module->size };
	if (sys_live(s->sys)) {
		if (s->net_read)
			sys_net_done(&s->net);
		assert_int_equal(sys_net_read(s->sys, &s->net), 0);
		s->net_read = true;
	}
	if (conf_load_text("test.conf", conf, tables, false, &s->conf, &error) < 0)
		fail_msg("%s", error);
	if (settings_load(s->conf, &s->settings, &error) < 0)
		fail_msg("%s", error);
	sys_set_unit_command(s->sys, s->settings->system.unit_command);
	s->values = calloc(1, s->module->size + 1);
	assert_non_null(s->values);
	if (s->module->section)
		assert_int_equal(conf_get(s->conf, &s->own[0], NULL, s->values), 0);
	assert_int_equal(manifest_load(s->sys, &s->manifest, &error), 0);
	assert_int_equal(plan_new(s->sys, s->manifest, &s->plan), 0);
	plan_module(s->plan, s->module->name);
	s->result = (struct module_result){ .state = _STATE_MAX };
	s->pass = (struct pass){
		.sys = s->sys,
		.conf = s->conf,
		.settings = s->settings,
		.facts = s->facts,
		.plan = s->plan,
		.manifest = s->manifest,
		.net = &s->net,
		.state = s->state,
		.own = s->settings->n_hosts ? &s->settings->hosts[0] : NULL,
		.by_hand = s->by_hand,
		.limit_over = s->limit_over,
		.module = s->module->name,
		.result = &s->result,
	};
}

/* Begins a pass with these options and plans: what the module's slot returns. */
static inline int scratch_plan(struct scratch *s, const char *conf)
{
	scratch_begin(s, conf);
	return s->module->plan(&s->pass, s->values);
}

static inline void scratch_report(void *userdata, const struct change *c, int r, const char *words)
{
	if (r < 0)
		print_message("%s: %s %s\n", c->summary, strerror(-r), words ? words : "");
}

/* Applies and verifies: how many changes failed. */
static inline int scratch_apply(struct scratch *s)
{
	int failed = plan_apply(s->plan, scratch_report, NULL);

	assert_true(manifest_save(s->manifest) >= 0);
	if (s->module->applied)
		s->module->applied(&s->pass, s->values);
	if (failed == 0 && s->module->verify)
		assert_true(s->module->verify(&s->pass, s->values) >= 0);
	return failed;
}

/* The summaries of the plan, one a line. */
static inline void scratch_expect_plan(struct scratch *s, const char *text)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (size_t i = 0; i < plan_count(s->plan); i++)
		buf_addf(&b, "%s\n", plan_at(s->plan, i)->summary);
	buf_addc(&b, '\0');
	assert_string_equal(b.data, text);
}

static inline void scratch_expect_state(struct scratch *s, enum state state, const char *reason)
{
	if (s->result.state == state && strstr(s->result.reason, reason))
		return;
	fail_msg("state %s: %s", state_name(s->result.state) ?: "none", s->result.reason);
}

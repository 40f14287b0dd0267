/* SPDX-License-Identifier: MIT */
/* templates.h -- two templates below a fresh root */
#pragma once

#include "tests/unit/modules/scratch.h"

extern const struct module module_template;

#define WEB "[Template web]\nSource=/etc/t/web.erb\nTarget=/etc/web.yml\n"
#define APP "[Template app]\nSource=/etc/t/app.erb\nTarget=/etc/app.yml\n"

/* The warnings are part of the status, too. */
static inline void drop_log(int level, const char *text)
{
}

static inline int setup(void **state)
{
	struct scratch *s = scratch_new(&module_template, NULL);

	assert_true(sys_mkdir(s->sys, "/etc/t", 0755) >= 0);
	scratch_file(s, "/etc/t/web.erb", "env: <%= config_id %>\n");
	scratch_file(s, "/etc/t/app.erb", "app <%= config_id %>\n");
	scratch_fact(s, "config_id", "\"4190101\"");
	scratch_fact(s, "vm_id", "\"52100021\"");
	log_set_sink(drop_log);
	*state = s;
	return 0;
}

static inline int teardown(void **state)
{
	log_set_sink(NULL);
	scratch_free(*state);
	return 0;
}

/* A whole pass. */
static inline void make(struct scratch *s, const char *conf)
{
	assert_int_equal(scratch_plan(s, conf), 0);
	assert_int_equal(scratch_apply(s), 0);
}

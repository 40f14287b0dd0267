/* SPDX-License-Identifier: MIT */
/* metadata.h -- a pass of the metadata module with a document of the test's */
#pragma once

#include "tests/unit/reconcile/fixture.h"

#include "agent/reconcile/provider.h"

extern const struct module module_metadata;
extern const struct provider provider_skytap, provider_file, provider_none;

const struct provider *const providers[] = {
	[PROVIDER_SKYTAP] = &provider_skytap,
	[PROVIDER_FILE] = &provider_file,
	[PROVIDER_NONE] = &provider_none,
};

#define GOOD                                                                                 \
	"{\"id\":\"52100021\",\"name\":\"web-1\","                                           \
	"\"configuration_url\":\"https://cloud.skytap.com/v2/configurations/4190101\","      \
	"\"user_data\":\"role: dns\\n\",\"configuration_user_data\":null,"                   \
	"\"interfaces\":[{\"ip\":\"10.60.0.21\",\"hostname\":\"web-1\","                     \
	"\"mac\":\"00:50:56:2A:10:02\",\"network_id\":7700101,\"network_name\":\"cluster\"," \
	"\"network_type\":\"automatic\",\"network_subnet\":\"10.60.0.0/24\","                \
	"\"nat_addresses\":{\"network_nat_addresses\":[{\"network_id\":\"7699901\","         \
	"\"ip_address\":\"10.200.0.21\"}],\"vpn_nat_addresses\":[]}}],"                      \
	"\"labels\":[{\"id\":\"1\",\"value\":\"dns\",\"label_category\":\"role\"}],"         \
	"\"credentials\":[{\"id\":\"61\",\"text\":\"deploy / pass\"}]}"

struct room {
	struct fixture f;
	struct sys *machine; /* the real one, only to be "live": nothing is read or written */
	struct conf *conf;
	struct settings *settings;
	struct sys_link links[2];
	struct sys_route route;
	struct sys_net net;
	struct module_result result;
	struct pass pass;
};

static inline void configure(struct room *room, const char *text)
{
	const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_free_ char *error = NULL;

	settings_free(room->settings);
	conf_free(room->conf);
	if (conf_load_text("t.conf", text, tables, false, &room->conf, &error) < 0 ||
	    settings_load(room->conf, &room->settings, &error) < 0)
		fail_msg("%s", error);
	room->pass.settings = room->settings;
}

static inline int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	struct fixture *f = NULL;

	assert_non_null(room);
	fixture_setup((void **)&f);
	room->f = *f;
	free(f);
	assert_int_equal(sys_open("/", &room->machine), 0);
	strcpy(room->links[0].name, "lo");
	room->links[0].loopback = true;
	strcpy(room->links[1].name, "eth0");
	room->links[1].index = 2;
	memcpy(room->links[1].mac, "\x00\x50\x56\x2a\x10\x02", 6);
	room->net = (struct sys_net){ .links = room->links, .n_links = 2 };
	configure(room, "");
	room->pass.sys = room->machine;
	room->pass.net = &room->net;
	room->pass.result = &room->result;
	room->pass.state = json_object_new_object();
	room->pass.document_from = "169.254.169.254";
	*state = room;
	return 0;
}

static inline int teardown(void **state)
{
	struct room *room = *state;
	struct fixture *f = calloc(1, sizeof(*f));

	facts_free(room->pass.facts);
	json_object_put(room->pass.state);
	settings_free(room->settings);
	conf_free(room->conf);
	sys_free(room->machine);
	*f = room->f;
	free(room);
	return fixture_teardown((void **)&f);
}

static inline int facts(struct room *room)
{
	facts_free(room->pass.facts);
	room->pass.facts = NULL;
	assert_int_equal(facts_new(&room->pass.facts), 0);
	room->result = (struct module_result){ .state = _STATE_MAX };
	return module_metadata.facts(&room->pass, NULL);
}

static inline int facts_of(struct room *room, const char *document)
{
	room->pass.document = document;
	room->pass.document_len = document ? strlen(document) : 0;
	return facts(room);
}

/* GOOD with its first FROM replaced by TO; owned. */
static inline char *changed(const char *from, const char *to)
{
	const char *at = strstr(GOOD, from);

	assert_non_null(at);
	return str_printf("%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
}

static inline void expect(struct room *room, const char *name, const char *json)
{
	struct json_object *value = facts_value(room->pass.facts, name);

	if (!value)
		fail_msg("%s: %s", name, facts_why(room->pass.facts, name));
	assert_string_equal(json_text(value), json);
}

static inline void expect_unknown(struct room *room, const char *name, const char *part)
{
	const struct fact *fact = facts_get(room->pass.facts, name);

	assert_non_null(fact);
	assert_int_equal(fact->state, FACT_UNKNOWN);
	assert_null(fact->value);
	if (!strstr(fact->why, part))
		fail_msg("'%s' does not say '%s'", fact->why, part);
}

static inline void expect_state(struct room *room, enum state state, const char *part)
{
	if (room->result.state != state || !strstr(room->result.reason, part))
		fail_msg("%s: %s", state_name(room->result.state) ?: "none", room->result.reason);
}

#define ROOM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

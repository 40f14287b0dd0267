/* SPDX-License-Identifier: MIT */
/* test-derive.c -- derive.c: what follows from the settings and the identity */
#include "fixture.h"

#include "agent/reconcile/derive.h"

struct room {
	struct conf *conf;
	struct settings *settings;
	struct module_result result;
	struct pass pass;
};

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	room->result.state = _STATE_MAX;
	room->pass.result = &room->result;
	assert_int_equal(facts_new(&room->pass.facts), 0);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;

	facts_free(room->pass.facts);
	settings_free(room->settings);
	conf_free(room->conf);
	free(room);
	return 0;
}

#define CONF                                                      \
	"[Agent]\nDomain=cluster.test\nBaseDomain=envs.example\n" \
	"[Host dns-1]\nAddress=10.60.0.10\nRoles=dns\n"           \
	"[Host web-1]\nAddress=10.60.0.21\nRoles=web\nAliases=www\n"

/* Derives from these settings; this host's own row is number OWN, or none at -1. */
static void derive(struct room *room, const char *text, int own)
{
	const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_free_ char *error = NULL;

	if (conf_load_text("t.conf", text, tables, false, &room->conf, &error) < 0 ||
	    settings_load(room->conf, &room->settings, &error) < 0)
		fail_msg("%s", error);
	room->pass.settings = room->settings;
	room->pass.own = own >= 0 ? &room->settings->hosts[own] : NULL;
	assert_int_equal(derive_facts(&room->pass), 0);
}

static void expect(struct room *room, const char *name, const char *json)
{
	struct json_object *value = facts_value(room->pass.facts, name);

	if (!value)
		fail_msg("%s: %s", name, facts_why(room->pass.facts, name));
	assert_string_equal(json_text(value), json);
}

static void set(struct room *room, const char *name, const char *value)
{
	assert_int_equal(facts_set_str(room->pass.facts, name, NULL, value), 0);
}

static void test_hosts_and_names_come_from_the_settings(void **state)
{
	struct room *room = *state;

	derive(room, CONF, 1);
	expect(room, "hosts",
	       "[{\"name\":\"dns-1\",\"address\":\"10.60.0.10\",\"fqdn\":\"dns-1.cluster.test\","
	       "\"roles\":[\"dns\"],\"aliases\":[]},"
	       "{\"name\":\"web-1\",\"address\":\"10.60.0.21\",\"fqdn\":\"web-1.cluster.test\","
	       "\"roles\":[\"web\"],\"aliases\":[\"www\"]}]");
	expect(room, "hostname", "\"web-1\"");
	expect(room, "fqdn", "\"web-1.cluster.test\"");
	expect(room, "base_domain", "\"envs.example\"");
	expect(room, "roles", "[\"web\"]");
}

static void test_the_metadatas_host_name_comes_first(void **state)
{
	struct room *room = *state;

	set(room, "hostname", "app-7");
	derive(room, CONF, 1);
	expect(room, "fqdn", "\"app-7.cluster.test\"");
}

static void test_an_unknown_host_name_is_not_replaced(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_set_unknown(room->pass.facts, "hostname", "nobody answers"), 0);
	derive(room, CONF, 1);
	assert_int_equal(facts_get(room->pass.facts, "hostname")->state, FACT_UNKNOWN);
	assert_int_equal(facts_get(room->pass.facts, "fqdn")->state, FACT_UNKNOWN);
	assert_string_equal(facts_why(room->pass.facts, "fqdn"), "nobody answers");
}

static void test_without_a_domain_there_is_no_fqdn(void **state)
{
	struct room *room = *state;

	set(room, "hostname", "web-1");
	derive(room, "", -1);
	assert_int_equal(facts_get(room->pass.facts, "fqdn")->state, FACT_ABSENT);
	assert_string_equal(facts_why(room->pass.facts, "fqdn"), "Domain= is not set in [Agent]");
	expect(room, "hosts", "[]");
}

static void test_a_public_service_has_its_url(void **state)
{
	struct room *room = *state;

	set(room, "config_id", "4190101");
	derive(room, CONF "[Service www]\nPort=80\n[Service db]\nPort=5432\nPublic=no\n", -1);
	expect(room, "services",
	       "[{\"name\":\"www\",\"port\":80,\"url\":\"https://www-4190101.envs.example\"},"
	       "{\"name\":\"db\",\"port\":5432}]");
}

static void test_without_the_id_the_services_are_unknown(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_set_unknown(room->pass.facts, "config_id", "nobody answers"), 0);
	derive(room, CONF "[Service www]\nPort=80\n", -1);
	assert_int_equal(facts_get(room->pass.facts, "services")->state, FACT_UNKNOWN);
}

static void test_roles_come_from_the_agent_section_first(void **state)
{
	struct room *room = *state;

	set(room, "user_data", "roles: dns\n");
	derive(room, "[Agent]\nRoles=leader\n[Host a]\nRoles=web\n", 0);
	expect(room, "roles", "[\"leader\"]");
}

static void test_roles_come_from_user_data_in_its_usual_spellings(void **state)
{
	static const char *const texts[] = {
		"roles: dns leader\n",
		"# roles: web\nname: x\nroles: dns, leader\n",
		"roles: [dns, \"leader\"]  # both\r\n",
		"roles:dns leader",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct room *room;

		setup((void **)&room);
		set(room, "user_data", texts[i]);
		derive(room, "", -1);
		expect(room, "roles", "[\"dns\",\"leader\"]");
		teardown((void **)&room);
	}
}

static void test_one_role_and_labels_count_too(void **state)
{
	struct room *room = *state;
	const char *text = "[{\"category\":\"Role\",\"value\":\"dns\"},"
			   "{\"category\":\"owner\",\"value\":\"web\"}]";
	struct json_object *labels;

	assert_int_equal(json_parse(text, strlen(text), 4, &labels, NULL), 0);
	assert_int_equal(facts_set(room->pass.facts, "labels", NULL, labels), 0);
	set(room, "user_data", "colour: red\n");
	derive(room, "", -1);
	expect(room, "roles", "[\"dns\"]");
	assert_string_equal(facts_get(room->pass.facts, "roles")->path, "the VM's labels");
}

static void test_no_role_at_all_is_an_empty_list(void **state)
{
	struct room *room = *state;

	derive(room, "", -1);
	expect(room, "roles", "[]");
	assert_int_equal(room->result.state, _STATE_MAX);
}

static void test_roles_are_unknown_as_long_as_the_metadata_is(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_set_unknown(room->pass.facts, "user_data", "nobody answers"), 0);
	derive(room, CONF, -1);
	assert_int_equal(facts_get(room->pass.facts, "roles")->state, FACT_UNKNOWN);
	assert_string_equal(facts_why(room->pass.facts, "roles"), "nobody answers");
}

static void test_an_unknown_role_is_an_error_with_advice(void **state)
{
	struct room *room = *state;

	set(room, "user_data", "role: leadr\n");
	derive(room, CONF, -1);
	assert_int_equal(room->result.state, STATE_FAILED);
	assert_string_equal(room->result.reason,
			    "the VM's user data: 'leadr' is no known role, did you mean 'leader'?");
	assert_int_equal(facts_get(room->pass.facts, "roles")->state, FACT_UNKNOWN);
}

#define DERIVE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DERIVE_TEST(test_hosts_and_names_come_from_the_settings),
		DERIVE_TEST(test_the_metadatas_host_name_comes_first),
		DERIVE_TEST(test_an_unknown_host_name_is_not_replaced),
		DERIVE_TEST(test_without_a_domain_there_is_no_fqdn),
		DERIVE_TEST(test_a_public_service_has_its_url),
		DERIVE_TEST(test_without_the_id_the_services_are_unknown),
		DERIVE_TEST(test_roles_come_from_the_agent_section_first),
		DERIVE_TEST(test_roles_come_from_user_data_in_its_usual_spellings),
		DERIVE_TEST(test_one_role_and_labels_count_too),
		DERIVE_TEST(test_no_role_at_all_is_an_empty_list),
		DERIVE_TEST(test_roles_are_unknown_as_long_as_the_metadata_is),
		DERIVE_TEST(test_an_unknown_role_is_an_error_with_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test-metadata.c -- the metadata module: good documents, and all the bad ones that are seen */
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

static void configure(struct room *room, const char *text)
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

static int setup(void **state)
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

static int teardown(void **state)
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

static int facts(struct room *room)
{
	facts_free(room->pass.facts);
	room->pass.facts = NULL;
	assert_int_equal(facts_new(&room->pass.facts), 0);
	room->result = (struct module_result){ .state = _STATE_MAX };
	return module_metadata.facts(&room->pass, NULL);
}

static int facts_of(struct room *room, const char *document)
{
	room->pass.document = document;
	room->pass.document_len = document ? strlen(document) : 0;
	return facts(room);
}

/* GOOD with its first FROM replaced by TO; owned. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(GOOD, from);

	assert_non_null(at);
	return str_printf("%.*s%s%s", (int)(at - GOOD), GOOD, to, at + strlen(from));
}

static void expect(struct room *room, const char *name, const char *json)
{
	struct json_object *value = facts_value(room->pass.facts, name);

	if (!value)
		fail_msg("%s: %s", name, facts_why(room->pass.facts, name));
	assert_string_equal(json_text(value), json);
}

static void expect_unknown(struct room *room, const char *name, const char *part)
{
	const struct fact *fact = facts_get(room->pass.facts, name);

	assert_non_null(fact);
	assert_int_equal(fact->state, FACT_UNKNOWN);
	assert_null(fact->value);
	if (!strstr(fact->why, part))
		fail_msg("'%s' does not say '%s'", fact->why, part);
}

static void expect_state(struct room *room, enum state state, const char *part)
{
	if (room->result.state != state || !strstr(room->result.reason, part))
		fail_msg("%s: %s", state_name(room->result.state) ?: "none", room->result.reason);
}

static void test_a_good_document_is_known_whole(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_of(room, GOOD), 0);
	expect(room, "config_id", "\"4190101\"");
	expect(room, "vm_id", "\"52100021\"");
	expect(room, "vm_name", "\"web-1\"");
	expect(room, "hostname", "\"web-1\"");
	expect(room, "user_data", "\"role: dns\\n\"");
	expect(room, "labels", "[{\"category\":\"role\",\"value\":\"dns\"}]");
	expect(room, "interfaces",
	       "[{\"mac\":\"00:50:56:2a:10:02\",\"name\":\"eth0\",\"ip\":\"10.60.0.21\","
	       "\"subnet\":\"10.60.0.0/24\",\"prefix\":24,\"network_name\":\"cluster\","
	       "\"network_type\":\"automatic\",\"network_id\":\"7700101\","
	       "\"nat_addresses\":[{\"network_id\":\"7699901\",\"ip\":\"10.200.0.21\"}],"
	       "\"hostname\":\"web-1\"}]");
	assert_int_equal(facts_get(room->pass.facts, "configuration_user_data")->state,
			 FACT_ABSENT);
	assert_string_equal(facts_get(room->pass.facts, "config_id")->source,
			    "http://169.254.169.254/skytap");
	assert_string_equal(facts_get(room->pass.facts, "config_id")->path, "configuration_url");
	expect_state(room, STATE_READY, "environment 4190101, VM 52100021, from 169.254.169.254");
}

static void test_credentials_are_secret(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_of(room, GOOD), 0);
	expect(room, "credentials", "[\"deploy / pass\"]");
	assert_true(facts_get(room->pass.facts, "credentials")->secret);
}

static void test_the_id_is_found_in_every_spelling_of_the_url(void **state)
{
	static const char *const urls[] = {
		"https://cloud.skytap.com/configurations/4190101",
		"https://cloud.skytap.com/v2/configurations/4190101/",
		"https://cloud.skytap.com/configurations/4190101.json",
		"http://10.0.0.1:8080/v2/configurations/4190101//",
		"https://cloud.skytap.com/configurations/4190101?keep_idle=true",
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		_cleanup_free_ char *doc =
			changed("https://cloud.skytap.com/v2/configurations/4190101", urls[i]);

		assert_int_equal(facts_of(room, doc), 0);
		expect(room, "config_id", "\"4190101\"");
	}
}

static void test_ids_are_text_even_if_they_come_as_numbers(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *doc = changed("\"id\":\"52100021\"", "\"id\":52100021");

	assert_int_equal(facts_of(room, doc), 0);
	expect(room, "vm_id", "\"52100021\"");
}

static void test_no_document_makes_all_unknown_with_the_reason(void **state)
{
	struct room *room = *state;

	room->pass.document_error = "169.254.169.254: timed out; gw: no such name";
	assert_int_equal(facts_of(room, NULL), -EBADMSG);
	expect_unknown(room, "config_id", "169.254.169.254: timed out");
	expect_unknown(room, "interfaces", "gw: no such name");
	expect_unknown(room, "hostname", "timed out");
	expect_state(room, STATE_CONVERGING, "timed out");
}

static void test_a_silence_after_an_answer_is_degraded(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_of(room, GOOD), 0);
	room->pass.document_error = "timed out";
	assert_int_equal(facts_of(room, NULL), -EBADMSG);
	expect_state(room, STATE_DEGRADED, "what was made for environment 4190101 stays");
	expect_unknown(room, "config_id", "timed out");
}

static void test_what_is_no_document_is_refused_with_what_it_is(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "the document is empty" },
		{ " \r\n", "the document is empty" },
		{ "<html><body>Bad gateway</body></html>", "HTML or XML" },
		{ "{\"id\":\"52100021\",\"configuration_url\":\"https://cloud.sky", "cut off" },
		{ "{\"id\":\"5\",}", "no JSON from byte" },
		{ "\"a string\"", "JSON, but no object" },
		{ "null", "JSON, but no object" },
		{ "{\"id\":\"52100021\"}", "has no configuration_url" },
		{ "{\"configuration_url\":null}", "has no configuration_url" },
		{ "{\"configuration_url\":4190101}",
		  "configuration_url in the document is no text" },
		{ "{\"configuration_url\":\"https://x/configurations/none\"}",
		  "does not end in an id" },
		{ "{\"configuration_url\":\"4190101\"}", "does not end in an id" },
		{ "{\"configuration_url\":\"https://x/configurations/1;reboot\"}",
		  "does not end in an id" },
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(facts_of(room, bad[i].text), -EBADMSG);
		expect_unknown(room, "config_id", bad[i].why);
		expect_unknown(room, "vm_id", "http://169.254.169.254/skytap: ");
		expect_state(room, STATE_CONVERGING, bad[i].why);
		assert_string_equal(room->result.next, "curl http://169.254.169.254/skytap");
	}
}

static void test_a_deep_document_is_refused(void **state)
{
	struct room *room = *state;
	_cleanup_buf_ struct buf doc = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_addc(&doc, '[');
	assert_int_equal(facts_of(room, doc.data), -EBADMSG);
}

static void test_a_document_of_another_vm_is_refused(void **state)
{
	struct room *room = *state;

	room->links[1].mac[5] = 0x99;
	assert_int_equal(facts_of(room, GOOD), -EBADMSG);
	expect_unknown(room, "config_id", "about another VM");
	expect_state(room, STATE_CONVERGING, "a MAC of this machine (00:50:56:2a:10:99)");
	assert_null(strstr(json_text(room->pass.state), "4190101"));
}

static void test_below_another_root_macs_are_not_compared(void **state)
{
	struct room *room = *state;

	room->net.n_links = 0;
	room->pass.sys = room->f.sys;
	assert_int_equal(facts_of(room, GOOD), 0);
	expect(room, "config_id", "\"4190101\"");
}

static void test_a_bad_address_makes_the_interfaces_unknown(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} bad[] = {
		{ "10.60.0.21", "10.60.0.300", "interfaces[0].ip '10.60.0.300' is no IP address" },
		{ "10.60.0.21", "10.60.0.21\\n", "is no IP address" },
		{ "\"10.60.0.21\"", "168558613", "interfaces[0].ip is no text" },
		{ "10.60.0.21", "10.61.0.21", "not an address of its network_subnet" },
		{ "10.60.0.0/24", "10.60.0.0", "no network" },
		{ "10.60.0.0/24", "10.60.0.0/33", "no network" },
		{ "00:50:56:2A:10:02\"", "00:50:56:2A:10:02\"},{\"mac\":\"00:50\"",
		  "interfaces[1].mac '00:50' is no MAC address" },
		{ "10.200.0.21", "10.200.0", "no IP address" },
		{ "\"network_id\":\"7699901\"", "\"network_id\":\"all\"", "network_id" },
		{ "7700101", "\"one\"", "interfaces[0].network_id 'one' is no id" },
		{ "cluster", "clu\\u0007ster", "interfaces[0].network_name" },
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *doc = changed(bad[i].from, bad[i].to);

		assert_int_equal(facts_of(room, doc), 0);
		expect_unknown(room, "interfaces", bad[i].why);
		expect_state(room, STATE_DEGRADED, bad[i].why);
		expect(room, "config_id", "\"4190101\"");
	}
}

static void test_a_bad_name_is_unknown_and_the_addresses_stay(void **state)
{
	static const char *const bad[] = {
		"web 1", "web-1\\n10.0.0.1 evil", "web'1", "-web", "web_1", "", "w\\u0000eb",
	};
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *to = str_printf("\"hostname\":\"%s\"", bad[i]);
		_cleanup_free_ char *doc = changed("\"hostname\":\"web-1\"", to);

		assert_int_equal(facts_of(room, doc), 0);
		expect_unknown(room, "hostname", "interfaces[0].hostname");
		expect_state(room, STATE_DEGRADED, "no host name");
		assert_non_null(facts_value(room->pass.facts, "interfaces"));
		assert_null(
			strstr(json_text(facts_value(room->pass.facts, "interfaces")), "hostname"));
	}
}

static void test_a_bad_vm_id_or_name_is_unknown_alone(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *id = changed("52100021", "52 1"), *name = changed("web-1", "a\\nb");

	assert_int_equal(facts_of(room, id), 0);
	expect_unknown(room, "vm_id", "id '52 1' is no id");
	expect(room, "config_id", "\"4190101\"");
	assert_int_equal(facts_of(room, name), 0);
	expect_unknown(room, "vm_name", "printable line");
}

static void test_a_detached_interface_has_no_address_and_that_is_fine(void **state)
{
	struct room *room = *state;
	const char *doc = "{\"id\":\"1\",\"configuration_url\":\"https://x/configurations/2\","
			  "\"interfaces\":[{\"ip\":null,\"hostname\":null,"
			  "\"mac\":\"00:50:56:2a:10:02\"}]}";

	assert_int_equal(facts_of(room, doc), 0);
	expect(room, "interfaces",
	       "[{\"mac\":\"00:50:56:2a:10:02\",\"name\":\"eth0\",\"nat_addresses\":[]}]");
	assert_int_equal(facts_get(room->pass.facts, "hostname")->state, FACT_ABSENT);
	expect_state(room, STATE_READY, "environment 2");
}

static const char *gateway_of(struct room *room)
{
	struct json_object *list = facts_value(room->pass.facts, "interfaces");
	const char *gateway = NULL;

	assert_non_null(list);
	json_get_str(json_object_array_get_idx(list, 0), "gateway", &gateway);
	return gateway;
}

static void test_the_gateway_in_use_is_remembered_for_when_it_is_gone(void **state)
{
	struct room *room = *state;

	assert_int_equal(facts_of(room, GOOD), 0);
	assert_null(gateway_of(room));
	room->route.index = 2;
	assert_int_equal(addr_parse("0.0.0.0/0", &room->route.dst), 0);
	assert_int_equal(addr_parse("10.60.0.254", &room->route.gateway), 0);
	room->net.routes = &room->route;
	room->net.n_routes = 1;
	assert_int_equal(facts_of(room, GOOD), 0);
	assert_string_equal(gateway_of(room), "10.60.0.254");

	room->net.n_routes = 0;
	assert_int_equal(facts_of(room, GOOD), 0);
	assert_string_equal(gateway_of(room), "10.60.0.254");
}

static void test_a_gateway_of_another_network_is_not_taken(void **state)
{
	struct room *room = *state;

	room->route.index = 2;
	assert_int_equal(addr_parse("0.0.0.0/0", &room->route.dst), 0);
	assert_int_equal(addr_parse("10.99.0.254", &room->route.gateway), 0);
	room->net.routes = &room->route;
	room->net.n_routes = 1;
	assert_int_equal(facts_of(room, GOOD), 0);
	assert_null(gateway_of(room));
}

static void test_the_port_is_part_of_the_source(void **state)
{
	struct room *room = *state;

	configure(room, "[Metadata]\nPort=8080\n");
	assert_int_equal(facts_of(room, GOOD), 0);
	assert_string_equal(facts_get(room->pass.facts, "config_id")->source,
			    "http://169.254.169.254:8080/skytap");
}

static void test_a_file_is_read_like_an_answer(void **state)
{
	struct room *room = *state;

	configure(room, "[Metadata]\nProvider=file\nPath=/etc/metadata.json\n");
	room->pass.sys = room->f.sys;
	fixture_put(&room->f, "/etc/metadata.json", GOOD, 0644);
	assert_int_equal(facts(room), 0);
	expect(room, "config_id", "\"4190101\"");
	assert_string_equal(facts_get(room->pass.facts, "config_id")->source, "/etc/metadata.json");
	expect_state(room, STATE_READY, "from /etc/metadata.json");
}

static void test_a_missing_or_bad_file_is_a_failure_that_names_it(void **state)
{
	struct room *room = *state;

	configure(room, "[Metadata]\nProvider=file\nPath=/etc/metadata.json\n");
	room->pass.sys = room->f.sys;
	assert_int_equal(facts(room), -EBADMSG);
	expect_state(room, STATE_FAILED, "/etc/metadata.json: No such file or directory");
	fixture_put(&room->f, "/etc/metadata.json", "{", 0644);
	assert_int_equal(facts(room), -EBADMSG);
	expect_state(room, STATE_FAILED, "/etc/metadata.json: the document is cut off");
	expect_unknown(room, "config_id", "/etc/metadata.json");
}

static void test_a_machine_that_is_no_copy_has_no_identity_and_is_ready(void **state)
{
	struct room *room = *state;

	configure(room, "[Metadata]\nProvider=none\n");
	assert_int_equal(facts(room), 0);
	assert_int_equal(facts_get(room->pass.facts, "config_id")->state, FACT_ABSENT);
	assert_int_equal(facts_get(room->pass.facts, "interfaces")->state, FACT_ABSENT);
	expect_state(room, STATE_READY, "no copy of anything");
}

#define ROOM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(test_a_good_document_is_known_whole),
		ROOM_TEST(test_credentials_are_secret),
		ROOM_TEST(test_the_id_is_found_in_every_spelling_of_the_url),
		ROOM_TEST(test_ids_are_text_even_if_they_come_as_numbers),
		ROOM_TEST(test_no_document_makes_all_unknown_with_the_reason),
		ROOM_TEST(test_a_silence_after_an_answer_is_degraded),
		ROOM_TEST(test_what_is_no_document_is_refused_with_what_it_is),
		ROOM_TEST(test_a_deep_document_is_refused),
		ROOM_TEST(test_a_document_of_another_vm_is_refused),
		ROOM_TEST(test_below_another_root_macs_are_not_compared),
		ROOM_TEST(test_a_bad_address_makes_the_interfaces_unknown),
		ROOM_TEST(test_a_bad_name_is_unknown_and_the_addresses_stay),
		ROOM_TEST(test_a_bad_vm_id_or_name_is_unknown_alone),
		ROOM_TEST(test_a_detached_interface_has_no_address_and_that_is_fine),
		ROOM_TEST(test_the_gateway_in_use_is_remembered_for_when_it_is_gone),
		ROOM_TEST(test_a_gateway_of_another_network_is_not_taken),
		ROOM_TEST(test_the_port_is_part_of_the_source),
		ROOM_TEST(test_a_file_is_read_like_an_answer),
		ROOM_TEST(test_a_missing_or_bad_file_is_a_failure_that_names_it),
		ROOM_TEST(test_a_machine_that_is_no_copy_has_no_identity_and_is_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

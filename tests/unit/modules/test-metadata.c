/* SPDX-License-Identifier: MIT */
/* test-metadata.c -- the metadata module: good documents, and all the bad ones that are seen */
#include "tests/unit/modules/metadata.h"

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

static void test_a_machine_that_is_no_copy_has_no_identity_and_is_ready(void **state)
{
	struct room *room = *state;

	configure(room, "[Metadata]\nProvider=none\n");
	assert_int_equal(facts(room), 0);
	assert_int_equal(facts_get(room->pass.facts, "config_id")->state, FACT_ABSENT);
	assert_int_equal(facts_get(room->pass.facts, "interfaces")->state, FACT_ABSENT);
	expect_state(room, STATE_READY, "no copy of anything");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(test_a_good_document_is_known_whole),
		ROOM_TEST(test_credentials_are_secret),
		ROOM_TEST(test_the_id_is_found_in_every_spelling_of_the_url),
		ROOM_TEST(test_ids_are_text_even_if_they_come_as_numbers),
		ROOM_TEST(test_a_detached_interface_has_no_address_and_that_is_fine),
		ROOM_TEST(test_the_gateway_in_use_is_remembered_for_when_it_is_gone),
		ROOM_TEST(test_a_gateway_of_another_network_is_not_taken),
		ROOM_TEST(test_the_port_is_part_of_the_source),
		ROOM_TEST(test_a_file_is_read_like_an_answer),
		ROOM_TEST(test_a_machine_that_is_no_copy_has_no_identity_and_is_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test-metadata-refused.c -- the metadata module: silence, rubbish, and documents that are wrong in
 * a part */
#include "tests/unit/modules/metadata.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM_TEST(test_no_document_makes_all_unknown_with_the_reason),
		ROOM_TEST(test_a_silence_after_an_answer_is_degraded),
		ROOM_TEST(test_what_is_no_document_is_refused_with_what_it_is),
		ROOM_TEST(test_a_deep_document_is_refused),
		ROOM_TEST(test_a_document_of_another_vm_is_refused),
		ROOM_TEST(test_below_another_root_macs_are_not_compared),
		ROOM_TEST(test_a_bad_address_makes_the_interfaces_unknown),
		ROOM_TEST(test_a_bad_name_is_unknown_and_the_addresses_stay),
		ROOM_TEST(test_a_bad_vm_id_or_name_is_unknown_alone),
		ROOM_TEST(test_a_missing_or_bad_file_is_a_failure_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

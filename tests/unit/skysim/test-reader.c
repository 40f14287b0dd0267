/* SPDX-License-Identifier: MIT */
/* test-reader.c -- typed reading of the world file names file and path */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

struct fixture {
	struct reader rd;
	struct json_object *obj;
};

static int setup(void **state)
{
	static const char text[] = "{\"id\":5,\"name\":\"x\",\"bad\":\"a\\u0001b\",\"n\":12,"
				   "\"net\":\"10.60.0.1/24\",\"word\":\"green\",\"arr\":[]}";
	struct fixture *f = calloc(1, sizeof(*f));

	f->rd.file = "w.json";
	*state = f;
	return json_parse(text, strlen(text), 4, &f->obj, NULL);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_object_put(f->obj);
	free(f->rd.error);
	free(f);
	return 0;
}

static void test_an_error_names_file_and_path(void **state)
{
	struct fixture *f = *state;
	size_t place = reader_enter(&f->rd, ".vms[%d]", 3);

	assert_int_equal(reader_fail(&f->rd, "mac", "is %s", "none"), -EINVAL);
	reader_leave(&f->rd, place);
	assert_string_equal(f->rd.error, "w.json: $.vms[3].mac: is none");
	assert_string_equal(f->rd.path, "");
}

static void test_the_first_error_wins(void **state)
{
	struct fixture *f = *state;

	reader_fail(&f->rd, "a", "first");
	reader_fail(&f->rd, "b", "second");
	assert_string_equal(f->rd.error, "w.json: $.a: first");
}

static void test_a_deep_path_is_cut_not_overrun(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 100; i++)
		reader_enter(&f->rd, ".environments[%d]", i);
	assert_int_equal(strlen(f->rd.path), f->rd.path_len);
	reader_leave(&f->rd, 0);
}

static void test_a_number_is_an_id_and_a_word_is_not(void **state)
{
	struct fixture *f = *state;
	char id[READER_ID_MAX] = "";

	assert_int_equal(reader_need_id(&f->rd, f->obj, "id", id), 0);
	assert_string_equal(id, "5");
	assert_int_equal(reader_need_id(&f->rd, f->obj, "name", id), -EINVAL);
	assert_string_equal(f->rd.error, "w.json: $.name: \"x\" is no id; 1 to 20 digits are");
}

static void test_what_is_absent_stays_as_it_was(void **state)
{
	struct fixture *f = *state;
	const char *s = "before";
	bool b = true;

	assert_int_equal(reader_str(&f->rd, f->obj, "none", &s), 0);
	assert_int_equal(reader_bool(&f->rd, f->obj, "none", &b), 0);
	assert_string_equal(s, "before");
	assert_true(b);
	assert_int_equal(reader_need_str(&f->rd, f->obj, "none", &s), -EINVAL);
}

static void test_control_characters_are_refused(void **state)
{
	struct fixture *f = *state;
	const char *s;

	assert_int_equal(reader_str(&f->rd, f->obj, "bad", &s), -EINVAL);
}

static void test_a_network_has_no_host_bits(void **state)
{
	struct fixture *f = *state;
	struct addr a;

	assert_int_equal(reader_addr(&f->rd, f->obj, "net", true, &a), -EINVAL);
	assert_non_null(strstr(f->rd.error, "host bits"));
}

static void test_words_and_numbers_have_limits(void **state)
{
	static const char *const words[] = { "red", "blue", NULL };
	struct fixture *f = *state;
	int64_t n;
	int word;

	assert_int_equal(reader_int(&f->rd, f->obj, "n", 0, 11, &n), -EINVAL);
	free(f->rd.error);
	f->rd.error = NULL;
	assert_int_equal(reader_word(&f->rd, f->obj, "word", words, &word), -EINVAL);
	assert_string_equal(f->rd.error, "w.json: $.word: \"green\" is none of red, blue");
}

static void test_another_type_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct json_object *v;

	assert_int_equal(reader_obj(&f->rd, f->obj, "arr", &v), -EINVAL);
	assert_int_equal(reader_arr(&f->rd, f->obj, "name", &v), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_error_names_file_and_path, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_first_error_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_deep_path_is_cut_not_overrun, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_number_is_an_id_and_a_word_is_not, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_what_is_absent_stays_as_it_was, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_control_characters_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_a_network_has_no_host_bits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_words_and_numbers_have_limits, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_another_type_is_an_error, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test-conf.c -- options, where they come from, and what is in force */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/conf.h"

struct all {
	bool yes;
	unsigned number, port, mode;
	uint64_t sec;
	char *text, *path, *name;
	char **list, **addrs, **names;
	struct addr addr;
	int word;
};

static const char *const words[] = { "one", "two", "three", NULL };

static const struct conf_item all_items[] = {
	{ "Yes", CONF_BOOL, offsetof(struct all, yes), "yes", NULL },
	{ "Number", CONF_UINT, offsetof(struct all, number), "7", NULL },
	{ "Port", CONF_PORT, offsetof(struct all, port), "80", NULL },
	{ "Mode", CONF_MODE, offsetof(struct all, mode), "0644", NULL },
	{ "TimeSec", CONF_SEC, offsetof(struct all, sec), "30s", NULL },
	{ "Text", CONF_STRING, offsetof(struct all, text), NULL, NULL },
	{ "Path", CONF_PATH, offsetof(struct all, path), "/var/lib", NULL },
	{ "Name", CONF_NAME, offsetof(struct all, name), NULL, NULL },
	{ "List", CONF_LIST, offsetof(struct all, list), "a b", NULL },
	{ "Addresses", CONF_ADDRS, offsetof(struct all, addrs), NULL, NULL },
	{ "Names", CONF_NAMES, offsetof(struct all, names), NULL, NULL },
	{ "Address", CONF_ADDR, offsetof(struct all, addr), NULL, NULL },
	{ "Word", CONF_ENUM, offsetof(struct all, word), "two", words },
	{},
};

static const struct conf_section sections[] = {
	{ "All", false, all_items, sizeof(struct all) },
	{ "Row", true, all_items, sizeof(struct all) },
	{},
};

static const struct conf_section *const tables[] = { sections, NULL };

struct fixture {
	struct conf *conf;
	char *error;
	struct all all;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	conf_done(all_items, &f->all);
	conf_free(f->conf);
	free(f->error);
	free(f);
	return 0;
}

static int load(struct fixture *f, const char *text)
{
	conf_free(f->conf);
	f->conf = NULL;
	free(f->error);
	f->error = NULL;
	return conf_load_text("t.conf", text, tables, false, &f->conf, &f->error);
}

static struct all *get(struct fixture *f, const char *section, const char *instance)
{
	const struct conf_section *s = strcmp(section, "All") ? &sections[1] : &sections[0];

	conf_done(all_items, &f->all);
	assert_int_equal(conf_get(f->conf, s, instance, &f->all), 0);
	return &f->all;
}

static void assert_faults(struct fixture *f, const char *text, const char *faults)
{
	assert_int_equal(load(f, text), -EINVAL);
	assert_null(f->conf);
	assert_string_equal(f->error, faults);
}

static void test_without_a_word_all_is_default(void **state)
{
	struct all *a;

	assert_int_equal(load(*state, ""), 0);
	a = get(*state, "All", NULL);
	assert_true(a->yes);
	assert_int_equal(a->number, 7);
	assert_int_equal(a->port, 80);
	assert_int_equal(a->mode, 0644);
	assert_int_equal(a->sec, 30000000);
	assert_null(a->text);
	assert_string_equal(a->path, "/var/lib");
	assert_string_equal(a->list[1], "b");
	assert_null(a->addrs);
	assert_int_equal(a->addr.family, 0);
	assert_int_equal(a->word, 1);
	assert_null(conf_origin(((struct fixture *)*state)->conf, "All", NULL, "Number"));
}

static void test_every_type_is_read(void **state)
{
	struct fixture *f = *state;
	struct all *a;

	assert_int_equal(load(f, "\xef\xbb\xbf# a comment\r\n"
				 "[All]\r\n"
				 "Yes=off\r\nNumber = 4294967295\r\nPort:65535\nMode=7777\n"
				 "TimeSec=1h 30min\nText=a value ; and a comment\n"
				 "Path=/etc/x\nName=web-1.cluster.test\nList= x\ty  z \n"
				 "Addresses=10.0.0.1/24 fd00::1\nNames=a b.c\nAddress=10.0.0.2\n"
				 "; another\nWord=three"),
			 0);
	a = get(f, "All", NULL);
	assert_false(a->yes);
	assert_int_equal(a->number, 4294967295u);
	assert_int_equal(a->port, 65535);
	assert_int_equal(a->mode, 07777);
	assert_int_equal(a->sec, 5400000000);
	assert_string_equal(a->text, "a value");
	assert_string_equal(a->path, "/etc/x");
	assert_string_equal(a->name, "web-1.cluster.test");
	assert_string_equal(a->list[2], "z");
	assert_null(a->list[3]);
	assert_string_equal(a->addrs[1], "fd00::1");
	assert_string_equal(a->names[1], "b.c");
	assert_int_equal(a->addr.family, AF_INET);
	assert_int_equal(a->word, 2);
	assert_string_equal(conf_origin(f->conf, "All", NULL, "Number"), "t.conf:4:10");
}

static void test_the_later_value_wins_and_an_empty_one_resets(void **state)
{
	struct fixture *f = *state;
	struct all *a;

	assert_int_equal(load(f, "[All]\nNumber=1\nList=c\nText=x\n[All]\nNumber=2\nList=d e f\n"
				 "Text=\n"),
			 0);
	a = get(f, "All", NULL);
	assert_int_equal(a->number, 2);
	assert_string_equal(a->list[0], "d");
	assert_null(a->text);
	assert_null(conf_origin(f->conf, "All", NULL, "Text"));

	assert_int_equal(load(f, "[All]\nNumber=1\nNumber=\n"), 0);
	assert_int_equal(get(f, "All", NULL)->number, 7);
}

static void test_named_sections_keep_their_order(void **state)
{
	struct fixture *f = *state;
	char *const *names;

	assert_int_equal(load(f, "[Row web-1]\nNumber=1\n[Row  a b ]\n[Row web-1]\nPort=81\n"), 0);
	names = conf_instances(f->conf, "Row");
	assert_string_equal(names[0], "web-1");
	assert_string_equal(names[1], "a b");
	assert_null(names[2]);
	assert_int_equal(get(f, "Row", "web-1")->port, 81);
	assert_int_equal(get(f, "Row", "a b")->number, 7);
	assert_int_equal(conf_get(f->conf, &sections[1], "none", &f->all), -ENOENT);
	assert_null(*conf_instances(f->conf, "All"));
	assert_string_equal(conf_origin(f->conf, "Row", "a b", NULL), "t.conf:3:1");
}

static void test_a_long_name_is_not_cut(void **state)
{
	static const char name[] =
		"a-name-of-more-than-the-fifty-bytes-that-inih-keeps-of-a-section";
	_cleanup_free_ char *text = str_printf("[Row %s]\nNumber=3\n", name);

	assert_int_equal(load(*state, text), 0);
	assert_int_equal(get(*state, "Row", name)->number, 3);
}

static void test_an_indented_line_continues_a_value(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, "[All]\nList=a\n  b c\n\t# not this\n\td\nNumber=1\n"), 0);
	assert_int_equal(strv_len(get(f, "All", NULL)->list), 4);
	assert_string_equal(f->all.list[3], "d");
	assert_int_equal(load(f, "  [All]\n  Number=5\n"), 0);
	assert_int_equal(get(f, "All", NULL)->number, 5);
}

static void test_all_faults_are_listed_with_their_place(void **state)
{
	assert_faults(
		*state,
		"Number=1\n"
		"[All]\n"
		"Nmuber=1\n"
		"Colour=red\n"
		"Number=-1\n"
		"  Word = four\n"
		"Word=four\n"
		"no key\n"
		"[Al]\n"
		"Number=x\n"
		"[Row]\n"
		"[All x]\n"
		"[Row a\n"
		"[All]\n"
		"Address=10.0.0.256 ; wrong\n"
		"=5\n",
		"t.conf:1:1: Number= stands before any section; write [SECTION] above it\n"
		"t.conf:3:1: unknown key Nmuber= in [All]; did you mean Number=?\n"
		"t.conf:4:1: unknown key Colour= in [All]; it knows Yes= Number= Port= Mode= "
		"TimeSec= Text= Path= Name= List= Addresses= Names= Address= Word=\n"
		"t.conf:5:8: '-1' is no value for Number=; expected a whole number from 0 to "
		"4294967295\n"
		"t.conf:6:3: an indented line continues the value above it; start the line "
		"without blanks\n"
		"t.conf:7:6: 'four' is no value for Word=; expected one, two or three\n"
		"t.conf:8:1: neither KEY=VALUE nor [SECTION]; a comment starts with '#'\n"
		"t.conf:9:1: unknown section [Al]; did you mean [All]; see envagent.conf(5)\n"
		"t.conf:11:1: [Row] needs a name; write [Row NAME]\n"
		"t.conf:12:1: [All] takes no name; write [All]\n"
		"t.conf:13:1: a section is written [NAME], alone on its line; close it with ']'\n"
		"t.conf:15:9: '10.0.0.256' is no value for Address=; expected an IP address such "
		"as 10.60.0.21 or fd00::21\n"
		"t.conf:16:1: unknown key = in [All]; it knows Yes= Number= Port= Mode= TimeSec= "
		"Text= Path= Name= List= Addresses= Names= Address= Word=");
}

static void test_a_line_of_199_bytes_fits_and_no_longer_one(void **state)
{
	char text[512] = "[All]\nText=";

	memset(text + 11, 'x', 194);
	strcpy(text + 11 + 194, "\r\nNumber=1\n");
	assert_int_equal(load(*state, text), 0);
	assert_int_equal(strlen(get(*state, "All", NULL)->text), 194);

	memset(text + 11, 'x', 195);
	strcpy(text + 11 + 195, "\nNumber=1\n");
	assert_faults(*state, text,
		      "t.conf:2:200: line of 200 bytes; at most 199 fit; continue a long value on "
		      "an indented line");
}

static void test_what_is_no_text_is_a_fault(void **state)
{
	assert_faults(*state, "[All]\nText=a\x1b[0m\n",
		      "t.conf:2:7: byte 0x1b is no printable UTF-8 text; remove it or save the "
		      "file as UTF-8");
	assert_faults(*state, "[All]\nText=\xe4\n",
		      "t.conf:2:6: byte 0xe4 is no printable UTF-8 text; remove it or save the "
		      "file as UTF-8");
}

static void test_unknown_sections_may_pass(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(conf_load_text("t.conf", "[Other x]\nKey=1\n[All]\nNumber=3\n", tables,
					true, &f->conf, &f->error),
			 0);
	assert_int_equal(get(f, "All", NULL)->number, 3);
	conf_free(f->conf);
	f->conf = NULL;
	assert_int_equal(
		conf_load_text("t.conf", "[All]\nKey=1\n", tables, true, &f->conf, &f->error),
		-EINVAL);
}

static void test_the_dump_reads_back_the_same(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf first = BUF_INIT;

	assert_int_equal(load(f, "[All]\nNumber=3\nList=x y\n[Row r]\nWord=one\n"), 0);
	assert_int_equal(conf_dump(f->conf, tables, &first), 0);
	assert_non_null(strstr(first.data, "[All]\n# default\nYes=yes\n# t.conf:2:8\nNumber=3\n"));
	assert_non_null(strstr(first.data, "# not set\n#Text=\n"));
	assert_non_null(strstr(first.data, "\n\n[Row r]\n"));

	assert_int_equal(load(f, first.data), 0);
	assert_int_equal(get(f, "Row", "r")->word, 0);
	assert_int_equal(get(f, "All", NULL)->number, 3);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_without_a_word_all_is_default),
		TEST(test_every_type_is_read),
		TEST(test_the_later_value_wins_and_an_empty_one_resets),
		TEST(test_named_sections_keep_their_order),
		TEST(test_a_long_name_is_not_cut),
		TEST(test_an_indented_line_continues_a_value),
		TEST(test_all_faults_are_listed_with_their_place),
		TEST(test_a_line_of_199_bytes_fits_and_no_longer_one),
		TEST(test_what_is_no_text_is_a_fault),
		TEST(test_unknown_sections_may_pass),
		TEST(test_the_dump_reads_back_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

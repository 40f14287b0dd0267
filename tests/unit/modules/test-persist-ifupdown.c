/* SPDX-License-Identifier: MIT */
/* test-persist-ifupdown.c -- the stanzas of ifupdown: what yields, what stays, what comes back */
#include "tests/unit/modules/persist.h"

#define DHCP                                                                          \
	"# template\nauto lo eth0\niface lo inet loopback\n\nallow-hotplug eth0\n"    \
	"iface eth0 inet dhcp\n\thostname x\n\tup logger up\niface eth0 inet6 auto\n" \
	"iface ens4 inet dhcp\niface eth00 inet dhcp\n"
#define MANUAL                                                                          \
	"# template\nauto lo eth0\niface lo inet loopback\n\nallow-hotplug eth0\n"      \
	"iface eth0 inet manual\n\thostname x\n\tup logger up\niface eth0 inet6 auto\n" \
	"iface ens4 inet dhcp\niface eth00 inet dhcp\n"

static int no_live(void *userdata, const struct manifest_live *l)
{
	return 0;
}

static void restored(void *userdata, const char *what, int r, const char *kept)
{
	if (r < 0)
		print_message("%s: %s\n", what, strerror(-r));
}

static void restore(struct scratch *s)
{
	assert_int_equal(manifest_restore(s->manifest, no_live, restored, NULL), 0);
}

static void test_a_stanza_that_asks_dhcp_yields_by_one_word(void **state)
{
	struct scratch *s = *state;

	ifupdown(s, DHCP "source /etc/network/interfaces.d/*");
	scratch_file(s, "/etc/network/interfaces.d/built",
		     "iface ens4 inet6 static\n\taddress fd00::99/64");
	assert_int_equal(begin(s, true), 0);
	scratch_expect_plan(s, "write /etc/network/interfaces.d/envagent\n"
			       "write /etc/network/interfaces\n"
			       "write /etc/network/interfaces.d/built\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/network/interfaces",
			    MANUAL "source /etc/network/interfaces.d/*");
	scratch_expect_file(s, "/etc/network/interfaces.d/built",
			    "iface ens4 inet6 manual\n\taddress fd00::99/64");
	assert_int_equal(begin(s, true), 0);
	scratch_expect_plan(s, "");
	restore(s);
	scratch_expect_file(s, "/etc/network/interfaces",
			    DHCP "source /etc/network/interfaces.d/*");
}

static void test_a_folder_that_nobody_reads_is_sourced(void **state)
{
	struct scratch *s = *state;

	ifupdown(s, DHCP);
	assert_int_equal(begin(s, true), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/network/interfaces",
			    MANUAL "source /etc/network/interfaces.d/envagent\n");
	assert_int_equal(begin(s, true), 0);
	scratch_expect_plan(s, "");
	restore(s);
	scratch_expect_file(s, "/etc/network/interfaces", DHCP);
}

static void test_without_persist_every_stanza_is_as_it_was(void **state)
{
	struct scratch *s = *state;

	ifupdown(s, DHCP);
	assert_int_equal(begin(s, true), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(begin(s, false), 0);
	scratch_expect_plan(s, "write /etc/network/interfaces\n"
			       "unlink /etc/network/interfaces.d/envagent\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/network/interfaces", DHCP);
	assert_int_equal(begin(s, false), 0);
	scratch_expect_plan(s, "");
}

#define ADMIN "iface eth5 inet static\n\taddress 10.9.9.9/24\n"

static void test_what_a_person_adds_to_the_file_stays(void **state)
{
	struct scratch *s = *state;

	ifupdown(s, DHCP "source /etc/network/interfaces.d/*\n");
	assert_int_equal(begin(s, true), 0);
	assert_int_equal(scratch_apply(s), 0);
	scratch_file(s, "/etc/network/interfaces",
		     MANUAL "source /etc/network/interfaces.d/*\n" ADMIN);
	assert_int_equal(begin(s, true), 0);
	scratch_expect_plan(s, "");
	assert_int_equal(begin(s, false), 0);
	scratch_expect_plan(s, "unlink /etc/network/interfaces.d/envagent\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/etc/network/interfaces",
			    MANUAL "source /etc/network/interfaces.d/*\n" ADMIN);
}

static void test_source_directory_and_patterns_are_followed(void **state)
{
	_cleanup_strv_ char **files = NULL;
	struct scratch *s = *state;
	bool own;

	ifupdown(s, "source-directory interfaces.d\nsource /etc/network/more/*.if\n");
	directory(s, "/etc/network/more");
	scratch_file(s, "/etc/network/more/a.if", "");
	scratch_file(s, "/etc/network/more/b.conf", "");
	scratch_file(s, "/etc/network/interfaces.d/c", "source /etc/network/interfaces\n");
	scratch_file(s, "/etc/network/interfaces.d/d.bak", "");
	assert_int_equal(ifupdown_files(s->sys, "/etc/network/interfaces.d/envagent", &files, &own),
			 0);
	assert_true(own);
	assert_int_equal(strv_len(files), 3);
	assert_string_equal(files[1], "/etc/network/interfaces.d/c");
	assert_string_equal(files[2], "/etc/network/more/a.if");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_stanza_that_asks_dhcp_yields_by_one_word),
		T(test_a_folder_that_nobody_reads_is_sourced),
		T(test_without_persist_every_stanza_is_as_it_was),
		T(test_what_a_person_adds_to_the_file_stays),
		T(test_source_directory_and_patterns_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

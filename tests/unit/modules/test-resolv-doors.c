/* SPDX-License-Identifier: MIT */
/* test-resolv-doors.c -- every kind of /etc/resolv.conf, by its manager's way, and all of it back
 */
#include "tests/unit/modules/resolv.h"

#define RECORD "search cluster.test\nnameserver 10.60.0.10\nnameserver 10.9.0.53\n"
#define NM_GUARD "/etc/NetworkManager/conf.d/zz-envagent-resolv.conf"
#define DHCPCD "/etc/dhcpcd.enter-hook"
#define HOOK "/etc/dhcp/dhclient-enter-hooks.d/envagent"

/* Who remembers what was there before: files, links, modes, bytes. */
static void keep(struct scratch *s)
{
	_cleanup_free_ char *command = str_printf("cp -a %s %s.before", s->dir, s->dir);

	assert_int_equal(system(command), 0);
}

static int no_live(void *userdata, const struct manifest_live *l)
{
	return 0;
}

static void told(void *userdata, const char *what, int r, const char *kept)
{
	if (r < 0)
		fail_msg("%s: %s", what, strerror(-r));
}

/* Restores, and compares but for what the agent keeps for itself. */
static void expect_all_back(struct scratch *s)
{
	_cleanup_free_ char *command = str_printf(
		"for d in %s %s.before; do cd $d && rm -rf var/lib/envagent run/envagent && "
		"find . -mindepth 1 -type d -empty -delete && "
		"find . -printf '%%p %%y %%m %%l\n' | sort >$d.list || exit 1; done; "
		"diff -r --no-dereference %s.before %s && diff %s.before.list %s.list; r=$?; "
		"rm %s.list %s.before.list; exit $r",
		s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->dir, s->dir);

	assert_int_equal(manifest_restore(s->manifest, no_live, told, NULL), 0);
	assert_int_equal(system(command), 0);
}

static void expect_settled(struct scratch *s)
{
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "");
}

static void expect_link(struct scratch *s, const char *target)
{
	_cleanup_(sys_stat_done) struct sys_stat st = {};

	assert_int_equal(sys_lstat(s->sys, "/etc/resolv.conf", &st), 0);
	assert_int_equal(st.kind, SYS_LINK);
	assert_string_equal(st.target, target);
}

static void resolved(struct scratch *s, const char *target)
{
	put(s, RESOLVED_SERVERS, FORMER);
	put(s, "/run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\n");
	put(s, "/usr/lib/systemd/resolv.conf", "nameserver 127.0.0.53\n");
	assert_true(sys_symlink(s->sys, target, "/etc/resolv.conf") >= 0);
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "make directory /run/systemd/resolved.conf.d\n"
			       "write /run/systemd/resolved.conf.d/90-envagent.conf\n"
			       "restart systemd-resolved.service\n");
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.53 stays second");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, RESOLVED_DROPIN,
			    RESOLVERS_MARK
			    "; [Resolv] in /etc/envagent/envagent.conf says what is here.\n"
			    "[Resolve]\nDNS=\nDNS=10.60.0.10 10.9.0.53\n"
			    "Domains=\nDomains=cluster.test ~.\n");
	expect_link(s, target);
	/* what it then asks is ours, and not taken for what was there before */
	scratch_file(s, RESOLVED_SERVERS, "nameserver 10.60.0.10\nnameserver 10.9.0.53\n");
	expect_settled(s);
	scratch_expect_state(s, STATE_DEGRADED, "10.9.0.53 stays second");
	scratch_file(s, RESOLVED_SERVERS, FORMER);
	expect_all_back(s);
}

static void test_the_stub_of_resolved(void **state)
{
	resolved(*state, "../run/systemd/resolve/stub-resolv.conf");
}

static void test_the_servers_of_resolved(void **state)
{
	resolved(*state, "/run/systemd/resolve/resolv.conf");
}

static void test_the_static_file_of_resolved(void **state)
{
	resolved(*state, "/usr/lib/systemd/resolv.conf");
}

static void test_options_have_no_place_in_resolved(void **state)
{
	struct scratch *s = *state;

	put(s, RESOLVED_SERVERS, FORMER);
	assert_true(sys_symlink(s->sys, "/run/systemd/resolve/resolv.conf", "/etc/resolv.conf") >=
		    0);
	assert_int_equal(scratch_plan(s, CONF "[Resolv]\nNameservers=10.1.1.1\nOptions=rotate\n"),
			 0);
	scratch_expect_state(s, STATE_DEGRADED, "has no place for the words of Options=");
}

static void test_a_link_to_a_resolved_that_is_not_there_becomes_a_file(void **state)
{
	struct scratch *s = *state;

	assert_true(sys_symlink(s->sys, "../run/systemd/resolve/stub-resolv.conf",
				"/etc/resolv.conf") >= 0);
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /etc/resolv.conf\n");
	assert_int_equal(scratch_apply(s), 0);
	expect_settled(s);
	expect_all_back(s);
}

static void by_record(struct scratch *s)
{
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /run/envagent/resolvconf\nreload resolvconf:record\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, "/run/envagent/resolvconf", RECORD);
	expect_settled(s);
	expect_all_back(s);
}

static void test_the_link_of_resolvconf(void **state)
{
	struct scratch *s = *state;

	put(s, "/sbin/resolvconf", "");
	put(s, "/run/resolvconf/resolv.conf", FORMER);
	assert_true(sys_symlink(s->sys, "../run/resolvconf/resolv.conf", "/etc/resolv.conf") >= 0);
	by_record(s);
}

static void test_the_file_of_openresolv(void **state)
{
	struct scratch *s = *state;

	put(s, "/usr/sbin/resolvconf", "");
	put(s, "/etc/resolv.conf", "# Generated by resolvconf\n" FORMER);
	by_record(s);
}

static void test_a_resolvconf_of_resolved_is_none(void **state)
{
	struct scratch *s = *state;

	assert_true(sys_mkdir(s->sys, "/sbin", 0755) >= 0);
	assert_true(sys_symlink(s->sys, "/usr/bin/resolvectl", "/sbin/resolvconf") >= 0);
	put(s, "/etc/resolv.conf", "# Generated by resolvconf\n" FORMER);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /etc/resolv.conf\n");
}

static void test_networkmanager_is_told_to_leave_it(void **state)
{
	struct scratch *s = *state;

	put(s, "/etc/NetworkManager/NetworkManager.conf", "[main]\n");
	put(s, "/etc/resolv.conf", "# Generated by NetworkManager\n" FORMER);
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	/* before the file: it might be about to write it */
	scratch_expect_plan(s, "make directory /etc/NetworkManager/conf.d\n"
			       "write " NM_GUARD "\nreload NetworkManager:conf\n"
			       "write /etc/resolv.conf\n");
	assert_int_equal(scratch_apply(s), 0);
	scratch_expect_file(s, NM_GUARD,
			    RESOLVERS_MARK ", which keeps /etc/resolv.conf.\n[main]\ndns=none\n");
	expect_settled(s);
	expect_all_back(s);
}

static void test_the_link_of_networkmanager(void **state)
{
	struct scratch *s = *state;

	put(s, "/etc/NetworkManager/NetworkManager.conf", "[main]\n");
	put(s, "/run/NetworkManager/resolv.conf", "# Generated by NetworkManager\n" FORMER);
	assert_true(sys_symlink(s->sys, "/run/NetworkManager/resolv.conf", "/etc/resolv.conf") >=
		    0);
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	expect_settled(s);
	expect_all_back(s);
}

#define LEASE "make_resolv_conf() { echo lease; }; . $hook; [ \"$(make_resolv_conf)\" = \"$what\" ]"
#define SKIPPED "skip_hooks=; . $hook; [ \"$skip_hooks\" = \"$what\" ]"

/* What a client's script does with our HOOK, by the shell that it is for: CHECK finds WHAT. */
static void expect_hook(struct scratch *s, const char *path, const char *check,
			const char *first_line, const char *what)
{
	_cleanup_free_ char *hook = NULL, *at = NULL, *command = NULL;
	FILE *f;

	assert_int_equal(sys_read(s->sys, path, &hook, NULL), 0);
	at = str_printf("%s/hook", s->dir);
	f = fopen(at, "we");
	assert_non_null(f);
	/* the file is this root's, not the machine's */
	for (char *p = hook, *next; *p; p = next) {
		char *hit = strstr(p, "</etc/resolv.conf");

		next = hit ? hit + strlen("</etc/resolv.conf") : p + strlen(p);
		fprintf(f, "%.*s", (int)((hit ?: next) - p), p);
		if (hit)
			fprintf(f, "<%s/etc/resolv.conf", s->dir);
	}
	fclose(f);
	put(s, "/etc/resolv.conf", first_line);
	command = str_printf("hook=%s; what='%s'; %s", at, what, check);
	assert_int_equal(system(command), 0);
	unlink(at);
}

static void test_dhclient_leaves_it_as_long_as_it_is_ours(void **state)
{
	struct scratch *s = *state;

	assert_true(sys_mkdir(s->sys, "/etc/dhcp/dhclient-enter-hooks.d", 0755) >= 0);
	put(s, "/etc/dhcp/dhclient-enter-hooks.d/debug", "#\n");
	put(s, "/etc/resolv.conf", FORMER);
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write " HOOK "\nwrite /etc/resolv.conf\n");
	assert_int_equal(scratch_apply(s), 0);
	expect_settled(s);
	expect_hook(s, HOOK, LEASE, RESOLVERS_MARK " and so on\n", "");
	expect_hook(s, HOOK, LEASE, FORMER, "lease");
	expect_hook(s, HOOK, LEASE, "", "lease");
	put(s, "/etc/resolv.conf", FORMER);
	expect_all_back(s);
}

static void test_dhcpcd_leaves_it_as_long_as_it_is_ours(void **state)
{
	struct scratch *s = *state;

	put(s, "/etc/dhcpcd.conf", "#\n");
	put(s, "/etc/resolv.conf", FORMER);
	keep(s);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write " DHCPCD "\nwrite /etc/resolv.conf\n");
	assert_int_equal(scratch_apply(s), 0);
	expect_settled(s);
	expect_hook(s, DHCPCD, SKIPPED, RESOLVERS_MARK " and so on\n", " resolv.conf");
	expect_hook(s, DHCPCD, SKIPPED, FORMER, "");
	put(s, "/etc/resolv.conf", FORMER);
	expect_all_back(s);
}

static void test_a_hook_of_somebody_for_dhcpcd_is_left(void **state)
{
	struct scratch *s = *state;

	put(s, "/etc/dhcpcd.conf", "#\n");
	put(s, DHCPCD, "#\n");
	put(s, "/etc/resolv.conf", FORMER);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write /etc/resolv.conf\n");
}

static void test_what_another_way_needed_goes(void **state)
{
	struct scratch *s = *state;

	put(s, "/etc/NetworkManager/NetworkManager.conf", "[main]\n");
	put(s, "/etc/resolv.conf", FORMER);
	assert_int_equal(scratch_plan(s, CONF), 0);
	assert_int_equal(scratch_apply(s), 0);
	/* somebody installs systemd-resolved */
	put(s, RESOLVED_SERVERS, FORMER);
	assert_true(sys_symlink(s->sys, "/run/systemd/resolve/resolv.conf", "/etc/resolv.conf") >=
		    0);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "make directory /run/systemd/resolved.conf.d\n"
			       "write /run/systemd/resolved.conf.d/90-envagent.conf\n"
			       "unlink " NM_GUARD "\n"
			       "restart systemd-resolved.service\nreload NetworkManager:conf\n");
	assert_int_equal(scratch_apply(s), 0);
	/* ... and removes it */
	put(s, "/etc/resolv.conf", FORMER);
	assert_int_equal(scratch_plan(s, CONF), 0);
	scratch_expect_plan(s, "write " NM_GUARD "\nreload NetworkManager:conf\n"
			       "write /etc/resolv.conf\n"
			       "unlink /run/systemd/resolved.conf.d/90-envagent.conf\n"
			       "try-restart systemd-resolved.service\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_stub_of_resolved),
		T(test_the_servers_of_resolved),
		T(test_the_static_file_of_resolved),
		T(test_options_have_no_place_in_resolved),
		T(test_a_link_to_a_resolved_that_is_not_there_becomes_a_file),
		T(test_the_link_of_resolvconf),
		T(test_the_file_of_openresolv),
		T(test_a_resolvconf_of_resolved_is_none),
		T(test_networkmanager_is_told_to_leave_it),
		T(test_the_link_of_networkmanager),
		T(test_dhclient_leaves_it_as_long_as_it_is_ours),
		T(test_dhcpcd_leaves_it_as_long_as_it_is_ours),
		T(test_a_hook_of_somebody_for_dhcpcd_is_left),
		T(test_what_another_way_needed_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

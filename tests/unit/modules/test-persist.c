/* SPDX-License-Identifier: MIT */
/* test-persist.c -- what is written for whoever sets up the network at the next boot */
#include "tests/unit/modules/persist.h"

/* The same files are given to the real programs: tests/nspawn/network.sh. */
static void expect_golden(const struct persister *p, const char *name, size_t from, size_t n)
{
	_cleanup_free_ char *path = str_printf("tests/golden/persist/%s", name);
	_cleanup_(ifaces_done) struct ifaces w = {};
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_fclose_ FILE *f = NULL;
	char text[4096] = "";

	two(&w);
	assert_int_equal(p->render(w.list + from, n, &out), 0);
	if (getenv("GOLDEN_UPDATE")) {
		f = fopen(path, "we");
		assert_non_null(f);
		assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
		return;
	}
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s: %s", path, strerror(errno));
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	assert_string_equal(out.data, text);
}

static void test_each_persister_writes_its_golden_file(void **state)
{
	expect_golden(&persister_networkd, "eth0.network", 0, 1);
	expect_golden(&persister_networkd, "ens4.network", 1, 1);
	expect_golden(&persister_nm, "eth0.nmconnection", 0, 1);
	expect_golden(&persister_nm, "ens4.nmconnection", 1, 1);
	expect_golden(&persister_netplan, "netplan.yaml", 0, 2);
	expect_golden(&persister_ifupdown, "interfaces", 0, 2);
}

/* ---- a root ---- */

static const char *governor(struct scratch *s)
{
	_cleanup_(ifaces_done) struct ifaces w = {};
	const struct persister *p;

	two(&w);
	p = persist_find(s->sys, &w);
	return p ? p->name : "nobody";
}

static void test_the_first_that_says_so_governs_the_host(void **state)
{
	struct scratch *s = *state;

	assert_string_equal(governor(s), "nobody");
	ifupdown(s, "auto lo\niface lo inet loopback\n");
	assert_string_equal(governor(s), "ifupdown");
	directory(s, "/run/NetworkManager");
	assert_string_equal(governor(s), "NetworkManager");
	/* Debian's leaves that one to ifupdown */
	ifupdown(s, "auto eth0\niface eth0 inet dhcp\n");
	assert_string_equal(governor(s), "ifupdown");
	directory(s, "/etc/systemd/system/multi-user.target.wants");
	scratch_file(s, "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service", "");
	assert_string_equal(governor(s), "systemd-networkd");
	assert_true(sys_symlink(s->sys, "/dev/null",
				"/etc/systemd/system/systemd-networkd.service") >= 0);
	assert_string_equal(governor(s), "ifupdown");
	assert_int_equal(sys_unlink(s->sys, "/etc/systemd/system/systemd-networkd.service"), 1);
	program(s, "/usr/sbin/netplan");
	assert_string_equal(governor(s), "systemd-networkd");
	directory(s, "/etc/netplan");
	scratch_file(s, "/etc/netplan/50-cloud-init.yaml", "network: {version: 2}\n");
	assert_string_equal(governor(s), "netplan");
}

static void test_nobody_governs_and_nothing_is_written(void **state)
{
	struct scratch *s = *state;

	assert_int_equal(begin(s, true), 0);
	scratch_expect_plan(s, "");
}

static void test_files_of_one_boot_unless_they_shall_stay(void **state)
{
	struct scratch *s = *state;

	directory(s, "/run/systemd/netif");
	scratch_file(s, "/run/systemd/netif/state", "");
	assert_int_equal(begin(s, false), 0);
	scratch_expect_plan(s, "make directory /run/systemd/network\n"
			       "write /run/systemd/network/00-envagent-eth0.network\n"
			       "write /run/systemd/network/00-envagent-ens4.network\n"
			       "reload networkd:files\n");
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(begin(s, false), 0);
	scratch_expect_plan(s, "");

	assert_int_equal(begin(s, true), 0);
	scratch_expect_plan(s, "make directory /etc/systemd/network\n"
			       "write /etc/systemd/network/00-envagent-eth0.network\n"
			       "write /etc/systemd/network/00-envagent-ens4.network\n"
			       "unlink /run/systemd/network/00-envagent-ens4.network\n"
			       "unlink /run/systemd/network/00-envagent-eth0.network\n"
			       "reload networkd:files\n");
}

static void test_what_an_earlier_persister_had_goes(void **state)
{
	struct scratch *s = *state;

	directory(s, "/run/NetworkManager");
	assert_int_equal(begin(s, true), 0);
	assert_int_equal(scratch_apply(s), 0);
	directory(s, "/run/systemd/netif");
	scratch_file(s, "/run/systemd/netif/state", "");
	assert_int_equal(begin(s, false), 0);
	scratch_expect_plan(
		s, "make directory /run/systemd/network\n"
		   "write /run/systemd/network/00-envagent-eth0.network\n"
		   "write /run/systemd/network/00-envagent-ens4.network\n"
		   "unlink /etc/NetworkManager/system-connections/envagent-ens4.nmconnection\n"
		   "unlink /etc/NetworkManager/system-connections/envagent-eth0.nmconnection\n"
		   "reload networkd:files\nreload NetworkManager:profiles\n");
}

static void test_what_is_not_known_for_sure_changes_no_file(void **state)
{
	_cleanup_(ifaces_done) struct ifaces w = {};
	struct scratch *s = *state;

	directory(s, "/run/systemd/netif");
	scratch_file(s, "/run/systemd/netif/state", "");
	assert_int_equal(begin(s, false), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(scratch_plan(s, ""), 0);
	pass_state(&s->pass, STATE_CONVERGING, "", "the metadata is silent");
	assert_int_equal(persist_plan(&s->pass, &w, NULL, false, NULL), 0);
	scratch_expect_plan(s, "");
	/* but where no interface is declared any more, its file goes */
	assert_int_equal(scratch_plan(s, ""), 0);
	assert_int_equal(persist_plan(&s->pass, &w, NULL, false, NULL), 0);
	scratch_expect_plan(s, "unlink /run/systemd/network/00-envagent-ens4.network\n"
			       "unlink /run/systemd/network/00-envagent-eth0.network\n"
			       "reload networkd:files\n");
}

static void test_cloud_init_is_told_with_what_switches_it_off(void **state)
{
	struct scratch *s = *state;

	program(s, "/usr/bin/cloud-init");
	directory(s, "/etc/cloud/cloud.cfg.d");
	directory(s, "/run/systemd/netif");
	scratch_file(s, "/run/systemd/netif/state", "");
	assert_int_equal(begin(s, false), 0);
	scratch_expect_state(s, STATE_DEGRADED, "cloud-init sets up the network");
	assert_string_equal(s->result.next, "echo 'network: {config: disabled}' "
					    ">/etc/cloud/cloud.cfg.d/99-envagent-network.cfg");
	scratch_file(s, "/etc/cloud/cloud.cfg.d/99-envagent-network.cfg",
		     "network: {config: disabled}\n");
	assert_int_equal(begin(s, false), 0);
	assert_int_equal(s->result.state, _STATE_MAX);
}

static void test_the_route_to_the_metadata_is_kept_too(void **state)
{
	struct sys_route metadata = route(2, "169.254.169.253/32", "10.60.0.254", 0);
	_cleanup_(ifaces_done) struct ifaces w = {};
	_cleanup_free_ char *text = NULL;
	struct scratch *s = *state;

	directory(s, "/run/systemd/netif");
	scratch_file(s, "/run/systemd/netif/state", "");
	assert_int_equal(scratch_plan(s, ""), 0);
	two(&w);
	assert_int_equal(persist_plan(&s->pass, &w, &metadata, false, NULL), 0);
	assert_int_equal(scratch_apply(s), 0);
	assert_int_equal(
		sys_read(s->sys, "/run/systemd/network/00-envagent-eth0.network", &text, NULL), 0);
	assert_non_null(strstr(text, "Destination=169.254.169.253/32\nGateway=10.60.0.254\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_persister_writes_its_golden_file),
		T(test_the_first_that_says_so_governs_the_host),
		T(test_nobody_governs_and_nothing_is_written),
		T(test_files_of_one_boot_unless_they_shall_stay),
		T(test_what_an_earlier_persister_had_goes),
		T(test_what_is_not_known_for_sure_changes_no_file),
		T(test_cloud_init_is_told_with_what_switches_it_off),
		T(test_the_route_to_the_metadata_is_kept_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

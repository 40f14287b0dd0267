/* SPDX-License-Identifier: MIT */
/* test-persist.c -- what is written for whoever sets up the network at the next boot */
#include "tests/unit/modules/scratch.h"

#include "modules/network/ifupdown.h"
#include "modules/network/persist.h"

extern const struct module module_network;

static struct sys_link links[] = {
	{ .index = 2, .name = "eth0", .up = true, .carrier = true, .mtu = 1500 },
	{ .index = 3, .name = "ens4", .up = true, .carrier = true, .mtu = 1500 },
};

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static struct sys_route route(int index, const char *dst, const char *via, unsigned metric)
{
	struct sys_route t = { .index = index, .dst = addr(dst), .metric = metric };

	if (via)
		t.gateway = addr(via);
	return t;
}

/* One with all that there is, one with IPv6 alone. */
static void two(struct ifaces *w)
{
	w->list = calloc(2, sizeof(*w->list));
	assert_non_null(w->list);
	w->n = 2;
	w->list[0] = (struct iface){
		.link = &links[0],
		.addrs = { addr("10.60.0.21/24"), addr("10.60.1.21/24"), addr("fd00:60::21/64") },
		.n_addrs = 3,
		.gateway = route(2, "0.0.0.0/0", "10.60.0.254", 100),
		.gateway6 = route(2, "::/0", "fd00:60::fe", 1024),
		.routes = { route(2, "10.9.0.0/16", "10.60.0.1", 0),
			    route(2, "fd00:9::/48", "fd00:60::1", 1024),
			    route(2, "169.254.169.254/32", NULL, 0) },
		.n_routes = 3,
		.mtu = 1400,
	};
	w->list[1] = (struct iface){
		.link = &links[1],
		.addrs = { addr("fd00:61::21/64") },
		.n_addrs = 1,
	};
}

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

static int setup(void **state)
{
	struct scratch *s = scratch_new(&module_network, NULL);

	*state = s;
	s->net = (struct sys_net){};
	return 0;
}

static int teardown(void **state)
{
	scratch_free(*state);
	return 0;
}

static int begin(struct scratch *s, bool persist)
{
	_cleanup_(ifaces_done) struct ifaces w = {};

	assert_int_equal(scratch_plan(s, ""), 0);
	two(&w);
	return persist_plan(&s->pass, &w, NULL, persist, NULL);
}

static const char *governor(struct scratch *s)
{
	_cleanup_(ifaces_done) struct ifaces w = {};
	const struct persister *p;

	two(&w);
	p = persist_find(s->sys, &w);
	return p ? p->name : "nobody";
}

static void directory(struct scratch *s, const char *path)
{
	assert_true(sys_mkdir(s->sys, path, 0755) >= 0);
}

static void program(struct scratch *s, const char *path)
{
	_cleanup_free_ char *dir = strdup(path);

	*strrchr(dir, '/') = '\0';
	directory(s, dir);
	scratch_file(s, path, "");
}

static void ifupdown(struct scratch *s, const char *interfaces)
{
	program(s, "/sbin/ifup");
	directory(s, "/etc/network/interfaces.d");
	scratch_file(s, "/etc/network/interfaces", interfaces);
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

#define DHCP                                                                          \
	"# template\nauto lo eth0\niface lo inet loopback\n\nallow-hotplug eth0\n"    \
	"iface eth0 inet dhcp\n\thostname x\n\tup logger up\niface eth0 inet6 auto\n" \
	"iface ens4 inet dhcp\niface eth00 inet dhcp\n"
#define MANUAL                                                                          \
	"# template\nauto lo eth0\niface lo inet loopback\n\nallow-hotplug eth0\n"      \
	"iface eth0 inet manual\n\thostname x\n\tup logger up\niface eth0 inet6 auto\n" \
	"iface ens4 inet dhcp\niface eth00 inet dhcp\n"

static void restore(struct scratch *s);

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

static int no_live(void *userdata, const struct manifest_live *l)
{
	return 0;
}

static void restored(void *userdata, const char *what, int r)
{
	if (r < 0)
		print_message("%s: %s\n", what, strerror(-r));
}

static void restore(struct scratch *s)
{
	assert_int_equal(manifest_restore(s->manifest, no_live, restored, NULL), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_persister_writes_its_golden_file),
		T(test_the_first_that_says_so_governs_the_host),
		T(test_nobody_governs_and_nothing_is_written),
		T(test_files_of_one_boot_unless_they_shall_stay),
		T(test_what_an_earlier_persister_had_goes),
		T(test_what_is_not_known_for_sure_changes_no_file),
		T(test_a_stanza_that_asks_dhcp_yields_by_one_word),
		T(test_a_folder_that_nobody_reads_is_sourced),
		T(test_without_persist_every_stanza_is_as_it_was),
		T(test_what_a_person_adds_to_the_file_stays),
		T(test_source_directory_and_patterns_are_followed),
		T(test_cloud_init_is_told_with_what_switches_it_off),
		T(test_the_route_to_the_metadata_is_kept_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

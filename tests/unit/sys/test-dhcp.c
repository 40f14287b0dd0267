/* SPDX-License-Identifier: MIT */
/* test-dhcp.c -- a real dhclient with a real lease is found and ended; the server hears nothing */
#include "tests/unit/live.h"

#include <linux/capability.h>

/* The server, dnsmasq, lives in a network namespace of its own at the other end of the cable. */
static const char cable[] =
	"set -e; unshare -n sleep 1000 & peer=$!; echo $peer >/run/peer; "
	"for i in $(seq 100); do test $(readlink /proc/$peer/ns/net) != "
	"$(readlink /proc/self/ns/net) && break; sleep 0.02; done; "
	"ip link add eth0 type veth peer name p0 netns $peer; ip link set eth0 up; "
	"ip link add eth1 type veth peer name p1; "
	"nsenter -n -t $peer ip addr add 10.60.0.1/24 dev p0; nsenter -n -t $peer ip link set p0 "
	"up; "
	"touch /run/server.log /etc/resolv.conf; "
	"nsenter -n -t $peer dnsmasq --user=root --conf-file=/dev/null --no-resolv --no-hosts "
	"--port=0 --interface=p0 --bind-interfaces --pid-file=/run/server.pid --no-ping --log-dhcp "
	"--dhcp-range=10.60.0.50,10.60.0.60,1h --dhcp-leasefile=/run/server.leases "
	"--log-facility=/run/server.log";

static const char lease[] = "dhclient -4 -lf /var/lib/dhcp/dhclient.eth0.leases "
			    "-pf /run/dhclient.eth0.pid eth0 >/run/client.log 2>&1";

/* It comes back from there before its other half has written the file. */
static const char ready[] = "test -s /run/dhclient.eth0.pid";

static bool missing(const char *program)
{
	_cleanup_free_ char *look = str_printf("command -v %s >/dev/null", program);

	if (system(look) == 0)
		return false;
	print_message("skipped: no %s here\n", program);
	return true;
}

static void test_the_client_is_ended_and_the_address_stays(void **state)
{
	struct sys_dhcp *found;
	size_t n;

	live_skip_unless_there();
	if (missing("dhclient") || missing("dnsmasq"))
		skip();
	live_run(cable);
	live_run(lease);
	live_wait(ready);
	live_run("ip -4 addr show eth0 | grep -q 'inet 10.60.0.[56].*dynamic'");

	assert_int_equal(sys_dhcp_find(*state, "eth1", &found, &n), 0);
	assert_int_equal(n, 0);
	sys_dhcp_free(found, n);
	assert_int_equal(sys_dhcp_find(*state, "eth0", &found, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(found[0].program, "dhclient");
	assert_string_equal(found[0].argv[1], "-4");
	assert_int_equal(strv_len(found[0].leases), 1);
	assert_string_equal(found[0].leases[0], "/var/lib/dhcp/dhclient.eth0.leases");

	assert_int_equal(sys_dhcp_stop(*state, &found[0]), 0);
	assert_int_equal(access("/var/lib/dhcp/dhclient.eth0.leases", F_OK), -1);
	assert_int_equal(access("/run/dhclient.eth0.pid", F_OK), -1);
	live_run("ip -4 addr show eth0 | grep -q 'inet 10.60.0.'");
	live_run("! grep -i release /run/server.log");
	assert_int_equal(sys_dhcp_stop(*state, &found[0]), 0);
	sys_dhcp_free(found, n);
	assert_int_equal(sys_dhcp_find(*state, "eth0", &found, &n), 0);
	assert_int_equal(n, 0);
	sys_dhcp_free(found, n);
}

static void test_a_client_that_does_not_listen_is_killed(void **state)
{
	struct sys_dhcp *found;
	size_t n;

	live_skip_unless_there();
	if (missing("dhclient") || missing("dnsmasq"))
		skip();
	live_run(lease);
	live_wait(ready);
	live_run("kill -STOP $(cat /run/dhclient.eth0.pid)");
	assert_int_equal(sys_dhcp_find(*state, "eth0", &found, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(sys_dhcp_stop(*state, &found[0]), 0);
	sys_dhcp_free(found, n);
	assert_int_equal(sys_dhcp_find(*state, "eth0", &found, &n), 0);
	assert_int_equal(n, 0);
	sys_dhcp_free(found, n);
}

static void test_a_client_of_another_network_namespace_is_not_ours(void **state)
{
	struct sys_dhcp *found;
	size_t n;

	live_skip_unless_there();
	if (missing("dhclient") || missing("dnsmasq"))
		skip();
	live_run("cp /bin/sleep /run/udhcpc && (unshare -n /run/udhcpc 1000 & "
		 "/run/udhcpc 1001 & :)");
	live_wait("test $(grep -l '^udhcpc$' /proc/[0-9]*/comm 2>/dev/null | wc -l) = 2");
	assert_int_equal(sys_dhcp_find(*state, "eth0", &found, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(found[0].argv[1], "1001");
	assert_int_equal(sys_dhcp_stop(*state, &found[0]), 0);
	sys_dhcp_free(found, n);
}

/* What it says of its lease file would be unlinked by root, and it would be started again by root.
 */
static void test_a_client_that_a_user_started_is_none(void **state)
{
	struct sys_dhcp *found;
	size_t n;

	live_skip_unless_there();
	live_run("mkdir /run/user && cp /bin/sleep /run/user/udhcpc && "
		 "{ setpriv --reuid=4242 --regid=4242 --clear-groups /run/user/udhcpc 1002 & echo "
		 "$!; "
		 "setpriv --regid=4242 --clear-groups /run/user/udhcpc 1003 & echo $!; } "
		 ">/run/user/pids");
	live_wait("for p in $(cat /run/user/pids); do grep -q '^udhcpc$' /proc/$p/comm || exit 1; "
		  "done");
	assert_int_equal(sys_dhcp_find(*state, "eth0", &found, &n), 0);
	assert_int_equal(n, 0);
	sys_dhcp_free(found, n);
	live_run("kill $(cat /run/user/pids)");
}

/* As in the unit: root, without what lets it look into or kill processes of others. */
static int find_and_stop_bounded(struct sys *sys, const char *ifname)
{
	struct sys_dhcp *found = NULL;
	size_t n = 0;
	int status, r;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE) < 0 ||
		    prctl(PR_CAPBSET_DROP, CAP_KILL) < 0 || prctl(PR_CAPBSET_DROP, CAP_NET_RAW) < 0)
			_exit(100);
		/* a new program gets what the bounding set leaves */
		execl("/proc/self/exe", "test-dhcp", "--bounded", ifname, NULL);
		_exit(101);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	r = sys_dhcp_find(sys, ifname, &found, &n);
	assert_int_equal(r, 0);
	sys_dhcp_free(found, n);
	return (int)n;
}

static int bounded(const char *ifname)
{
	struct sys_dhcp *found = NULL;
	struct sys *sys;
	size_t n = 0;
	int r = 103;

	if (sys_open("/", &sys) < 0 || sys_dhcp_find(sys, ifname, &found, &n) < 0)
		return 102;
	if (n == 1)
		r = sys_dhcp_stop(sys, &found[0]) < 0 ? 104 : 0;
	sys_dhcp_free(found, n);
	sys_free(sys);
	return r;
}

static void test_with_the_capabilities_of_the_unit(void **state)
{
	live_skip_unless_there();
	if (missing("dhclient") || missing("dhcpcd") || missing("udhcpc"))
		skip();
	live_run(lease);
	live_wait(ready);
	assert_int_equal(find_and_stop_bounded(*state, "eth0"), 0);

	live_run("mkdir -p /var/lib/dhcpcd; dhcpcd -4 eth0 >/run/client.log 2>&1");
	live_wait("ls /var/lib/dhcpcd/*.lease >/dev/null 2>&1");
	assert_int_equal(find_and_stop_bounded(*state, "eth0"), 0);
	live_wait("! pgrep dhcpcd >/dev/null");
	live_run("! ls /var/lib/dhcpcd/*.lease 2>/dev/null");
	live_run("ip -4 addr show eth0 | grep -q 'inet 10.60.0.'");

	live_run("udhcpc -i eth0 -p /run/udhcpc.eth0.pid -b -s /bin/true >/run/client.log 2>&1");
	live_wait("pgrep -f '^udhcpc -i' >/dev/null");
	assert_int_equal(find_and_stop_bounded(*state, "eth0"), 0);
	live_wait("! pgrep -af '^udhcpc -i'");
}

static void test_a_stranger_with_that_pid_is_left_alone(void **state)
{
	struct sys_dhcp d = { .program = "dhclient" };

	live_skip_unless_there();
	d.pid = fork();
	if (d.pid == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(sys_dhcp_stop(*state, &d), 0);
	assert_int_equal(waitpid(d.pid, NULL, WNOHANG), 0);
	kill(d.pid, SIGKILL);
	waitpid(d.pid, NULL, 0);
	d.pid = 0;
	assert_int_equal(sys_dhcp_stop(*state, &d), -EINVAL);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_the_client_is_ended_and_the_address_stays),
		LIVE_TEST(test_a_client_that_does_not_listen_is_killed),
		LIVE_TEST(test_a_client_of_another_network_namespace_is_not_ours),
		LIVE_TEST(test_a_client_that_a_user_started_is_none),
		LIVE_TEST(test_with_the_capabilities_of_the_unit),
		LIVE_TEST(test_a_stranger_with_that_pid_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--bounded"))
		return bounded(argv[2]);
	return live_main(run);
}

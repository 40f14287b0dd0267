/* SPDX-License-Identifier: MIT */
/* test-netlink.c -- requests to rtnetlink, and what stands in an answer */
#include "tests/unit/sys/live.h"

#include "agent/sys/netlink.h"

static struct addr parsed(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void test_attributes_are_found_again(void **state)
{
	struct addr v4 = parsed("10.60.0.21/24"), v6 = parsed("fd00::1/64"), back;
	const struct rtattr *at[IFA_MULTICAST];
	struct net_request q;

	net_request(&q, RTM_NEWADDR, 0, sizeof(q.addr));
	net_add_addr(&q, IFA_LOCAL, &v4);
	net_add(&q, IFA_LABEL, "eth0", 5);
	net_add_addr(&q, IFA_ANYCAST, &v6);
	assert_true(net_attributes(&q.head, sizeof(q.addr), at, ARRAY_SIZE(at)));
	assert_null(at[IFA_ADDRESS]);
	assert_string_equal(RTA_DATA(at[IFA_LABEL]), "eth0");
	back = net_addr(at[IFA_LOCAL], AF_INET, 24);
	assert_memory_equal(&back, &v4, sizeof(back));
	back = net_addr(at[IFA_ANYCAST], AF_INET6, 64);
	assert_memory_equal(&back, &v6, sizeof(back));
	/* of another length than its family has */
	assert_int_equal(net_addr(at[IFA_LOCAL], AF_INET6, 64).family, 0);
	assert_int_equal(net_addr(NULL, AF_INET, 24).family, 0);
}

static void test_numbers_have_a_value_for_none(void **state)
{
	const struct rtattr *at[RTA_TABLE + 1];
	struct net_request q;

	net_request(&q, RTM_NEWROUTE, 0, sizeof(q.route));
	net_add_number(&q, RTA_TABLE, 4190101);
	net_add(&q, RTA_OIF, "x", 1);
	assert_true(net_attributes(&q.head, sizeof(q.route), at, ARRAY_SIZE(at)));
	assert_int_equal(net_number(at[RTA_TABLE], 7), 4190101);
	assert_int_equal(net_number(at[RTA_PRIORITY], 7), 7);
	assert_int_equal(net_number(at[RTA_OIF], 7), 7);
}

static void test_what_is_cut_short_is_not_read(void **state)
{
	const struct rtattr *at[IFA_MULTICAST];
	struct addr v4 = parsed("10.60.0.21/24");
	struct net_address address;
	struct net_request q;

	net_request(&q, RTM_NEWADDR, 0, sizeof(q.addr));
	q.addr.ifa_family = AF_INET;
	net_add_addr(&q, IFA_LOCAL, &v4);
	assert_true(net_read_address(&q.head, &address));
	q.head.nlmsg_len -= 1;
	assert_true(net_attributes(&q.head, sizeof(q.addr), at, ARRAY_SIZE(at)));
	assert_null(at[IFA_LOCAL]);
	assert_false(net_read_address(&q.head, &address));
	q.head.nlmsg_len = NLMSG_LENGTH(sizeof(q.addr)) - 1;
	assert_false(net_attributes(&q.head, sizeof(q.addr), at, ARRAY_SIZE(at)));
}

static int count(void *userdata, const struct nlmsghdr *m)
{
	(*(int *)userdata)++;
	return m->nlmsg_type == RTM_NEWLINK ? 0 : -EBADMSG;
}

static int refuse(void *userdata, const struct nlmsghdr *m)
{
	return -E2BIG;
}

static void test_a_dump_of_many_answers_comes_whole(void **state)
{
	_cleanup_net_socket_ struct net_socket s = NET_SOCKET_INIT;
	struct net_request q;
	int links = 0;

	live_skip_unless_there();
	live_run("for i in $(seq 30); do ip link add a$i type veth peer name b$i; done");
	assert_int_equal(net_socket_open(&s), 0);
	net_request(&q, RTM_GETLINK, NLM_F_DUMP, sizeof(q.link));
	assert_int_equal(net_ask(&s, &q, count, &links), 0);
	assert_true(links >= 61);
}

static void test_each_request_has_its_own_answer(void **state)
{
	_cleanup_net_socket_ struct net_socket s = NET_SOCKET_INIT;
	struct net_request q;

	live_skip_unless_there();
	assert_int_equal(net_socket_open(&s), 0);
	net_request(&q, RTM_GETLINK, NLM_F_DUMP, sizeof(q.link));
	assert_int_equal(net_ask(&s, &q, refuse, NULL), -E2BIG);
	/* what is left of the former answer is passed over */
	net_request(&q, RTM_SETLINK, 0, sizeof(q.link));
	q.link.ifi_index = 9999;
	assert_int_equal(net_ask(&s, &q, NULL, NULL), -ENODEV);
	q.link.ifi_index = 1;
	assert_int_equal(net_ask(&s, &q, NULL, NULL), 0);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attributes_are_found_again),
		cmocka_unit_test(test_numbers_have_a_value_for_none),
		cmocka_unit_test(test_what_is_cut_short_is_not_read),
		LIVE_TEST(test_a_dump_of_many_answers_comes_whole),
		LIVE_TEST(test_each_request_has_its_own_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return live_main(run);
}

/* SPDX-License-Identifier: MIT */
/* test-world-link.c -- what a world's objects may be to each other */
#include "tests/unit/skysim/fixture.h"

#include <errno.h>

static int parse(const char *text, struct world **ret, char **why)
{
	return world_parse("w.json", text, strlen(text), ret, why);
}

static void refused(const char *text, const char *wanted)
{
	_cleanup_free_ char *why = NULL;
	struct world *w;

	assert_int_equal(parse(text, &w, &why), -EINVAL);
	assert_string_equal(why, wanted);
}

#define LB                                                                   \
	"{\"id\":9,\"name\":\"lb\",\"networks\":[{\"id\":90,\"name\":\"l\"," \
	"\"subnet\":\"10.40.0.0/24\",\"tunnelable\":true,\"nat_subnet\":\"10.200.0.0/16\"}]}"
#define WORLD(net, vms)                                                     \
	"{\"environments\":[" LB ",{\"id\":1,\"name\":\"e\",\"networks\":[" \
	"{\"id\":7,\"name\":\"n\",\"subnet\":\"10.60.0.0/24\"" net "}],\"vms\":[" vms "]}]}"
#define VM(id, nics) "{\"id\":" id ",\"name\":\"v\",\"interfaces\":[" nics "]}"
#define NIC(mac, ip, more) "{\"mac\":\"00:50:56:00:00:" mac "\",\"ip\":\"10.60.0." ip "\"" more "}"
#define NAT ",\"nat\":{\"90\":\"10.200.5.0/24\"}"

static void test_a_prefix_maps_one_to_one(void **state)
{
	_cleanup_(world_freep) struct world *w = NULL;
	_cleanup_free_ char *why = NULL;
	const struct addr wanted = fixture_addr("10.200.5.33");

	assert_int_equal(parse(WORLD(NAT, VM("2", NIC("01", "33", ""))), &w, &why), 0);
	assert_string_equal(world_vm_by_nat(w, &wanted)->id, "2");
	assert_int_equal(world_network(w, "90")->nat_used, 1);
}

static void test_an_interface_may_say_its_own_nat_address(void **state)
{
	_cleanup_(world_freep) struct world *w = NULL;
	_cleanup_free_ char *why = NULL;
	const struct addr own = fixture_addr("10.200.9.9"), prefix = fixture_addr("10.200.5.33");

	assert_int_equal(
		parse(WORLD(NAT, VM("2", NIC("01", "33", ",\"nat\":{\"90\":\"10.200.9.9\"}"))), &w,
		      &why),
		0);
	assert_non_null(world_vm_by_nat(w, &own));
	assert_null(world_vm_by_nat(w, &prefix));
}

static void test_a_nat_address_belongs_to_one_vm(void **state)
{
	refused(WORLD(NAT, VM("2", NIC("01", "33", "")) "," VM(
				   "3", NIC("02", "34", ",\"nat\":{\"90\":\"10.200.5.33\"}"))),
		"w.json: $.environments[1].vms[1].interfaces[0].nat.90: "
		"NAT address 10.200.5.33 belongs to VM \"2\" already");
}

static void test_macs_and_addresses_are_unique_in_an_environment(void **state)
{
	refused(WORLD("", VM("2", NIC("0a", "33", "")) "," VM("3", NIC("0A", "34", ""))),
		"w.json: $.environments[1].vms[1].interfaces[0].mac: "
		"VM \"2\" of this environment has it");
	refused(WORLD("", VM("2", NIC("01", "33", "")) "," VM("3", NIC("02", "33", ""))),
		"w.json: $.environments[1].vms[1].interfaces[0].ip: "
		"VM \"2\" of this environment has it");
}

static void test_ids_are_unique(void **state)
{
	refused(WORLD("", VM("2", "") "," VM("2", "")),
		"w.json: $.environments[1].vms[1].id: \"2\" appears twice");
	refused("{\"users\":[{\"id\":1,\"login_name\":\"a\"},{\"id\":\"1\",\"login_name\":\"b\"}]}",
		"w.json: $: user id \"1\" appears twice");
}

static void test_a_tunnel_leads_to_a_tunnelable_network(void **state)
{
	refused(WORLD(",\"nat\":{\"91\":\"10.200.5.0/24\"}", ""),
		"w.json: $.environments[1].networks[0].nat.91: \"91\" is no other network's id");
	refused(WORLD(",\"nat\":{\"7\":\"10.200.5.0/24\"}", ""),
		"w.json: $.environments[1].networks[0].nat.7: \"7\" is no other network's id");
}

static void test_nat_prefixes_fit_subnet_and_pool(void **state)
{
	refused(WORLD(",\"nat\":{\"90\":\"10.200.5.0/25\"}", ""),
		"w.json: $.environments[1].networks[0].nat.90: /24 is expected, as long as the "
		"subnet's prefix");
	refused(WORLD(",\"nat\":{\"90\":\"10.201.5.0/24\"}", ""),
		"w.json: $.environments[1].networks[0].nat.90: lies outside the nat_subnet of that "
		"network");
}

static void test_a_manual_network_has_no_nat(void **state)
{
	refused(WORLD(",\"type\":\"manual\"" NAT, ""),
		"w.json: $.environments[1].networks[0].nat: a manual network has no NAT");
	refused(WORLD(",\"type\":\"manual\"",
		      VM("2", NIC("01", "33", ",\"nat\":{\"90\":\"10.200.5.33\"}"))),
		"w.json: $.environments[1].vms[0].interfaces[0].nat: only an interface on an "
		"automatic network has NAT");
}

static void test_an_address_lies_in_its_network(void **state)
{
	refused(WORLD("", VM("2", "{\"mac\":\"00:50:56:00:00:01\",\"ip\":\"10.61.0.3\"}")),
		"w.json: $.environments[1].vms[0].interfaces[0].ip: does not lie in the subnet of "
		"network \"7\"");
	refused(WORLD("", VM("2", "{\"mac\":\"00:50:56:00:00:01\"}")),
		"w.json: $.environments[1].vms[0].interfaces[0].ip: is required on an automatic "
		"network");
}

static void test_null_detaches_an_interface(void **state)
{
	_cleanup_(world_freep) struct world *w = NULL;
	_cleanup_free_ char *why = NULL;

	assert_int_equal(parse(WORLD(NAT, VM("2", NIC("01", "33", ",\"network\":null"))), &w, &why),
			 0);
	assert_null(world_vm(w, "2")->interfaces[0].network);
	assert_int_equal(world_vm(w, "2")->interfaces[0].n_nat, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_prefix_maps_one_to_one),
		cmocka_unit_test(test_an_interface_may_say_its_own_nat_address),
		cmocka_unit_test(test_a_nat_address_belongs_to_one_vm),
		cmocka_unit_test(test_macs_and_addresses_are_unique_in_an_environment),
		cmocka_unit_test(test_ids_are_unique),
		cmocka_unit_test(test_a_tunnel_leads_to_a_tunnelable_network),
		cmocka_unit_test(test_nat_prefixes_fit_subnet_and_pool),
		cmocka_unit_test(test_a_manual_network_has_no_nat),
		cmocka_unit_test(test_an_address_lies_in_its_network),
		cmocka_unit_test(test_null_detaches_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

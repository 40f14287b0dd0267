/* SPDX-License-Identifier: MIT */
/* api.h -- a partition and a pool for the tests of iControl REST */
#pragma once

#include "tests/unit/envmux/fixture.h"

#define PARTITIONS "/mgmt/tm/auth/partition"
#define STAMP "envagent v1 env=1 vm=2 fence=1 until=3"

static inline void make_partition(struct fixture *f)
{
	assert_int_equal(fixture_call(f, "POST", PARTITIONS,
				      "{\"name\":\"test-1\",\"description\":\"" STAMP "\"}"),
			 200);
}

static inline void make_pool(struct fixture *f)
{
	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/ltm/pool",
				      "{\"name\":\"www-1\",\"partition\":\"test-1\","
				      "\"monitor\":\"/Common/tcp\","
				      "\"members\":[{\"name\":\"10.0.0.1:80\"},\"10.0.0.2:80\"]}"),
			 200);
}

static inline size_t n_members(struct fixture *f)
{
	struct json_object *reference, *items;

	strcpy(f->expand, "true");
	assert_int_equal(fixture_call(f, "GET", "/mgmt/tm/ltm/pool/~test-1~www-1", NULL), 200);
	assert_int_equal(json_get_obj(f->reply, "membersReference", &reference), 0);
	return json_get_arr(reference, "items", &items) == 0 ? json_object_array_length(items) : 0;
}

static inline void open_transaction(struct fixture *f)
{
	int64_t id;

	assert_int_equal(fixture_call(f, "POST", "/mgmt/tm/transaction", "{}"), 200);
	assert_int_equal(json_get_int(f->reply, "transId", &id), 0);
	snprintf(f->transaction, sizeof(f->transaction), "%lld", (long long)id);
}

static inline int commit(struct fixture *f)
{
	char path[128];

	snprintf(path, sizeof(path), "/mgmt/tm/transaction/%s", f->transaction);
	*f->transaction = '\0';
	return fixture_call(f, "PATCH", path, "{\"state\":\"VALIDATING\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

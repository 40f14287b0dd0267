/* SPDX-License-Identifier: MIT */
/* test-keyed-hash.c -- SipHash by the vectors of its authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tools/envmux/keyed-hash.h"

/* Key and message are 00 01 02 ..., as in the reference implementation's vectors.h. */
static void hash_of(size_t len, uint8_t ret[16])
{
	uint8_t bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	keyed_hash(bytes, bytes, len, ret);
}

static void test_it_is_siphash(void **state)
{
	static const uint8_t none[] = { 0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
					0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93 };
	static const uint8_t one[] = { 0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44,
				       0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45 };
	uint8_t hash[16];

	hash_of(0, hash);
	assert_memory_equal(hash, none, 16);
	hash_of(1, hash);
	assert_memory_equal(hash, one, 16);
}

static void test_each_byte_and_the_key_count(void **state)
{
	uint8_t key[16] = {}, a[16], b[16];

	keyed_hash(key, "123456789", 9, a);
	keyed_hash(key, "123456788", 9, b);
	assert_memory_not_equal(a, b, 16);
	keyed_hash(key, "123456789", 8, b);
	assert_memory_not_equal(a, b, 16);
	key[15] = 1;
	keyed_hash(key, "123456789", 9, b);
	assert_memory_not_equal(a, b, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_siphash),
		cmocka_unit_test(test_each_byte_and_the_key_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

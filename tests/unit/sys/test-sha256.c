/* SPDX-License-Identifier: MIT */
/* test-sha256.c -- the hash of the manifest */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "agent/sys/sys.h"

static void assert_hash(const char *text, size_t len, const char *expected)
{
	char hash[65];

	sys_sha256(text, len, hash);
	assert_string_equal(hash, expected);
}

/* The examples of FIPS 180-4, and lengths around the end of a block as sha256sum(1) prints them. */
static void test_known_texts_have_known_hashes(void **state)
{
	char text[1000];

	memset(text, 'a', sizeof(text));
	assert_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_hash(text, 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
	assert_hash(text, 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
	assert_hash(text, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
	assert_hash(text, 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_texts_have_known_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

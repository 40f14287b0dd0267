/* SPDX-License-Identifier: MIT */
/* test-dnsmsg.c -- one DNS question and its answer as bytes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "agent/base/cleanup.h"
#include "agent/base/dnsmsg.h"

/* A message under composition. */
struct message {
	uint8_t bytes[DNS_MSG_MAX];
	size_t len;
};

static void add(struct message *m, const void *data, size_t len)
{
	memcpy(m->bytes + m->len, data, len);
	m->len += len;
}
#define ADD(m, text) add(m, text, sizeof(text) - 1)

/* The question (7, NAME, TYPE) as an answer with FLAGS' low byte and COUNT answers to follow. */
static struct message answer(const char *name, uint16_t type, uint8_t rcode, uint8_t count)
{
	struct message m = {};

	m.len = dnsmsg_query(7, name, type, m.bytes);
	m.bytes[2] |= 0x80;
	m.bytes[3] = 0x80 | rcode;
	m.bytes[7] = count;
	return m;
}

static int parse(const struct message *m, const char *name, uint16_t type,
		 struct dnsmsg_answer *ret)
{
	/* on the heap, so that a read past the end is seen */
	_cleanup_free_ uint8_t *exact = malloc(m->len ?: 1);

	memcpy(exact, m->bytes, m->len);
	return dnsmsg_parse(exact, m->len, 7, name, type, ret);
}

static void test_a_query_has_the_form_of_rfc_1035(void **state)
{
	uint8_t msg[DNS_MSG_MAX];
	static const char expected[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0"
				       "\2gw\4test\0\0\x1c\0\1";

	assert_int_equal(dnsmsg_query(0x1234, "gw.test", DNS_AAAA, msg), sizeof(expected) - 1);
	assert_memory_equal(msg, expected, sizeof(expected) - 1);
	assert_int_equal(dnsmsg_query(0x1234, "gw.test.", DNS_AAAA, msg), sizeof(expected) - 1);
}

static void test_a_name_that_cannot_be_encoded(void **state)
{
	uint8_t msg[DNS_MSG_MAX];
	char name[400];

	assert_int_equal(dnsmsg_query(1, "", DNS_A, msg), -EINVAL);
	assert_int_equal(dnsmsg_query(1, ".", DNS_A, msg), -EINVAL);
	assert_int_equal(dnsmsg_query(1, "a..b", DNS_A, msg), -EINVAL);
	assert_int_equal(dnsmsg_query(1, "a b", DNS_A, msg), -EINVAL);
	assert_int_equal(dnsmsg_query(1, "a\nb", DNS_A, msg), -EINVAL);
	memset(name, 'a', 64);
	name[64] = '\0';
	assert_int_equal(dnsmsg_query(1, name, DNS_A, msg), -EINVAL);
	for (size_t i = 0; i < sizeof(name) - 1; i++)
		name[i] = i % 10 == 9 ? '.' : 'a';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(dnsmsg_query(1, name, DNS_A, msg), -EINVAL);
	name[253] = '\0';
	assert_int_equal(dnsmsg_query(1, name, DNS_A, msg), 12 + 255 + 4);
}

static void test_addresses_are_read(void **state)
{
	struct message m = answer("web-1.test", DNS_A, 0, 2);
	struct dnsmsg_answer a;
	char text[ADDR_TEXT_MAX];

	ADD(&m, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x3c\0\x15");
	ADD(&m, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x3c\0\x16");
	assert_int_equal(parse(&m, "WEB-1.test.", DNS_A, &a), 0);
	assert_int_equal(a.rcode, 0);
	assert_int_equal(a.n, 2);
	assert_string_equal(addr_format(&a.addrs[0], true, text), "10.60.0.21");
	assert_string_equal(addr_format(&a.addrs[1], true, text), "10.60.0.22");
}

static void test_a_cname_leads_on_and_strangers_do_not_count(void **state)
{
	struct message m = answer("www.test", DNS_A, 0, 3);
	struct dnsmsg_answer a;

	/* www.test CNAME web.test; evil.test A 6.6.6.6; web.test A 10.0.0.1 */
	ADD(&m, "\xc0\x0c\0\5\0\1\0\0\0\5\0\6\3web\xc0\x10");
	ADD(&m, "\4evil\xc0\x10\0\1\0\1\0\0\0\5\0\4\6\6\6\6");
	ADD(&m, "\3web\xc0\x10\0\1\0\1\0\0\0\5\0\4\x0a\0\0\1");
	assert_int_equal(parse(&m, "www.test", DNS_A, &a), 0);
	assert_int_equal(a.n, 1);
	assert_int_equal(a.addrs[0].bytes[0], 10);
}

static void test_a_pointer_answer_is_a_name(void **state)
{
	struct message m = answer("21.0.60.10.in-addr.arpa", DNS_PTR, 0, 1);
	struct dnsmsg_answer a;

	ADD(&m, "\xc0\x0c\0\x0c\0\1\0\0\0\5\0\x0c\5web-1\4test\0");
	assert_int_equal(parse(&m, "21.0.60.10.in-addr.arpa", DNS_PTR, &a), 0);
	assert_int_equal(a.n, 1);
	assert_string_equal(a.names[0], "web-1.test");
}

static void test_no_such_name_is_an_answer(void **state)
{
	struct message m = answer("gone.test", DNS_A, 3, 0);
	struct dnsmsg_answer a;

	assert_int_equal(parse(&m, "gone.test", DNS_A, &a), 0);
	assert_int_equal(a.rcode, 3);
	assert_int_equal(a.n, 0);
}

static void test_an_answer_to_another_question_is_none(void **state)
{
	struct message m = answer("a.test", DNS_A, 0, 0), q = m;
	struct dnsmsg_answer a;

	assert_int_equal(parse(&m, "b.test", DNS_A, &a), -ENOMSG);
	assert_int_equal(parse(&m, "a.test", DNS_AAAA, &a), -ENOMSG);
	m.bytes[0] = 1;
	assert_int_equal(parse(&m, "a.test", DNS_A, &a), -ENOMSG);
	q.bytes[2] &= 0x7f;
	assert_int_equal(parse(&q, "a.test", DNS_A, &a), -ENOMSG);
}

static void test_what_is_cut_anywhere_is_malformed(void **state)
{
	struct message m = answer("web-1.test", DNS_A, 0, 1);
	struct dnsmsg_answer a;

	ADD(&m, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x3c\0\x15");
	for (size_t len = m.len - 1;; len--) {
		struct message cut = m;

		cut.len = len;
		assert_int_equal(parse(&cut, "web-1.test", DNS_A, &a), -EBADMSG);
		if (!len)
			break;
	}
}

static void test_compression_cannot_loop(void **state)
{
	struct dnsmsg_answer a;
	struct message self = answer("a.test", DNS_A, 0, 1), forward = self, pair = self;

	/* the owner points at itself, forward, and at a label that leads back to it */
	ADD(&self, "\xc0\x18\0\1\0\1\0\0\0\5\0\4\1\2\3\4");
	assert_int_equal(parse(&self, "a.test", DNS_A, &a), -EBADMSG);
	ADD(&forward, "\xc0\x20\0\1\0\1\0\0\0\5\0\4\1\2\3\4");
	assert_int_equal(parse(&forward, "a.test", DNS_A, &a), -EBADMSG);
	ADD(&pair, "\1x\xc0\x18\0\1\0\1\0\0\0\5\0\4\1\2\3\4");
	assert_int_equal(parse(&pair, "a.test", DNS_A, &a), -EBADMSG);
}

static void test_a_wrong_length_or_label_is_malformed(void **state)
{
	struct message len = answer("a.test", DNS_A, 0, 1);
	struct message label = answer("1.2.3.4.in-addr.arpa", DNS_PTR, 0, 1);
	struct dnsmsg_answer a;

	ADD(&len, "\xc0\x0c\0\1\0\1\0\0\0\5\0\3\1\2\3");
	assert_int_equal(parse(&len, "a.test", DNS_A, &a), -EBADMSG);
	ADD(&label, "\xc0\x0c\0\x0c\0\1\0\0\0\5\0\5\3a\nb\0");
	assert_int_equal(parse(&label, "1.2.3.4.in-addr.arpa", DNS_PTR, &a), -EBADMSG);
}

static void test_more_records_than_kept_are_read_over(void **state)
{
	struct message m = answer("a.test", DNS_A, 0, 20);
	struct dnsmsg_answer a;

	for (int i = 0; i < 20; i++)
		ADD(&m, "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\0\0\1");
	assert_int_equal(parse(&m, "a.test", DNS_A, &a), 0);
	assert_int_equal(a.n, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_query_has_the_form_of_rfc_1035),
		cmocka_unit_test(test_a_name_that_cannot_be_encoded),
		cmocka_unit_test(test_addresses_are_read),
		cmocka_unit_test(test_a_cname_leads_on_and_strangers_do_not_count),
		cmocka_unit_test(test_a_pointer_answer_is_a_name),
		cmocka_unit_test(test_no_such_name_is_an_answer),
		cmocka_unit_test(test_an_answer_to_another_question_is_none),
		cmocka_unit_test(test_what_is_cut_anywhere_is_malformed),
		cmocka_unit_test(test_compression_cannot_loop),
		cmocka_unit_test(test_a_wrong_length_or_label_is_malformed),
		cmocka_unit_test(test_more_records_than_kept_are_read_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

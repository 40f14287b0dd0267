/* SPDX-License-Identifier: MIT */
/* test-http.c -- one HTTP/1.1 answer, taken in piece by piece */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "agent/base/protocol.h"
#include "agent/fetch/http.h"

static int setup(void **state)
{
	static struct http h;

	http_init(&h);
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	http_done(*state);
	return 0;
}

static int feed(struct http *h, const char *text)
{
	return http_feed(h, text, strlen(text));
}

/* Any cut of the text into two pieces must read the same. */
static void assert_body_at_any_cut(const char *text, const char *body)
{
	for (size_t cut = 0; cut <= strlen(text); cut++) {
		_cleanup_http_ struct http h;

		http_init(&h);
		assert_true(http_feed(&h, text, cut) >= 0);
		assert_true(http_feed(&h, text + cut, strlen(text) - cut) >= 0);
		assert_int_equal(http_eof(&h), 0);
		assert_int_equal(h.status, 200);
		assert_string_equal(h.body.data, body);
	}
}

static void test_content_length_ends_the_body(void **state)
{
	struct http *h = *state;

	assert_int_equal(feed(h, "HTTP/1.1 200 OK\r\ncontent-LENGTH:  5 \r\n\r\nhello, more"), 1);
	assert_string_equal(h->body.data, "hello");
}

static void test_pieces_may_be_cut_anywhere(void **state)
{
	assert_body_at_any_cut("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello");
	assert_body_at_any_cut("HTTP/1.0 200\nA: b\n\nhello", "hello");
	assert_body_at_any_cut("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
			       "3;x=\"y\"\r\nhel\r\n2 \r\nlo\r\n0\r\nT: 1\r\n\r\n",
			       "hello");
	assert_body_at_any_cut("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
			       "Content-Length: 2\r\n\r\nok",
			       "ok");
}

static void test_close_ends_a_body_without_length(void **state)
{
	struct http *h = *state;

	assert_int_equal(feed(h, "HTTP/1.1 200 OK\r\n\r\nhel"), 0);
	assert_int_equal(feed(h, "lo"), 0);
	assert_int_equal(http_eof(h), 0);
	assert_string_equal(h->body.data, "hello");
}

static void test_an_error_status_is_whole_with_its_head(void **state)
{
	struct http *h = *state;

	assert_int_equal(feed(h, "HTTP/1.1 503 Busy\r\nContent-Length: 9999999\r\n\r\n"), 1);
	assert_int_equal(h->status, 503);
}

static void test_a_cut_answer_is_told_from_none(void **state)
{
	struct http *h = *state;

	assert_int_equal(http_eof(h), -ENODATA);
	assert_int_equal(feed(h, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), 0);
	assert_int_equal(http_eof(h), -EPIPE);
	assert_int_equal(feed(h, "\r\nhell"), 0);
	assert_int_equal(http_eof(h), -EPIPE);
}

static void test_a_cut_chunk_is_truncated(void **state)
{
	struct http *h = *state;

	assert_int_equal(feed(h, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello"),
			 0);
	assert_int_equal(http_eof(h), -EPIPE);
}

static void test_rubbish_is_no_http(void **state)
{
	static const char *const texts[] = {
		"SSH-2.0-x\r\n\r\n",
		"HTTP/2 200\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		_cleanup_http_ struct http h;

		http_init(&h);
		if (feed(&h, texts[i]) != -EBADMSG)
			fail_msg("taken for HTTP: %s", texts[i]);
	}
}

static void test_the_head_has_a_limit(void **state)
{
	struct http *h = *state;
	int r;

	assert_int_equal(feed(h, "HTTP/1.1 200 OK\r\n"), 0);
	for (size_t i = 0; i < HTTP_HEAD_MAX / 8; i++) {
		r = feed(h, "X: abc\r\n");
		if (r)
			break;
	}
	assert_int_equal(r, -EFBIG);
}

static void test_the_body_has_a_limit_however_it_ends(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
	};
	static char page[4096];
	struct http *shared = *state;

	for (size_t i = 0; i < 2; i++) {
		_cleanup_http_ struct http h;
		size_t sent = 0;
		int r;

		http_init(&h);
		assert_int_equal(feed(&h, heads[i]), 0);
		while ((r = http_feed(&h, page, sizeof(page))) == 0 && sent < 2 * DOCUMENT_MAX)
			sent += sizeof(page);
		assert_int_equal(r, -EFBIG);
		assert_int_equal(sent, DOCUMENT_MAX);
	}
	assert_int_equal(feed(shared, "HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n\r\n"), -EFBIG);
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_content_length_ends_the_body),
		T(test_pieces_may_be_cut_anywhere),
		T(test_close_ends_a_body_without_length),
		T(test_an_error_status_is_whole_with_its_head),
		T(test_a_cut_answer_is_told_from_none),
		T(test_a_cut_chunk_is_truncated),
		T(test_rubbish_is_no_http),
		T(test_the_head_has_a_limit),
		T(test_the_body_has_a_limit_however_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

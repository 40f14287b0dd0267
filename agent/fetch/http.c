/* SPDX-License-Identifier: MIT */
/* http.c -- one HTTP/1.1 answer, taken in piece by piece */
#include "agent/fetch/http.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "agent/base/protocol.h"

void http_init(struct http *h)
{
	*h = (struct http){
		.line = BUF_INIT_MAX(HTTP_HEAD_MAX),
		.body = BUF_INIT_MAX(DOCUMENT_MAX),
	};
}

void http_done(struct http *h)
{
	buf_done(&h->line);
	buf_done(&h->body);
}

/* Digits of BASE only, no sign, no blank; at most 2^60. */
static int number(const char *s, size_t len, unsigned base, uint64_t *ret)
{
	uint64_t v = 0;

	if (!len)
		return -EBADMSG;
	for (size_t i = 0; i < len; i++) {
		int c = tolower((unsigned char)s[i]);
		unsigned d = isdigit(c)	   ? (unsigned)(c - '0')
			     : isxdigit(c) ? (unsigned)(c - 'a' + 10)
					   : 99;

		if (d >= base || v >> 56)
			return -EBADMSG;
		v = v * base + d;
	}
	*ret = v;
	return 0;
}

struct head {
	bool chunked;
	bool sized;
	uint64_t length;
};

static bool is_header(const char *line, size_t name_len, const char *name)
{
	return strlen(name) == name_len && strncasecmp(line, name, name_len) == 0;
}

static int header(struct head *head, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	const char *value, *end = line + len;
	uint64_t length;

	if (!colon || colon == line)
		return -EBADMSG;

	value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;

	if (is_header(line, (size_t)(colon - line), "Content-Length")) {
		if (number(value, (size_t)(end - value), 10, &length) < 0)
			return -EBADMSG;
		if (head->sized && head->length != length)
			return -EBADMSG; /* two lengths: nobody knows where it ends */
		head->sized = true;
		head->length = length;
	} else if (is_header(line, (size_t)(colon - line), "Transfer-Encoding")) {
		if (end - value != 7 || strncasecmp(value, "chunked", 7) != 0)
			return -EBADMSG;
		head->chunked = true;
	}
	return 0;
}

/* "HTTP/1.1 200 OK" */
static int status_line(const char *line, size_t len, unsigned *ret)
{
	uint64_t status;

	if (len < 12 || strncmp(line, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)line[7]) ||
	    line[8] != ' ' || (len > 12 && line[12] != ' '))
		return -EBADMSG;
	if (number(line + 9, 3, 10, &status) < 0 || status < 100)
		return -EBADMSG;
	*ret = (unsigned)status;
	return 0;
}

/* One line of TEXT up to END, without its CR LF; *TEXT moves on to the next. */
static size_t next_line(const char **text, const char *end, const char **ret)
{
	const char *nl = memchr(*text, '\n', (size_t)(end - *text));
	size_t len;

	*ret = *text;
	if (!nl)
		nl = end;
	len = (size_t)(nl - *text);
	*text = nl < end ? nl + 1 : end;
	return len && (*ret)[len - 1] == '\r' ? len - 1 : len;
}

static int begin_body(struct http *h, const struct head *head)
{
	if (h->status != 200) {
		h->stage = HTTP_DONE;
	} else if (head->chunked) {
		h->stage = HTTP_CHUNK_SIZE;
	} else if (head->sized) {
		if (head->length > DOCUMENT_MAX)
			return -EFBIG;
		h->left = head->length;
		h->stage = h->left ? HTTP_LENGTH : HTTP_DONE;
	} else {
		h->stage = HTTP_CLOSE;
	}
	return 0;
}

static int parse_head(struct http *h)
{
	const char *text = h->line.data, *end = text + h->line.len, *line;
	struct head head = {};
	size_t len;
	int r;

	len = next_line(&text, end, &line);
	r = status_line(line, len, &h->status);
	if (r < 0)
		return r;

	while ((len = next_line(&text, end, &line)) > 0) {
		if (*line == ' ' || *line == '\t')
			continue; /* a folded value: of no header that counts here */
		r = header(&head, line, len);
		if (r < 0)
			return r;
	}
	buf_reset(&h->line);

	if (h->status < 200) /* 100 Continue and its kind: the answer is still to come */
		return 0;
	return begin_body(h, &head);
}

/* The line that just ended in h->line, by stage. */
static int line_over(struct http *h)
{
	size_t len = h->line.len - 1; /* without LF */
	size_t digits = 0;
	int r;

	if (len && h->line.data[len - 1] == '\r')
		len--;

	switch (h->stage) {
	case HTTP_HEAD:
		if (len && h->line.data[len - 1] != '\n')
			return 0; /* the head ends with an empty line */
		return parse_head(h);
	case HTTP_CHUNK_SIZE:
		while (digits < len && isxdigit((unsigned char)h->line.data[digits]))
			digits++;
		if (digits < len && h->line.data[digits] != ';' && h->line.data[digits] != ' ')
			return -EBADMSG;
		r = number(h->line.data, digits, 16, &h->left);
		if (r < 0)
			return r;
		h->stage = h->left ? HTTP_CHUNK_DATA : HTTP_TRAILER;
		break;
	case HTTP_CHUNK_END:
		if (len)
			return -EBADMSG;
		h->stage = HTTP_CHUNK_SIZE;
		break;
	default: /* HTTP_TRAILER */
		if (!len)
			h->stage = HTTP_DONE;
		break;
	}
	buf_reset(&h->line);
	return 0;
}

/* Bytes of a line stage up to and with the next LF. Returns how many were taken. */
static int take_line(struct http *h, const char *data, size_t len)
{
	const char *nl = memchr(data, '\n', len);
	size_t n = nl ? (size_t)(nl - data) + 1 : len;
	int r;

	r = buf_add(&h->line, data, n);
	if (r == -E2BIG)
		return -EFBIG;
	if (r < 0)
		return r;
	if (nl) {
		r = line_over(h);
		if (r < 0)
			return r;
	}
	return (int)n;
}

static int take_body(struct http *h, const char *data, size_t len)
{
	size_t n = h->stage != HTTP_CLOSE && h->left < len ? (size_t)h->left : len;
	int r;

	r = buf_add(&h->body, data, n);
	if (r == -E2BIG)
		return -EFBIG;
	if (r < 0)
		return r;

	if (h->stage != HTTP_CLOSE) {
		h->left -= n;
		if (!h->left)
			h->stage = h->stage == HTTP_LENGTH ? HTTP_DONE : HTTP_CHUNK_END;
	}
	return (int)n;
}

int http_feed(struct http *h, const char *data, size_t len)
{
	int r;

	while (len && h->stage != HTTP_DONE) {
		if (h->stage == HTTP_LENGTH || h->stage == HTTP_CLOSE ||
		    h->stage == HTTP_CHUNK_DATA)
			r = take_body(h, data, len);
		else
			r = take_line(h, data, len);
		if (r < 0)
			return r;
		data += r;
		len -= (size_t)r;
	}
	return h->stage == HTTP_DONE;
}

int http_eof(struct http *h)
{
	if (h->stage == HTTP_DONE || h->stage == HTTP_CLOSE)
		return 0;
	return h->stage == HTTP_HEAD && !h->line.len ? -ENODATA : -EPIPE;
}

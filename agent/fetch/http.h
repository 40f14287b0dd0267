/* SPDX-License-Identifier: MIT */
/*
 * http.h -- one HTTP/1.1 answer, taken in piece by piece (RFC 9112); no I/O
 *
 * The body ends by Content-Length, by its last chunk, or where the server closes. The head may have
 * HTTP_HEAD_MAX bytes, the body DOCUMENT_MAX.
 */
#pragma once

#include <stdint.h>

#include "agent/base/buf.h"

#define HTTP_HEAD_MAX (16u * 1024)

enum http_stage {
	HTTP_HEAD,
	HTTP_LENGTH,
	HTTP_CLOSE,
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK_DATA,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_DONE,
};

struct http {
	enum http_stage stage;
	unsigned status; /* valid once the head is over */
	uint64_t left;	 /* bytes of the body, or of this chunk, still to come */
	struct buf line; /* the head, a chunk's size line or a trailer so far */
	struct buf body;
};

void http_init(struct http *h);
void http_done(struct http *h);
#define _cleanup_http_ _cleanup_(http_done)

/*
 * Takes LEN bytes in. 1 if the answer is whole (further bytes are ignored; an answer other than 200
 * is whole with its head), 0 if more is to come, -EBADMSG if this is no HTTP, -EFBIG if head or
 * body is too large, -ENOMEM.
 */
int http_feed(struct http *h, const char *data, size_t len);

/* The server closed. 0 if the answer is whole, -ENODATA if nothing came, -EPIPE if it was cut. */
int http_eof(struct http *h);

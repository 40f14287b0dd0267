/* SPDX-License-Identifier: MIT */
/* icontrol.h -- the iControl REST driver's own parts */
#pragma once

#include "agent/sys/http.h"
#include "modules/balancer/driver.h"

#define TOKEN_TIMEOUT 36000 /* the longest life that a BIG-IP gives */

struct mux {
	struct sys_http *http;
	char *url, *user, *password;
	struct json_object *memory; /* borrowed: "token" and "token_ends" stay in it */
	char token[64];
	char words[512];
	unsigned retry_after;
	time_t now; /* the mux's clock at the last answer */
};

/* ---- icontrol-call.c ---- */

/*
 * One call; BODY may be NULL. A dead token is replaced once. 0 with *ret (owned; NULL for an empty
 * body; RET may be NULL): -ENOENT only if the mux says that the object is not there, -EEXIST,
 * -EINVAL (400), -EACCES, -EPERM (403), -EBUSY (restarting, busy, 5xx), -EPROTO, or as
 * sys_http_do(). All but 0 leave words.
 */
int icontrol_call(struct mux *m, const char *method, const char *path, const char *transaction,
		  struct json_object *body, struct json_object **ret);
/* A token that is near its end is extended: one request every nine hours. */
void icontrol_keep_token(struct mux *m);
/*
 * The token ends at the mux, and M forgets it; so it does if the mux knows it no more. -errno with
 * words otherwise.
 */
int icontrol_drop_token(struct mux *m);
/* Sets the words of a failure, behind the mux's address; returns R. */
int icontrol_fail(struct mux *m, int r, const char *fmt, ...) _printf_(3, 4);
/* "/test-1/www-1" -> "~test-1~www-1"; owned. */
char *icontrol_id(const char *path);

/* ---- icontrol-write.c ---- */

int icontrol_apply(struct mux *m, const char *id, const struct mux_change *changes, size_t n);

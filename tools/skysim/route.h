/* SPDX-License-Identifier: MIT */
/* route.h -- which resource a request path names; no I/O */
#pragma once

#include "tools/skysim/reader.h"

enum route_kind {
	ROUTE_NONE,
	ROUTE_METADATA,
	ROUTE_FAULT, /* our own: the knobs */
	ROUTE_LOG,   /* our own: what was asked */
	/* the REST API; from here on HTTP Basic is asked for */
	ROUTE_ENVS,
	ROUTE_ENV,
	ROUTE_ENV_USER_DATA,
	ROUTE_ENV_EMPTY, /* a list under an environment that is always empty here */
	ROUTE_VMS,
	ROUTE_VM,
	ROUTE_VM_USER_DATA,
	ROUTE_VM_EMPTY,
	ROUTE_INTERFACES,
	ROUTE_INTERFACE,
	ROUTE_NETWORKS,
	ROUTE_NETWORK,
	ROUTE_USERS,
	ROUTE_USER,
	ROUTE_TEMPLATES,
	ROUTE_TEMPLATE,
	ROUTE_TEMPLATE_EMPTY,
	ROUTE_TUNNELS,
	ROUTE_TUNNEL,
	ROUTE_UNKNOWN, /* looks like the API's, is none: 401 before 404 */
};

#define ROUTE_ID_MAX 64

struct route {
	enum route_kind kind;
	int version;		  /* 1 or 2 */
	char env[ROUTE_ID_MAX];	  /* "" where the path does not say */
	char id[ROUTE_ID_MAX];	  /* of the resource; VM for what lies below one */
	char below[ROUTE_ID_MAX]; /* interface */
};

/*
 * PATH is already unescaped and without its query. Clients write one path in many ways: the prefix
 * /v1 or /v2 or none, doubled slashes, a slash at the end, a suffix ".json". Without a prefix
 * ACCEPT (may be NULL) decides the version.
 */
void route_find(const char *path, const char *accept, struct route *ret);

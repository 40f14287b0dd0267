/* SPDX-License-Identifier: MIT */
/*
 * main.c -- envagent-fetch: one plain-HTTP exchange inside the environment
 *
 * Runs as a user of its own, reads strangers' bytes, and hands on one checked line and a document
 * (protocol.h). Links the C library and json-c, looks no name up by NSS.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/protocol.h"
#include "agent/fetch/sandbox.h"
#include "agent/fetch/tries.h"

static int parse_number(const char *text, unsigned long max, unsigned long *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*ret = strtoul(text, &end, 10);
	return errno || *end || !*ret || *ret > max ? -EINVAL : 0;
}

static int split(const char *text, char ***ret)
{
	_cleanup_free_ char *copy = strdup(text);
	char *save;

	if (!copy)
		return -ENOMEM;
	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
		if (strv_add(ret, w) < 0)
			return -ENOMEM;
	return *ret ? 0 : -EINVAL;
}

enum { OPT_PROTOCOL = 256, OPT_ORDER, OPT_LAST, OPT_PORT, OPT_TIMEOUT, OPT_RESOLV_CONF };

static int option(int c, struct tries_opts *opts, char ***order)
{
	unsigned long n;
	int r = 0;

	switch (c) {
	case OPT_PROTOCOL:
		return strcmp(optarg, PROTOCOL_VERSION) ? -EPROTO : 0;
	case OPT_ORDER:
		return split(optarg, order);
	case OPT_LAST:
		opts->last = optarg;
		break;
	case OPT_PORT:
		r = parse_number(optarg, 65535, &n);
		opts->port = (unsigned)n;
		break;
	case OPT_TIMEOUT:
		r = parse_number(optarg, 600000, &n);
		opts->timeout = (uint64_t)n * 1000;
		break;
	case OPT_RESOLV_CONF:
		opts->resolv_conf = optarg;
		break;
	default:
		return -EINVAL;
	}
	return r;
}

static int parse_argv(int argc, char **argv, struct tries_opts *opts, char ***order)
{
	static const struct option options[] = {
		{ "protocol", required_argument, NULL, OPT_PROTOCOL },
		{ "order", required_argument, NULL, OPT_ORDER },
		{ "last", required_argument, NULL, OPT_LAST },
		{ "port", required_argument, NULL, OPT_PORT },
		{ "timeout-ms", required_argument, NULL, OPT_TIMEOUT },
		{ "resolv-conf", required_argument, NULL, OPT_RESOLV_CONF },
		{},
	};
	bool versioned = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		r = option(c, opts, order);
		if (r < 0)
			return r;
		versioned |= c == OPT_PROTOCOL;
	}
	if (!versioned)
		return -EPROTO;
	opts->order = *order;
	return *order && optind == argc ? 0 : -EINVAL;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Whether FD holds exactly these bytes. What cannot be read is another document. */
static bool same_as(int fd, const char *data, size_t len)
{
	_cleanup_free_ char *former = NULL;
	struct stat st;

	if (!len || fstat(fd, &st) < 0 || st.st_size != (off_t)len)
		return false;
	former = malloc(len);
	return former && pread(fd, former, len, 0) == (ssize_t)len && !memcmp(former, data, len);
}

static int report_found(const struct tries_result *found)
{
	char line[FETCH_LINE_MAX];
	bool same;
	int len, r;

	same = same_as(PROTOCOL_FD_FORMER, found->document.data, found->document.len);
	r = write_all(PROTOCOL_FD_DOCUMENT, found->document.data, found->document.len);
	if (r < 0)
		return log_error_errno(r, "Cannot hand the document on: %m");

	len = snprintf(line, sizeof(line), "identity 1 vm=%s env=%s document=%s from=%s\n",
		       found->id.vm, found->id.env, same ? "same" : "changed", found->from);
	return write_all(PROTOCOL_FD_EVENTS, line, (size_t)len);
}

/* As many tries as fit, each of them whole. */
static int report_none(const struct tries_result *found)
{
	const char *prefix = "none 1 tries=";
	size_t room = FETCH_LINE_MAX - strlen(prefix) - 2, len = found->failed.len;
	char line[FETCH_LINE_MAX];

	if (len > room)
		for (len = room; len && found->failed.data[len] != ';'; len--)
			;
	snprintf(line, sizeof(line), "%s%.*s\n", prefix, (int)len, found->failed.data);
	return write_all(PROTOCOL_FD_EVENTS, line, strlen(line));
}

static int run(struct tries *t)
{
	struct tries_result found;
	int r;

	r = tries_run(t, &found);
	if (r == 0) {
		r = report_found(&found) < 0 ? PROTOCOL_FAILED : PROTOCOL_SETTLED;
	} else if (r == -ENOMSG) {
		r = report_none(&found) < 0 ? PROTOCOL_FAILED : PROTOCOL_DEGRADED;
	} else {
		log_error_errno(r, "Cannot ask for the metadata document: %m");
		r = PROTOCOL_FAILED;
	}
	tries_result_done(&found);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_strv_ char **order = NULL;
	struct tries_opts opts = {
		.resolv_conf = "/etc/resolv.conf",
		.port = 80,
		.timeout = 5000000,
	};
	struct tries t;
	int r;

	log_set_name("envagent-fetch");
	r = parse_argv(argc, argv, &opts, &order);
	if (r == -EPROTO)
		return PROTOCOL_MISMATCH;
	if (r < 0) {
		log_error("This program is started by envagentd, with the options of "
			  "protocol " PROTOCOL_VERSION);
		return 2;
	}
	r = tries_prepare(&opts, &t);
	if (r < 0) {
		log_error_errno(r, "Cannot find out where to ask: %m");
		return PROTOCOL_FAILED;
	}
	r = sandbox_enter();
	if (r < 0) {
		log_error_errno(r, "Cannot enter the sandbox: %m");
		return PROTOCOL_FAILED;
	}
	return run(&t);
}

/* SPDX-License-Identifier: MIT */
/*
 * door-nm.c -- a profile of NetworkManager that changed comes into force
 *
 * One that has the UUID of the profile in force takes its place when the files are read, and is
 * then applied to the device as it runs: what both have stays there all the time. Another one has
 * to be brought up, which takes all addresses away for some 30 ms.
 */
#include <errno.h>
#include <string.h>

#include "agent/sys/door.h"

#define OURS "envagent-" /* in the names of our profiles; netplan puts words before it */
#define SUFFIX ".nmconnection"
#define ROWS_MAX (64u * 1024)

static const char *const dirs[] = {
	"/run/NetworkManager/system-connections",
	"/etc/NetworkManager/system-connections",
};

/* A row of door_nm; the words are no strings of their own. */
struct row {
	const char *uuid, *device, *name;
	size_t uuid_len, device_len;
};

void door_nm_done(struct door_nm *nm)
{
	free(nm->text);
	*nm = (struct door_nm){};
}

int door_nm_look(struct sys *sys, uint64_t timeout, struct door_nm *ret)
{
	static const char *const argv[] = { "nmcli",	  "-t",	  "-f",	      "UUID,DEVICE,NAME",
					    "connection", "show", "--active", NULL };
	struct sys_run_opts opts = { .timeout = timeout, .output_max = ROWS_MAX };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	r = sys_run(sys, (char *const *)argv, &opts, &out);
	/* without them each of ours is brought up */
	if (r != 0)
		return r == -ENOMEM || r == -ETIMEDOUT ? r : 0;
	ret->text = strdup(out.data ?: "");
	return ret->text ? 0 : -ENOMEM;
}

/* The row at *TEXT, which is then the next line; false at the end. */
static bool next_row(const char **text, struct row *ret)
{
	while (*text && **text) {
		const char *line = *text, *end = line + strcspn(line, "\n");
		const char *a = memchr(line, ':', end - line),
			   *b = a ? memchr(a + 1, ':', end - a - 1) : NULL;

		*text = end + (*end == '\n');
		if (!b)
			continue;
		*ret = (struct row){ .uuid = line,
				     .uuid_len = a - line,
				     .device = a + 1,
				     .device_len = b - a - 1,
				     .name = b + 1 };
		return true;
	}
	return false;
}

static bool is_ours(const char *name)
{
	size_t len = strcspn(name, "\n");
	const char *word = strstr(name, OURS);

	return word && word < name + len;
}

/* The UUID of the keyfile at PATH, owned; NULL if it names none. */
static char *uuid_of(struct sys *sys, const char *path)
{
	_cleanup_free_ char *text = NULL;
	const char *line;

	if (sys_read(sys, path, &text, NULL) < 0)
		return NULL;
	line = strstr(text, "\nuuid=");
	return line ? strndup(line + 6, strcspn(line + 6, "\n")) : NULL;
}

static int apply(struct sys *sys, const struct row *row, uint64_t timeout)
{
	_cleanup_free_ char *device = strndup(row->device, row->device_len);
	const char *argv[] = { "nmcli", "--wait", "15", "device", "reapply", device, NULL };

	return device ? door_run(sys, argv, NULL, timeout, NULL) : -ENOMEM;
}

/* By "id" or "uuid". A device that NetworkManager does not manage refuses, and needs no profile. */
static int bring_up(struct sys *sys, const char *by, const char *name, uint64_t timeout)
{
	const char *argv[] = { "nmcli", "--wait", "15", "connection", "up", by, name, NULL };
	int r;

	r = door_run(sys, argv, NULL, timeout, NULL);
	return r == -EIO ? 0 : r;
}

/* Our profile NAME in DIRS[AT]; one of an earlier folder is in force in its place. */
static bool is_followed(struct sys *sys, size_t at, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < at && !found; i++) {
		_cleanup_free_ char *path = str_printf("%s/%s" SUFFIX, dirs[i], name);

		found = path && sys_exists(sys, path);
	}
	return found;
}

/* Our profile NAME in DIR. */
static int follow_one(struct sys *sys, const char *dir, const char *name, uint64_t timeout,
		      const struct door_nm *before, char ***uuids)
{
	_cleanup_free_ char *path = str_printf("%s/%s" SUFFIX, dir, name);
	_cleanup_free_ char *uuid = path ? uuid_of(sys, path) : NULL;
	const char *text = before->text;
	struct row row;
	int r;

	if (uuid && strv_add(uuids, uuid) < 0)
		return -ENOMEM;
	while (uuid && next_row(&text, &row)) {
		if (row.uuid_len != strlen(uuid) || memcmp(row.uuid, uuid, row.uuid_len) != 0)
			continue;
		r = apply(sys, &row, timeout);
		if (r != -EIO)
			return r;
	}
	return bring_up(sys, "id", name, timeout);
}

static int follow_dir(struct sys *sys, size_t at, uint64_t timeout, const struct door_nm *before,
		      char ***uuids)
{
	_cleanup_strv_ char **names = NULL;
	int r = 0;

	if (sys_list(sys, dirs[at], &names) < 0)
		return 0;
	for (char **s = names; r >= 0 && s && *s; s++) {
		char *end = strstr(*s, SUFFIX);

		if (!is_ours(*s) || !end || end[strlen(SUFFIX)])
			continue;
		*end = '\0';
		if (!is_followed(sys, at, *s))
			r = follow_one(sys, dirs[at], *s, timeout, before, uuids);
	}
	return r;
}

int door_nm_follow(struct sys *sys, uint64_t timeout, const struct door_nm *before)
{
	_cleanup_strv_ char **uuids = NULL;
	const char *text = before->text;
	struct row row;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(dirs); i++)
		r = follow_dir(sys, i, timeout, before, &uuids);
	while (r >= 0 && next_row(&text, &row)) {
		_cleanup_free_ char *uuid = strndup(row.uuid, row.uuid_len);

		if (!is_ours(row.name) || (uuid && strv_contains(uuids, uuid)))
			continue;
		r = uuid ? apply(sys, &row, timeout) : -ENOMEM;
		if (r == -EIO) /* it says more than ours did, or there is none */
			r = bring_up(sys, "uuid", uuid, timeout);
	}
	return r;
}

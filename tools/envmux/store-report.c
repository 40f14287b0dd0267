/* SPDX-License-Identifier: MIT */
/* store-report.c -- what "envmux check-state" says of a journal and of what it makes */
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/store-part.h"

struct count {
	const struct store *s;
	size_t n[_STORE_KIND_MAX], members;
	char wrong[768]; /* the first thing that does not fit together; "" if all does */
};

static void check_member(struct count *c, const char *pool, struct json_object *member)
{
	const char *name = "?", *partition = "?", *address = "", *have = "";
	char node[256], path[768];
	_cleanup_json_ struct json_object *obj = NULL;
	unsigned port;

	c->members++;
	(void)json_get_str(member, "name", &name);
	(void)json_get_str(member, "partition", &partition);
	(void)json_get_str(member, "address", &address);
	if (object_member_split(name, node, &port) < 0)
		*node = '\0';
	snprintf(path, sizeof(path), "/%s/%s", partition, node);
	obj = part_find(c->s, STORE_NODE, path);
	if (obj)
		(void)json_get_str(obj, "address", &have);
	if ((!obj || strcmp(address, have) != 0) && !*c->wrong)
		snprintf(c->wrong, sizeof(c->wrong), "member %.100s of %.200s has no node %.200s",
			 name, pool, path);
}

static void check_node(struct count *c, const char *path, struct json_object *node)
{
	const char *address = "", *holder = "";

	(void)json_get_str(node, "address", &address);
	(void)json_get_str(c->s->addresses, address, &holder);
	if (strcmp(holder, path) != 0 && !*c->wrong)
		snprintf(c->wrong, sizeof(c->wrong),
			 "%.100s is the address of %.180s and of %.180s", address, path, holder);
}

static void check_pool(struct count *c, const char *path, struct json_object *pool)
{
	struct json_object *members;

	if (json_get_arr(pool, "members", &members) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(members); i++)
		check_member(c, path, json_object_array_get_idx(members, i));
}

static void check_shelf(struct count *c, enum store_kind kind, const struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->n; i++) {
		_cleanup_json_ struct json_object *obj = row_open(shelf->rows[i]);

		c->n[kind]++;
		if (kind == STORE_NODE)
			check_node(c, shelf->rows[i], obj);
		if (kind == STORE_POOL)
			check_pool(c, shelf->rows[i], obj);
	}
}

static char *damage(const char *dir, int r, const struct journal_report *report)
{
	if (r == -EBADMSG)
		return str_printf(
			"%s/journal: damaged at byte %zu, behind %zu good records; keep a "
			"copy and restore it from a backup",
			dir, report->damaged_at, report->records);
	return str_printf("%s/journal: %s", dir, strerror(-r));
}

int part_report(const struct store *s, const char *dir, int r, const struct journal_report *report,
		char **ret_text)
{
	struct count c = { .s = s };
	char tail[128] = "whole";

	if (r < 0) {
		*ret_text = damage(dir, r, report);
		return r;
	}
	for (size_t i = 0; i < s->n_parts; i++) {
		for (unsigned k = 0; k < _STORE_KIND_MAX; k++)
			check_shelf(&c, k, &s->parts[i]->kinds[k]);
	}
	if (*c.wrong) {
		*ret_text = str_printf("%s/journal: %s; restore it from a backup", dir, c.wrong);
		return -EBADMSG;
	}
	if (report->torn)
		snprintf(tail, sizeof(tail),
			 "%zu bytes at its end are of a change that was never acknowledged",
			 report->torn);
	*ret_text =
		str_printf("%s/journal: %zu records, %zu bytes, generation %lld: %zu partitions, "
			   "%zu pools, %zu members, %zu nodes; %s",
			   dir, report->records, report->bytes, (long long)s->generation,
			   c.n[STORE_PARTITION], c.n[STORE_POOL], c.members, c.n[STORE_NODE], tail);
	return *ret_text ? 0 : -ENOMEM;
}

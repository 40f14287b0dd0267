/* SPDX-License-Identifier: MIT */
/* api-query.c -- the query of a request: $filter, $top and $skip, ver */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "tools/envmux/api-query.h"

/* ---- $filter ---- */

/* "KEY eq VALUE", the value bare or in quotes; ended where the next one begins. */
static int clause_read(struct filter *f, char *text)
{
	char *eq = strstr(text, " eq "), *value;
	size_t n;

	if (!eq || f->n == FILTER_CLAUSES)
		return -EINVAL;
	*eq = '\0';
	value = eq + 4;
	n = strlen(value);
	if (n >= 2 && (*value == '\'' || *value == '"') && value[n - 1] == *value) {
		value[n - 1] = '\0';
		value++;
	}
	if (!*text || strpbrk(text, " '\"") || !*value)
		return -EINVAL;
	f->clauses[f->n].key = text;
	f->clauses[f->n++].value = value;
	if (!strcmp(text, "partition") && !f->partition)
		f->partition = value;
	else
		f->others = true;
	return 0;
}

static int clauses_read(struct filter *f)
{
	char *text = f->text, *next;
	int r = 0;

	for (; r == 0 && text; text = next) {
		next = strstr(text, " and ");
		if (next) {
			*next = '\0';
			next += 5;
		}
		r = clause_read(f, text);
	}
	return r;
}

int filter_read(struct api *api, const struct api_request *req, struct filter *ret,
		struct api_reply *reply)
{
	const char *text = req->arg(req->userdata, "$filter");
	_cleanup_json_ struct json_object *partition = NULL;
	_cleanup_free_ char *folder = NULL;

	if (!text)
		return 0;
	ret->text = strdup(text);
	if (!ret->text || clauses_read(ret) < 0) {
		reply_error(reply, 400, "expected $filter=PROPERTY eq VALUE [and ...]", 1);
		return -EINVAL;
	}
	if (!ret->partition)
		return 0;
	partition = store_get(api->store, STORE_PARTITION, NULL, ret->partition);
	if (partition)
		return 0;
	folder = str_printf("/%.200s", ret->partition);
	reply_absent(reply, "folder", folder ?: "/");
	return -ENOENT;
}

bool filter_fits(const struct filter *filter, struct json_object *rendered)
{
	for (size_t i = 0; i < filter->n; i++) {
		struct json_object *v = NULL;

		/* Where to look was chosen by it; what lies there need not say it. */
		if (!strcmp(filter->clauses[i].key, "partition") &&
		    !strcmp(filter->clauses[i].value, filter->partition))
			continue;
		if (!json_object_object_get_ex(rendered, filter->clauses[i].key, &v) || !v ||
		    strcmp(json_object_get_string(v), filter->clauses[i].value) != 0)
			return false;
	}
	return true;
}

void filter_done(struct filter *filter)
{
	free(filter->text);
	*filter = (struct filter){};
}

/* ---- pages ---- */

struct page page_of(const struct api_request *req)
{
	const char *skip = req->arg(req->userdata, "$skip");
	const char *top = req->arg(req->userdata, "$top");

	return (struct page){
		.wanted = skip || top,
		.skip = skip ? strtoul(skip, NULL, 10) : 0,
		.top = top ? strtoul(top, NULL, 10) : SIZE_MAX,
	};
}

bool page_takes(struct page *page)
{
	size_t at = page->total++;

	return at >= page->skip && at - page->skip < page->top;
}

/*
 * The fields are those of the user guide; nobody states their exact form. "items" is always there,
 * for clients read on until it is empty.
 */
int page_tell(const struct page *page, const char *uri, struct json_object *o)
{
	_cleanup_free_ char *next = NULL;
	struct json_object *items = NULL;
	size_t n = 0, top;
	int r = 0;

	if (!page->wanted)
		return 0;
	if (json_get_arr(o, "items", &items) == 0)
		n = json_object_array_length(items);
	else
		r = json_set(o, "items", json_object_new_array());
	top = page->top && page->top < page->total ? page->top : page->total ?: 1;
	if (r == 0)
		r = json_set_int(o, "currentItemCount", (int64_t)n)
			    ?: json_set_int(o, "itemsPerPage", (int64_t)top);
	if (r == 0)
		r = json_set_int(o, "pageIndex", (int64_t)(page->skip / top + 1))
			    ?: json_set_int(o, "startIndex", (int64_t)page->skip + 1);
	if (r == 0)
		r = json_set_int(o, "totalItems", (int64_t)page->total)
			    ?: json_set_int(o, "totalPages",
					    (int64_t)((page->total + top - 1) / top));
	if (r < 0 || n == 0 || page->skip + n >= page->total)
		return r;
	next = str_printf("https://localhost/mgmt/tm/%s?$top=%zu&$skip=%zu&ver=" API_VERSION, uri,
			  top, page->skip + n);
	return next ? json_set_str(o, "nextLink", next) : -ENOMEM;
}

/* ---- links ---- */

int query_link(const struct api_request *req, const char *uri, struct json_object *o)
{
	static const char *const names[] = { "$filter", "$select", "$top", "$skip",
					     "expandSubcollections" };
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "https://localhost/mgmt/tm/%s?", uri);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = req->arg(req->userdata, names[i]);

		if (!value)
			continue;
		buf_addf(&b, "%s=", names[i]);
		for (; *value; value++) {
			if (isalnum((unsigned char)*value) || strchr("-._~/,:", *value))
				buf_addc(&b, *value);
			else if (*value == ' ')
				buf_addc(&b, '+');
			else
				buf_addf(&b, "%%%02X", (unsigned char)*value);
		}
		buf_addc(&b, '&');
	}
	buf_adds(&b, "ver=" API_VERSION);
	return b.error ?: json_set_str(o, "selfLink", b.data);
}

static bool version_valid(const char *ver)
{
	size_t n = strlen(ver);

	return n > 0 && n < 16 && isdigit((unsigned char)*ver) && strspn(ver, "0123456789.") == n;
}

static int links_follow(struct json_object *o, const char *ver);

static int link_follows(const char *key, struct json_object *value, const char *ver)
{
	const char *text;
	size_t n, end = strlen("ver=" API_VERSION);
	_cleanup_free_ char *link = NULL;

	/* A queued command's body is the client's own. */
	if (!strcmp(key, "body"))
		return 0;
	if (!json_object_is_type(value, json_type_string))
		return links_follow(value, ver);
	text = json_object_get_string(value);
	n = strlen(text);
	if (strncmp(text, "https://localhost/mgmt/", 23) != 0 || n < end ||
	    strcmp(text + n - end, "ver=" API_VERSION) != 0)
		return 0;
	link = str_printf("%.*sver=%s", (int)(n - end), text, ver);
	return link && json_object_set_string(value, link) ? 0 : -ENOMEM;
}

static int links_follow(struct json_object *o, const char *ver)
{
	int r = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; r == 0 && i < json_object_array_length(o); i++)
			r = links_follow(json_object_array_get_idx(o, i), ver);
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach (o, key, value)
			r = r ?: link_follows(key, value, ver);
	}
	return r;
}

int query_version(const struct api_request *req, struct json_object *body)
{
	const char *ver = req->arg(req->userdata, "ver");

	if (!ver || !body || !version_valid(ver) || !strcmp(ver, API_VERSION))
		return 0;
	return links_follow(body, ver);
}

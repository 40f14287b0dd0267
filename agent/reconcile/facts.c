/* SPDX-License-Identifier: MIT */
/* facts.c -- the store of facts: sorted by name, each with its source */
#include "agent/reconcile/facts.h"

#include <errno.h>
#include <string.h>

#include "agent/base/nearest.h"

struct facts {
	struct fact *facts; /* sorted by name */
	size_t n, size;
	char *source; /* of the facts added next */
	uint64_t time;
};

#define FACT_NAME_MAX 64

static const char *const standard[] = {
	"base_domain", "config_id", "configuration_user_data",
	"credentials", "domain",    "fqdn",
	"hostname",    "hosts",	    "interfaces",
	"labels",      "leader",    "nat",
	"roles",       "services",  "user_data",
	"vm_id",       "vm_name",
};

bool facts_standard(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(standard); i++)
		if (strcmp(name, standard[i]) == 0)
			return true;
	return false;
}

bool facts_name_valid(const char *name)
{
	if (*name < 'a' || *name > 'z' || strlen(name) > FACT_NAME_MAX)
		return false;
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void fact_done(struct fact *fact)
{
	free(fact->name);
	json_object_put(fact->value);
	free(fact->source);
	free(fact->path);
	free(fact->why);
}

int facts_new(struct facts **ret)
{
	_cleanup_(facts_freep) struct facts *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->source = strdup("");
	if (!f->source)
		return -ENOMEM;
	*ret = TAKE_PTR(f);
	return 0;
}

void facts_free(struct facts *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		fact_done(&f->facts[i]);
	free(f->facts);
	free(f->source);
	free(f);
}

int facts_source(struct facts *f, const char *source, uint64_t time)
{
	char *copy = strdup(source);

	if (!copy)
		return -ENOMEM;
	free(f->source);
	f->source = copy;
	f->time = time;
	return 0;
}

/* Where NAME is, or would go; *RET_FOUND says which. */
static size_t find(const struct facts *f, const char *name, bool *ret_found)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int cmp = strcmp(f->facts[mid].name, name);

		if (cmp == 0) {
			*ret_found = true;
			return mid;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*ret_found = false;
	return lo;
}

static int copy_opt(const char *s, char **ret)
{
	if (!s)
		return 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

/* Takes over what FACT owns, also on failure. */
static int put(struct facts *f, struct fact *fact)
{
	bool found;
	size_t i = find(f, fact->name, &found);

	if (found) {
		fact_done(&f->facts[i]);
		f->facts[i] = *fact;
		return 0;
	}
	if (f->n == f->size) {
		size_t size = f->size ? f->size * 2 : 32;
		struct fact *grown = realloc(f->facts, size * sizeof(*grown));

		if (!grown) {
			fact_done(fact);
			return -ENOMEM;
		}
		f->facts = grown;
		f->size = size;
	}
	memmove(&f->facts[i + 1], &f->facts[i], (f->n - i) * sizeof(*fact));
	f->facts[i] = *fact;
	f->n++;
	return 0;
}

/* The one door: VALUE is taken over, also on failure. */
static int add(struct facts *f, const char *name, enum fact_state state, const char *path,
	       struct json_object *value, bool secret, const char *why)
{
	struct fact fact = { .state = state, .value = value, .secret = secret, .time = f->time };
	int r;

	if (!facts_name_valid(name)) {
		json_object_put(value);
		return -EINVAL;
	}
	if ((r = copy_opt(name, &fact.name)) < 0 || (r = copy_opt(f->source, &fact.source)) < 0 ||
	    (r = copy_opt(path, &fact.path)) < 0 || (r = copy_opt(why, &fact.why)) < 0) {
		fact_done(&fact);
		return r;
	}
	return put(f, &fact);
}

int facts_set(struct facts *f, const char *name, const char *path, struct json_object *value)
{
	return value ? add(f, name, FACT_VALUE, path, value, false, NULL) : -ENOMEM;
}

int facts_set_str(struct facts *f, const char *name, const char *path, const char *value)
{
	return facts_set(f, name, path, json_object_new_string(value));
}

int facts_set_secret(struct facts *f, const char *name, const char *path, struct json_object *value)
{
	return value ? add(f, name, FACT_VALUE, path, value, true, NULL) : -ENOMEM;
}

int facts_set_absent(struct facts *f, const char *name, const char *why)
{
	return add(f, name, FACT_ABSENT, NULL, NULL, false, why);
}

int facts_set_unknown(struct facts *f, const char *name, const char *why)
{
	return add(f, name, FACT_UNKNOWN, NULL, NULL, false, why);
}

const struct fact *facts_get(const struct facts *f, const char *name)
{
	bool found;
	size_t i = find(f, name, &found);

	return found ? &f->facts[i] : NULL;
}

struct json_object *facts_value(const struct facts *f, const char *name)
{
	const struct fact *fact = facts_get(f, name);

	return fact && fact->state == FACT_VALUE ? fact->value : NULL;
}

const char *facts_str(const struct facts *f, const char *name)
{
	struct json_object *value = facts_value(f, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

const char *facts_why(const struct facts *f, const char *name)
{
	const struct fact *fact = facts_get(f, name);

	if (!fact)
		return "no such fact";
	return fact->state != FACT_VALUE && fact->why ? fact->why : "";
}

size_t facts_count(const struct facts *f)
{
	return f->n;
}

const struct fact *facts_at(const struct facts *f, size_t i)
{
	return i < f->n ? &f->facts[i] : NULL;
}

const char *facts_nearest(const struct facts *f, const char *name)
{
	struct nearest nearest = NEAREST_INIT(name);

	for (size_t i = 0; i < f->n; i++)
		nearest_offer(&nearest, f->facts[i].name);
	return nearest.best;
}

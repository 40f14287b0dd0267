/* SPDX-License-Identifier: MIT */
/* fault.c -- the knobs: how skysim misbehaves when a test asks for it */
#include "tools/skysim/fault.h"

#include <errno.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"
#include "tools/skysim/shape.h"

static const char *const words[] = { "none", "refuse",	  "hang", "slow",     "html",	  "empty",
				     "half", "truncated", "huge", "other-vm", "null-url", "no-url",
				     "404",  "423",	  "429",  "500",      "503" };

#define BIT(v) (1u << (v))
/* What any HTTP server can do wrong. */
#define SERVER_FAULTS                                                                  \
	(BIT(FAULT_NONE) | BIT(FAULT_REFUSE) | BIT(FAULT_HANG) | BIT(FAULT_SLOW) |     \
	 BIT(FAULT_HTML) | BIT(FAULT_EMPTY) | BIT(FAULT_HALF) | BIT(FAULT_TRUNCATED) | \
	 BIT(FAULT_404) | BIT(FAULT_500) | BIT(FAULT_503))

static const struct {
	const char *name;
	unsigned values;
} knobs[] = {
	{ "metadata", SERVER_FAULTS | BIT(FAULT_HUGE) | BIT(FAULT_OTHER_VM) | BIT(FAULT_NULL_URL) |
			      BIT(FAULT_NO_URL) },
	{ "rest", SERVER_FAULTS | BIT(FAULT_423) | BIT(FAULT_429) },
};

static int find_knob(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++)
		if (!strcmp(knobs[i].name, name))
			return (int)i;
	return -EINVAL;
}

static int find_value(int knob, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if ((knobs[knob].values & BIT(i)) && !strcmp(words[i], value))
			return (int)i;
	return -EINVAL;
}

static char *no_value(int knob, const char *value)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_addf(&b, "%s=%.40s is none of", knobs[knob].name, value);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (knobs[knob].values & BIT(i))
			buf_addf(&b, " %s", words[i]);
	return buf_take(&b);
}

static void drop(struct faults *f, size_t i)
{
	f->n--;
	memmove(&f->rows[i], &f->rows[i + 1], (f->n - i) * sizeof(f->rows[0]));
}

static struct fault_row *find_row(struct faults *f, int knob, const char *vm)
{
	for (size_t i = 0; i < f->n; i++)
		if ((int)f->rows[i].knob == knob && !strcmp(f->rows[i].vm, vm))
			return &f->rows[i];
	return NULL;
}

int fault_set(struct faults *f, const char *knob, const char *value, const char *vm, long times,
	      char **ret_error)
{
	int k = find_knob(knob), v = k < 0 ? k : find_value(k, value);
	struct fault_row *row;

	if (v < 0) {
		*ret_error = k < 0 ? str_printf("unknown knob %.40s", knob) : no_value(k, value);
		return -EINVAL;
	}
	if (*vm && !id_valid(vm)) {
		*ret_error = str_printf("vm=%.40s is no VM's id", vm);
		return -EINVAL;
	}
	f->generation++;
	row = find_row(f, k, vm);
	if (v == FAULT_NONE) {
		if (row)
			drop(f, (size_t)(row - f->rows));
		return 0;
	}
	if (!row && f->n == FAULT_ROWS_MAX) {
		*ret_error = str_printf("more than %d knobs are set", FAULT_ROWS_MAX);
		return -ENOSPC;
	}
	if (!row)
		row = &f->rows[f->n++];
	*row = (struct fault_row){ .knob = (unsigned)k, .value = v, .left = times };
	snprintf(row->vm, sizeof(row->vm), "%s", vm);
	return 0;
}

void fault_clear(struct faults *f)
{
	f->generation++;
	f->n = 0;
}

enum fault fault_take(struct faults *f, const char *knob, const char *vm)
{
	int k = find_knob(knob);
	struct fault_row *row = vm ? find_row(f, k, vm) : NULL;
	enum fault value;

	if (!row)
		row = find_row(f, k, "");
	if (!row)
		return FAULT_NONE;
	value = row->value;
	if (row->left > 0 && --row->left == 0)
		drop(f, (size_t)(row - f->rows));
	return value;
}

struct json_object *fault_show(const struct faults *f)
{
	_cleanup_json_ struct json_object *arr = json_object_new_array();

	for (size_t i = 0; arr && i < f->n; i++) {
		const struct fault_row *row = &f->rows[i];
		struct fill o = fill_from(NULL);

		fill_str(&o, "knob", knobs[row->knob].name);
		fill_str(&o, "value", words[row->value]);
		fill_str(&o, "vm", *row->vm ? row->vm : NULL);
		fill_int(&o, "left", row->left);
		if (json_append(arr, fill_done(&o)) < 0)
			return NULL;
	}
	return TAKE_PTR(arr);
}

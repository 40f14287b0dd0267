/* SPDX-License-Identifier: MIT */
/* journal.c -- events worth finding, with fields, where the journal listens */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "agent/journal.h"

#include <stdarg.h>
#include <string.h>
#include <sys/uio.h>

#include <systemd/sd-journal.h>

#include "agent/base/buf.h"

static const char *const ids[_JOURNAL_MAX] = {
	[JOURNAL_STATE] = "4b1f0e6a0c8c4d5b9c6f8f1a3d27b9e1",
	[JOURNAL_IDENTITY] = "9d3a5c72e8f44b61a0b7d6c1e25f8034",
	[JOURNAL_CHANGE] = "c27e91f4b3a84d0f8e6512d9a7b0c3f5",
	[JOURNAL_CHILD] = "0f8d6b2e57c3491ab4e9d13c8a70f562",
	[JOURNAL_CONFIG] = "e6a4c0d1928b4f7395d8b1f06e3c7a2d",
};

static void sink(int level, const char *text)
{
	sd_journal_print(level, "%s", text);
}

bool journal_open(void)
{
	if (!log_to_journal())
		return false;
	log_set_sink(sink);
	return true;
}

#define FIELDS_MAX 8

struct record {
	struct iovec at[FIELDS_MAX];
	int n;
};

static void field(struct record *r, const char *name, const char *value)
{
	char *text = value && *value ? str_printf("%s=%s", name, value) : NULL;

	if (text)
		r->at[r->n++] = (struct iovec){ text, strlen(text) };
}

static void send_record(enum journal_kind kind, int level, const struct journal_fields *fields,
			const char *message)
{
	const char priority[] = { (char)('0' + level), '\0' };
	struct record r = {};

	field(&r, "MESSAGE", message);
	field(&r, "MESSAGE_ID", ids[kind]);
	field(&r, "PRIORITY", priority);
	field(&r, "ENVAGENT_MODULE", fields->module);
	field(&r, "ENVAGENT_STATE", fields->state);
	field(&r, "ENVAGENT_VM", fields->vm);
	field(&r, "ENVAGENT_ENV", fields->env);
	sd_journal_sendv(r.at, r.n);
	for (int i = 0; i < r.n; i++)
		free(r.at[i].iov_base);
}

void journal_event(bool journal, enum journal_kind kind, int level,
		   const struct journal_fields *fields, const char *fmt, ...)
{
	char message[2560];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(message, sizeof(message), fmt, ap) < 0)
		message[0] = '\0';
	va_end(ap);

	if (journal)
		send_record(kind, level, fields, message);
	else
		log_full(level, 0, "%s", message);
}

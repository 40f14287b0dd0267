/* SPDX-License-Identifier: MIT */
/* bus.c -- jobs of systemd and their ends, over D-Bus */
#include "agent/sys/bus.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static uint64_t left(const struct bus *b)
{
	uint64_t t = sys_now_monotonic();

	return t < b->until ? b->until - t : 0;
}

/* Comes for every job of the machine; ours is the one whose path we were given. */
static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *path, *unit, *result;
	struct bus *b = userdata;
	uint32_t id;

	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 && b->job &&
	    !b->result && !strcmp(path, b->job))
		b->result = strdup(result);
	return 0;
}

int bus_open(struct bus *b, uint64_t timeout)
{
	_cleanup_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	*b = (struct bus){ .until = sys_now_monotonic() + timeout };
	r = sd_bus_open_system(&b->bus);
	if (r < 0)
		return r;
	/* 0 would mean the default */
	r = sd_bus_set_method_call_timeout(b->bus, left(b) ?: 1);
	if (r < 0)
		return r;
	r = sd_bus_match_signal(b->bus, &b->slot, BUS_NAME, BUS_PATH, BUS_MANAGER, "JobRemoved",
				on_job_removed, b);
	if (r < 0)
		return r;
	/* without subscribers the manager sends no signals */
	return sd_bus_call_method(b->bus, BUS_NAME, BUS_PATH, BUS_MANAGER, "Subscribe", &error,
				  NULL, NULL);
}

void bus_done(struct bus *b)
{
	sd_bus_slot_unref(b->slot);
	sd_bus_flush_close_unref(b->bus);
	free(b->job);
	free(b->result);
	*b = (struct bus){};
}

int bus_start_job(struct bus *b, sd_bus_message *m, char **ret_words)
{
	_cleanup_error_ sd_bus_error error = SD_BUS_ERROR_NULL;
	_cleanup_message_ sd_bus_message *reply = NULL;
	const char *path;
	int r;

	if (!left(b))
		return -ETIMEDOUT;
	r = sd_bus_call(b->bus, m, left(b), &error, &reply);
	if (r < 0) {
		if (ret_words && error.message)
			*ret_words = strdup(error.message);
		if (sd_bus_error_has_name(&error, BUS_NAME ".NoSuchUnit"))
			return -ENOENT;
		return r == -ETIMEDOUT || r == -EACCES || r == -EPERM ? r : -EIO;
	}
	r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return r;
	b->job = strdup(path);
	return b->job ? 0 : -ENOMEM;
}

int bus_wait(struct bus *b, int fd)
{
	struct pollfd p[2] = { { .fd = sd_bus_get_fd(b->bus) }, { .fd = fd, .events = POLLIN } };
	uint64_t wait;
	int events, r;

	do {
		r = sd_bus_process(b->bus, NULL);
	} while (r > 0);
	if (r < 0)
		return r;
	if (b->result)
		return 1;
	wait = left(b);
	if (!wait)
		return -ETIMEDOUT;
	events = sd_bus_get_events(b->bus);
	if (events < 0)
		return events;
	p[0].events = events;
	if (poll(p, 2, (wait + 999) / 1000) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* bus.c -- jobs of systemd and their ends, over D-Bus */
#include "agent/sys/bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

static uint64_t left(const struct bus *b)
{
	uint64_t t = sys_now_monotonic();

	return t < b->until ? b->until - t : 0;
}

/* RTLD_NODELETE: a library with threads and exit handlers of its own stays once it is there. */
static int load(struct bus *b)
{
	void *library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library)
		return -ELIBACC;
#define X(name) b->sd.name = (__typeof__(b->sd.name))dlsym(library, "sd_bus_" #name);
	BUS_FUNCTIONS(X)
#undef X
#define X(name) &&b->sd.name
	if (!(true BUS_FUNCTIONS(X))) {
		dlclose(library);
		return -ELIBACC;
	}
#undef X
	b->library = library;
	return 0;
}

/* Comes for every job of the machine; ours is the one whose path we were given. */
static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	const char *path, *unit, *result;
	struct bus *b = userdata;
	uint32_t id;

	if (b->sd.message_read(m, "uoss", &id, &path, &unit, &result) >= 0 && b->job &&
	    !b->result && !strcmp(path, b->job))
		b->result = strdup(result);
	return 0;
}

static int work_off(struct bus *b)
{
	int r;

	do {
		r = b->sd.process(b->bus, NULL);
	} while (r > 0);
	return r;
}

/* Until something comes on the bus or on FD, or the time is up: that is an error. */
static int wait_for(struct bus *b, int fd)
{
	struct pollfd p[2] = { { .fd = b->sd.get_fd(b->bus) }, { .fd = fd, .events = POLLIN } };
	uint64_t wait = left(b);
	int events;

	if (!wait)
		return -ETIMEDOUT;
	events = b->sd.get_events(b->bus);
	if (events < 0)
		return events;
	p[0].events = (short)events;
	if (poll(p, 2, (int)((wait + 999) / 1000)) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

/* A call to a bus that does not greet back waits for that as long as the library likes: 90 s. */
static int await_greeting(struct bus *b)
{
	int r;

	for (;;) {
		r = work_off(b);
		if (r < 0)
			return r;
		r = b->sd.is_ready(b->bus);
		if (r != 0)
			return r;
		r = wait_for(b, -1);
		if (r < 0)
			return r;
	}
}

int bus_open(struct bus *b, uint64_t timeout)
{
	int r;

	*b = (struct bus){ .until = sys_now_monotonic() + timeout };
	r = load(b);
	if (r < 0)
		return r;
	r = b->sd.open_system(&b->bus);
	if (r >= 0)
		r = await_greeting(b);
	if (r < 0)
		return r;
	/* 0 would mean the default */
	r = b->sd.set_method_call_timeout(b->bus, left(b) ?: 1);
	if (r < 0)
		return r;
	r = b->sd.match_signal(b->bus, &b->slot, BUS_NAME, BUS_PATH, BUS_MANAGER, "JobRemoved",
			       on_job_removed, b);
	if (r < 0)
		return r;
	/* without subscribers the manager sends no signals */
	return b->sd.call_method(b->bus, BUS_NAME, BUS_PATH, BUS_MANAGER, "Subscribe", &b->error,
				 NULL, NULL);
}

void bus_done(struct bus *b)
{
	if (!b->library)
		return;
	b->sd.message_unref(b->message);
	b->sd.error_free(&b->error);
	b->sd.slot_unref(b->slot);
	/* not flushed: every call of ours was waited for, and a bus that hangs would be, too */
	b->sd.close(b->bus);
	b->sd.unref(b->bus);
	free(b->job);
	free(b->result);
	dlclose(b->library);
	*b = (struct bus){};
}

int bus_begin_job(struct bus *b, const char *method)
{
	return b->sd.message_new_method_call(b->bus, &b->message, BUS_NAME, BUS_PATH, BUS_MANAGER,
					     method);
}

int bus_start_job(struct bus *b, char **ret_words)
{
	sd_bus_message *reply = NULL;
	const char *path;
	int r;

	if (!left(b))
		return -ETIMEDOUT;
	b->sd.error_free(&b->error);
	r = b->sd.call(b->bus, b->message, left(b), &b->error, &reply);
	if (r < 0) {
		if (ret_words && b->error.message)
			*ret_words = strdup(b->error.message);
		if (b->sd.error_has_name(&b->error, BUS_NAME ".NoSuchUnit"))
			return -ENOENT;
		return r == -ETIMEDOUT || r == -EACCES || r == -EPERM ? r : -EIO;
	}
	r = b->sd.message_read(reply, "o", &path);
	if (r >= 0)
		b->job = strdup(path);
	b->sd.message_unref(reply);
	return r < 0 ? r : b->job ? 0 : -ENOMEM;
}

int bus_wait(struct bus *b, int fd)
{
	int r;

	r = work_off(b);
	if (r < 0)
		return r;
	return b->result ? 1 : wait_for(b, fd);
}

/* SPDX-License-Identifier: MIT */
/* watch.c -- the files that the supervisor watches, and when it says that one has changed */
#include "agent/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent/base/cleanup.h"
#include "agent/base/protocol.h"

#define REST_USEC UINT64_C(300000)
#define FREE 5			     /* so many in a row are told after that time */
#define CALM_USEC UINT64_C(60000000) /* so long without news, and a new row begins */

struct file {
	char *path;
	char module[32];
	uint64_t stamp; /* as it is known */
	bool fresh;	/* of the pass that runs */
};

struct watch {
	struct sys *sys;
	int notify;
	sd_event_source *io, *rest;
	bool paused, resting;
	uint64_t told;	/* when there was news last (monotonic usec) */
	uint64_t pause; /* usec: the last one that was waited for */
	unsigned row;	/* how often there was news in a row */
	struct file *files;
	size_t n;
	uint64_t config; /* hash of the configuration as it is known */
	void (*changed)(void *userdata, enum watch_what what);
	void *userdata;
};

/* Where the configuration is: files of these directories whose names end in ".conf". */
static const char *const config_dirs[] = {
	"/usr/lib/envagent",
	"/usr/lib/envagent/envagent.conf.d",
	"/etc/envagent",
	"/etc/envagent/envagent.conf.d",
};

static void file_done(struct file *f)
{
	free(f->path);
}

static uint64_t stamp_of(const struct watch *w, const char *path)
{
	uint64_t stamp;

	return sys_stamp(w->sys, path, &stamp) < 0 ? 0 : stamp;
}

static uint64_t config_hash(const struct watch *w)
{
	uint64_t h = 0;

	for (size_t i = 0; i < ARRAY_SIZE(config_dirs); i++) {
		_cleanup_strv_ char **names = NULL;

		if (sys_list(w->sys, config_dirs[i], &names) < 0)
			continue;
		for (char **p = names; *p; p++) {
			size_t len = strlen(*p);
			_cleanup_free_ char *path = NULL;

			if (len < 5 || strcmp(*p + len - 5, ".conf") != 0)
				continue;
			path = str_printf("%s/%s", config_dirs[i], *p);
			for (const char *c = path; c && *c; c++)
				h = h * 31 + (unsigned char)*c;
			h = h * 31 + (path ? stamp_of(w, path) : 0);
		}
	}
	return h;
}

/* Watches DIR, or if it is not there the one that it is to appear in. */
static void watch_dir(struct watch *w, const char *dir)
{
	_cleanup_free_ char *at = strdup(dir);

	while (at && *at && sys_notify_add(w->sys, w->notify, at) < 0) {
		char *slash = strrchr(at, '/');

		if (slash == at)
			return;
		*slash = '\0';
	}
}

static void watch_dirs(struct watch *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(config_dirs); i++)
		watch_dir(w, config_dirs[i]);
	for (size_t i = 0; i < w->n; i++) {
		_cleanup_free_ char *dir = strdup(w->files[i].path);
		char *slash = dir ? strrchr(dir, '/') : NULL;

		if (!slash)
			continue;
		slash[slash == dir] = '\0';
		watch_dir(w, dir);
	}
}

/* Something may have happened: it is looked at when all has been quiet for a while. */
static void arm(struct watch *w)
{
	if (w->resting || w->paused)
		return;
	if (sys_now_monotonic() - w->told > CALM_USEC + 2 * w->pause)
		w->row = 0;
	w->pause = REST_USEC;
	for (unsigned i = FREE; i < w->row && w->pause < WATCH_PAUSE_MAX; i++)
		w->pause *= 2;
	w->resting = true;
	sd_event_source_set_time_relative(w->rest, w->pause);
	sd_event_source_set_enabled(w->rest, SD_EVENT_ONESHOT);
}

static bool files_differ(const struct watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (stamp_of(w, w->files[i].path) != w->files[i].stamp)
			return true;
	return false;
}

static void drain(struct watch *w)
{
	char block[4096];

	while (read(w->notify, block, sizeof(block)) > 0)
		;
}

static int on_notice(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct watch *w = userdata;

	drain(w);
	arm(w);
	return 0;
}

static int on_rest(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct watch *w = userdata;
	bool config, files;

	w->resting = false;
	if (w->paused)
		return 0;
	watch_dirs(w); /* one may have come to be, or be another one than it was */
	config = config_hash(w) != w->config;
	files = files_differ(w);
	if (!config && !files)
		return 0; /* somebody else's files in the same place */
	w->row++;
	w->told = sys_now_monotonic();
	if (config)
		w->changed(w->userdata, WATCH_CONFIG);
	if (files)
		w->changed(w->userdata, WATCH_FILE);
	return 0;
}

void watch_config(struct watch *w)
{
	if (w)
		w->config = config_hash(w);
}

void watch_begin(struct watch *w)
{
	if (!w)
		return;
	w->paused = true;
	sd_event_source_set_enabled(w->io, SD_EVENT_OFF);
	for (size_t i = 0; i < w->n; i++)
		w->files[i].fresh = false;
}

int watch_add(struct watch *w, const struct event *ev)
{
	struct file *grown;
	char *end;

	if (!w)
		return 0;
	if (ev->reason[0] != '/' || !ev->next[0])
		return -EBADMSG;
	/* what is there already is of the pass before */
	if (w->n >= 2 * WATCH_MAX)
		return -ENOSPC;
	grown = reallocarray(w->files, w->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	w->files = grown;
	grown[w->n] = (struct file){ .path = strdup(ev->reason), .fresh = true };
	if (!grown[w->n].path)
		return -ENOMEM;
	memcpy(grown[w->n].module, ev->module, sizeof(ev->module));
	grown[w->n].stamp = strtoull(ev->next, &end, 16);
	if (*end) {
		free(grown[w->n].path);
		return -EBADMSG;
	}
	w->n++;
	return 0;
}

static bool told_anew(const struct watch *w, const struct file *old)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->files[i].fresh && strcmp(w->files[i].module, old->module) == 0)
			return true;
	return false;
}

void watch_end(struct watch *w, bool whole)
{
	size_t n = 0;

	if (!w)
		return;
	/* the fresh ones are the last: what is looked for is still in its place */
	for (size_t i = 0; i < w->n; i++) {
		if (!w->files[i].fresh && (whole || told_anew(w, &w->files[i])))
			file_done(&w->files[i]);
		else if (n++ != i)
			w->files[n - 1] = w->files[i];
	}
	w->n = n;
	w->paused = false;
	watch_dirs(w);
	drain(w);
	sd_event_source_set_enabled(w->io, SD_EVENT_ON);
	if (files_differ(w) || config_hash(w) != w->config)
		arm(w);
}

int watch_new(sd_event *event, struct sys *sys,
	      void (*changed)(void *userdata, enum watch_what what), void *userdata,
	      struct watch **ret)
{
	struct watch *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	*w = (struct watch){ .sys = sys, .changed = changed, .userdata = userdata };
	w->notify = r = sys_notify_open();
	if (r >= 0)
		r = sd_event_add_io(event, &w->io, w->notify, EPOLLIN, on_notice, w);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &w->rest, CLOCK_MONOTONIC, 0, 0, on_rest, w);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->rest, SD_EVENT_OFF);
	if (r < 0) {
		watch_free(w);
		return r;
	}
	watch_config(w);
	watch_dirs(w);
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->rest);
	if (w->notify >= 0)
		safe_close(w->notify);
	for (size_t i = 0; i < w->n; i++)
		file_done(&w->files[i]);
	free(w->files);
	free(w);
}

/* SPDX-License-Identifier: MIT */
/* filewatch.c -- has a file, or what is in a folder, become another? */
#include <string.h>
#include <sys/stat.h>

#include "agent/base/cleanup.h"
#include "tools/envmux/filewatch.h"

#define LOOK_MS 1000

static uint64_t mix(uint64_t sum, uint64_t n)
{
	return (sum ^ n) * 0x100000001b3;
}

static uint64_t mix_file(uint64_t sum, const struct stat *st)
{
	sum = mix(mix(sum, st->st_dev), st->st_ino);
	sum = mix(mix(sum, (uint64_t)st->st_size), (uint64_t)st->st_mtim.tv_sec);
	return mix(sum, (uint64_t)st->st_mtim.tv_nsec);
}

uint64_t filewatch_signature(const char *path)
{
	_cleanup_closedir_ DIR *dir = NULL;
	uint64_t sum = 0, files = 0;
	struct dirent *e;
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	sum = mix_file(1, &st);
	if (!S_ISDIR(st.st_mode))
		return sum;
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (*e->d_name != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0)
			files += mix_file(1, &st);
	}
	return mix(sum, files);
}

bool filewatch_changed(struct filewatch *w, const char *path, uint64_t now)
{
	uint64_t seen;
	bool settled;

	if (now < w->looked_at + LOOK_MS)
		return false;
	w->looked_at = now;
	seen = filewatch_signature(path);
	settled = seen && seen == w->seen;
	w->seen = seen;
	if (!w->had)
		w->had = seen;
	if (!settled || seen == w->had)
		return false;
	w->had = seen;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* manifest-clean.c -- what a pass that was killed left lying about */
#include "agent/reconcile/manifest-private.h"

#include <errno.h>
#include <string.h>

static int clean_beside(struct sys *sys, const char *path)
{
	_cleanup_free_ char *parent = strndup(path, strrchr(path, '/') - path);

	if (!parent)
		return -ENOMEM;
	return sys_clean_temporaries(sys, *parent ? parent : "/");
}

int manifest_clean(const struct manifest *m)
{
	int r = 0, first = 0;

	for (size_t i = 0; i < m->n_files; i++) {
		/* equal once the write was noted: then nothing can be left there */
		if (strcmp(m->files[i].hash, m->files[i].next_hash) == 0)
			continue;
		r = clean_beside(m->sys, m->files[i].path);
		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

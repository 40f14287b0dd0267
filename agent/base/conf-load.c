/* SPDX-License-Identifier: MIT */
/* conf-load.c -- which files make the configuration, and in which order */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/conf-internal.h"
#include "agent/base/rootpath.h"

#define FILE_MAX_BYTES (1024u * 1024)
#define DROPINS_MAX 1000

static const char *const main_files[] = {
	"/usr/lib/envagent/envagent.conf",
	"/etc/envagent/envagent.conf",
};

/* The latter masks the former. */
static const char *const dropin_dirs[] = {
	"/usr/lib/envagent/envagent.conf.d",
	"/etc/envagent/envagent.conf.d",
};

struct dropin {
	const char *dir;
	char *name;
};

struct dropins {
	struct dropin *list;
	size_t n;
};

static void dropins_done(struct dropins *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->list[i].name);
	free(d->list);
}

static int open_in(int root, const char *path, int flags)
{
	return rootpath_open(root, path, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

static int read_all(int fd, struct buf *out)
{
	char block[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* a link to /dev/null is how people mask a file */
	if (!S_ISREG(st.st_mode))
		return 0;
	while ((n = read(fd, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (buf_add(out, block, n) < 0)
			return out->error == -E2BIG ? -EFBIG : out->error;
	}
	return 0;
}

static int add_dropin(struct dropins *d, const char *dir, const char *name)
{
	size_t len = strlen(name);
	struct dropin *list;

	if (name[0] == '.' || len <= 5 || strcmp(name + len - 5, ".conf"))
		return 0;
	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->list[i].name, name)) {
			d->list[i].dir = dir;
			return 0;
		}
	if (d->n >= DROPINS_MAX)
		return -E2BIG;
	list = reallocarray(d->list, d->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	d->list = list;
	list[d->n] = (struct dropin){ .dir = dir, .name = strdup(name) };
	if (!list[d->n].name)
		return -ENOMEM;
	d->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct dropin *)a)->name, ((const struct dropin *)b)->name);
}

static int list_dropins(int root, const char *path, struct dropins *d)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = -1;
	struct dirent *e;
	int r;

	fd = open_in(root, path, O_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	TAKE_FD(fd);
	while (errno = 0, (e = readdir(dir))) {
		r = add_dropin(d, path, e->d_name);
		if (r < 0)
			return r;
	}
	return -errno;
}

/* A missing file is none; any other trouble is a sentence in the faults. */
static int load_file(struct conf_loader *l, int root, const char *root_name, const char *path)
{
	_cleanup_buf_ struct buf text = BUF_INIT_MAX(FILE_MAX_BYTES);
	_cleanup_free_ char *name = str_printf("%s%s", root_name, path);
	_cleanup_close_ int fd = -1;
	int r;

	if (!name)
		return -ENOMEM;
	fd = open_in(root, path, 0);
	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	r = fd < 0 ? fd : read_all(fd, &text);
	if (r < 0) {
		buf_addf(&l->faults, "%s%s: cannot be read: %s", l->faults.len ? "\n" : "", name,
			 strerror(-r));
		return r;
	}
	return conf_read(l, name, text.data ?: "", text.len);
}

static int load_files(struct conf_loader *l, int root, const char *root_name)
{
	_cleanup_(dropins_done) struct dropins d = {};
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(main_files); i++) {
		r = load_file(l, root, root_name, main_files[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(dropin_dirs); i++) {
		r = list_dropins(root, dropin_dirs[i], &d);
		if (r < 0) {
			buf_addf(&l->faults, "%s%s%s: cannot be listed: %s",
				 l->faults.len ? "\n" : "", root_name, dropin_dirs[i],
				 strerror(-r));
			return r;
		}
	}
	if (d.n)
		qsort(d.list, d.n, sizeof(*d.list), by_name);
	for (size_t i = 0; i < d.n; i++) {
		_cleanup_free_ char *path = str_printf("%s/%s", d.list[i].dir, d.list[i].name);

		r = path ? load_file(l, root, root_name, path) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Hands out what was loaded, or the faults. */
static int finish(struct conf_loader *l, int r, struct conf **ret, char **ret_error)
{
	if (r == 0 && l->faults.len)
		r = -EINVAL;
	if (r < 0) {
		if (!l->faults.len)
			buf_adds(&l->faults, strerror(-r));
		*ret_error = buf_take(&l->faults);
		conf_free(l->conf);
	} else {
		*ret = l->conf;
	}
	buf_done(&l->faults);
	return r;
}

int conf_load(const char *root, const struct conf_section *const *tables, bool ignore_unknown,
	      struct conf **ret, char **ret_error)
{
	struct conf_loader l = { .tables = tables, .ignore_unknown = ignore_unknown };
	const char *root_name = strcmp(root, "/") ? root : "";
	_cleanup_close_ int fd = -1;
	int r = 0;

	l.conf = calloc(1, sizeof(*l.conf));
	fd = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		buf_addf(&l.faults, "%s: cannot be opened: %s", root, strerror(-r));
	}
	if (!l.conf)
		r = -ENOMEM;
	if (r == 0)
		r = load_files(&l, fd, root_name);
	return finish(&l, r, ret, ret_error);
}

int conf_load_text(const char *name, const char *text, const struct conf_section *const *tables,
		   bool ignore_unknown, struct conf **ret, char **ret_error)
{
	struct conf_loader l = { .tables = tables, .ignore_unknown = ignore_unknown };

	l.conf = calloc(1, sizeof(*l.conf));
	return finish(&l, l.conf ? conf_read(&l, name, text, strlen(text)) : -ENOMEM, ret,
		      ret_error);
}

/* SPDX-License-Identifier: MIT */
/* document.c -- the metadata document between the children */
#include "agent/document.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/protocol.h"

static int make(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? -errno : fd;
}

int document_new(void)
{
	return make("metadata");
}

int document_facts(void)
{
	return make("facts");
}

int document_seal(int fd)
{
	struct stat st;

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return -ENODATA;
	if (st.st_size > DOCUMENT_MAX)
		return -EFBIG;
	/* The children share one file offset with us. */
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

int document_keep(int fd, struct sys *sys, const char *path)
{
	const struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	_cleanup_free_ char *bytes = NULL;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size == 0)
		return 0;
	if (st.st_size > DOCUMENT_MAX)
		return -EFBIG;
	bytes = malloc((size_t)st.st_size);
	if (!bytes)
		return -ENOMEM;
	if (pread(fd, bytes, (size_t)st.st_size, 0) != st.st_size)
		return -EIO;
	r = sys_write(sys, path, bytes, (size_t)st.st_size, &opts);
	return r < 0 ? r : 1;
}

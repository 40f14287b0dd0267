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

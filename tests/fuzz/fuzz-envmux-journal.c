/* SPDX-License-Identifier: MIT */
/* fuzz-envmux-journal.c -- any bytes as a journal, and any JSON as a record with a good checksum */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/buf.h"
#include "tests/fuzz/fuzz.h"
#include "tools/envmux/journal.h"
#include "tools/envmux/store.h"

static int ignore(void *userdata, struct json_object *record)
{
	return 0;
}

static void check(const char *dir)
{
	_cleanup_free_ char *text = NULL;
	int r = store_check(dir, &text);

	assert(r == 0 || r == -EBADMSG);
	assert(text && *text);
}

static void as_record(const char *dir, struct json_object *o)
{
	struct journal *j;
	size_t cut;

	assert(journal_open(dir, ignore, NULL, &j, &cut) == 0);
	assert(journal_append(j, json_text(o), strlen(json_text(o))) == 0);
	journal_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "/dev/shm/envmux-fuzz-XXXXXX";
	_cleanup_free_ char *path = NULL;
	struct json_object *o = NULL;
	int fd;

	if (size > FUZZ_SIZE_MAX || !mkdtemp(dir))
		return 0;
	path = str_printf("%s/journal", dir);
	assert(path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	safe_close(fd);
	check(dir);
	unlink(path);
	if (json_parse((const char *)data, size, 16, &o, NULL) == 0) {
		as_record(dir, o);
		json_object_put(o);
		check(dir);
	}
	unlink(path);
	rmdir(dir);
	return 0;
}

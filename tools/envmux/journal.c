/* SPDX-License-Identifier: MIT */
/* journal.c -- the store's truth on disk: checked records, one a change set */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "agent/base/buf.h"
#include "tools/envmux/journal.h"

struct journal {
	int dir_fd, fd;
	size_t size, base;
	bool broken;
};

/* CRC-32 as in IEEE 802.3, bit by bit over a nibble table: a record is checked once. */
static uint32_t crc32_of(const char *data, size_t len)
{
	static const uint32_t nibble[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					     0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)data[i];
		crc = (crc >> 4) ^ nibble[crc & 15];
		crc = (crc >> 4) ^ nibble[crc & 15];
	}
	return ~crc;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		safe_close(j->fd);
	if (j->dir_fd >= 0)
		safe_close(j->dir_fd);
	free(j);
}

static int read_all(int fd, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *data = NULL;
	struct stat st;
	size_t len = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return -ENOMEM;
	while (len < (size_t)st.st_size) {
		ssize_t n = pread(fd, data + len, (size_t)st.st_size - len, (off_t)len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	data[len] = '\0';
	*ret = TAKE_PTR(data);
	*ret_len = len;
	return 0;
}

/* The record at P, up to END: its JSON in *ret_text, the bytes it takes as result; 0 if it is bad.
 */
static size_t record_at(const char *p, const char *end, const char **ret_text, size_t *ret_len)
{
	unsigned long crc;
	unsigned long long len;
	char *q;

	if (end - p < 12 || strspn(p, "0123456789abcdef") != 8 || p[8] != ' ')
		return 0;
	crc = strtoul(p, NULL, 16);
	errno = 0;
	len = strtoull(p + 9, &q, 10);
	if (errno || *q != ' ' || len > JOURNAL_RECORD_MAX || (size_t)(end - q) < (size_t)len + 2)
		return 0;
	if (q[1 + len] != '\n' || crc32_of(q + 1, (size_t)len) != crc)
		return 0;
	*ret_text = q + 1;
	*ret_len = (size_t)len;
	return (size_t)(q + 2 + len - p);
}

static bool any_record_after(const char *p, const char *end)
{
	const char *text;
	size_t len;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		if (record_at(p, end, &text, &len) > 0)
			return true;
	}
	return false;
}

/* Calls REPLAY for each good record; what is behind the last one is torn or damaged. */
static int read_records(const char *data, size_t len,
			int (*replay)(void *userdata, struct json_object *record), void *userdata,
			struct journal_report *ret)
{
	const char *text;
	size_t used, n;
	int r;

	*ret = (struct journal_report){};
	while ((used = record_at(data + ret->bytes, data + len, &text, &n)) > 0) {
		_cleanup_json_ struct json_object *record = NULL;

		ret->damaged_at = ret->bytes;
		r = json_parse(text, n, 32, &record, NULL);
		if (r == 0)
			r = replay(userdata, record);
		if (r < 0)
			return r;
		ret->bytes += used;
		ret->records++;
	}
	ret->damaged_at = ret->bytes;
	ret->torn = len - ret->bytes;
	return ret->torn && any_record_after(data + ret->bytes, data + len) ? -EBADMSG : 0;
}

static int replay_all(struct journal *j, int (*replay)(void *userdata, struct json_object *record),
		      void *userdata, size_t *ret_cut)
{
	_cleanup_free_ char *data = NULL;
	struct journal_report report;
	size_t len = 0;
	int r;

	r = read_all(j->fd, &data, &len);
	if (r == 0)
		r = read_records(data, len, replay, userdata, &report);
	if (r < 0)
		return r;
	if (report.torn && (ftruncate(j->fd, (off_t)report.bytes) < 0 || fdatasync(j->fd) < 0))
		return -errno;
	j->size = j->base = report.bytes;
	*ret_cut = report.torn;
	return 0;
}

int journal_check(const char *dir, int (*replay)(void *userdata, struct json_object *record),
		  void *userdata, struct journal_report *ret)
{
	_cleanup_free_ char *path = str_printf("%s/journal", dir), *data = NULL;
	_cleanup_close_ int fd = -1;
	size_t len = 0;
	int r;

	*ret = (struct journal_report){};
	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = read_all(fd, &data, &len);
	return r < 0 ? r : read_records(data, len, replay, userdata, ret);
}

int journal_open(const char *dir, int (*replay)(void *userdata, struct json_object *record),
		 void *userdata, struct journal **ret, size_t *ret_cut)
{
	_cleanup_(journal_freep) struct journal *j = calloc(1, sizeof(*j));
	int r;

	if (!j)
		return -ENOMEM;
	j->fd = -1;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST) {
		r = -errno;
		j->dir_fd = -1;
		return r;
	}
	j->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->dir_fd < 0)
		return -errno;
	/* The folder is what is locked: compaction replaces the file. */
	if (flock(j->dir_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	j->fd = openat(j->dir_fd, "journal", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (j->fd < 0)
		return -errno;
	if (fsync(j->dir_fd) < 0)
		return -errno;
	r = replay_all(j, replay, userdata, ret_cut);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(j);
	return 0;
}

static int write_at(int fd, size_t at, const char *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, data + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

/* Not yet synced. */
static int write_record(int fd, size_t at, const char *record, size_t len, size_t *ret_len)
{
	_cleanup_buf_ struct buf b = BUF_INIT_MAX((size_t)JOURNAL_RECORD_MAX + 64);
	int r;

	buf_addf(&b, "%08x %zu ", crc32_of(record, len), len);
	buf_add(&b, record, len);
	r = buf_addc(&b, '\n');
	if (r >= 0)
		r = write_at(fd, at, b.data, b.len);
	*ret_len = b.len;
	return r;
}

int journal_append(struct journal *j, const char *record, size_t len)
{
	size_t n;
	int r;

	if (j->broken)
		return -EIO;
	r = write_record(j->fd, j->size, record, len, &n);
	if (r == 0 && fdatasync(j->fd) < 0)
		r = -errno;
	if (r < 0) {
		/* After a failed fdatasync nobody knows what is on disk: only a cut that is itself
		 * synced makes the former end certain again. */
		if (ftruncate(j->fd, (off_t)j->size) < 0 || fdatasync(j->fd) < 0)
			j->broken = true;
		return r;
	}
	j->size += n;
	return 0;
}

static int write_all(int fd, int (*next)(void *userdata, size_t i, struct buf *ret), void *userdata,
		     size_t *ret_len)
{
	size_t len = 0, n;
	int r = 1;

	for (size_t i = 0; r > 0; i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;

		r = next(userdata, i, &b);
		if (r <= 0)
			break;
		r = write_record(fd, len, b.data, b.len, &n) ?: 1;
		len += n;
	}
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	*ret_len = len;
	return r;
}

int journal_compact(struct journal *j, int (*next)(void *userdata, size_t i, struct buf *ret),
		    void *userdata)
{
	_cleanup_close_ int fd = -1;
	size_t len;
	int r;

	fd = openat(j->dir_fd, "journal.new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, next, userdata, &len);
	if (r == 0 && renameat(j->dir_fd, "journal.new", j->dir_fd, "journal") < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(j->dir_fd, "journal.new", 0);
		return r;
	}
	safe_close(j->fd);
	j->fd = TAKE_FD(fd);
	j->size = j->base = len;
	j->broken = fsync(j->dir_fd) < 0;
	return j->broken ? -EIO : 0;
}

size_t journal_size(const struct journal *j)
{
	return j->size;
}

size_t journal_base(const struct journal *j)
{
	return j->base;
}

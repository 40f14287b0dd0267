/* SPDX-License-Identifier: MIT */
/* guard-file.c -- the checkpoint's file: its name is what was decided */
#include "modules/network/guard-file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "agent/base/json.h"
#include "modules/network/checkpoint.h"
#include "modules/network/note.h"

#define UNDO_WAIT_MS 30000

char *guard_path(const char *id, const char *state)
{
	return str_printf(GUARD_DIR "/%s.%s", id, state);
}

/* What an older pass was killed over before it could tidy up. */
static void tidy(struct sys *sys)
{
	_cleanup_strv_ char **names = NULL;

	if (sys_list(sys, GUARD_DIR, &names) < 0)
		return;
	for (char **name = names; name && *name; name++) {
		_cleanup_free_ char *path = str_printf(GUARD_DIR "/%s", *name);
		const char *dot = strrchr(*name, '.');

		if (path && dot && strcmp(dot, ".kept") == 0)
			sys_unlink(sys, path);
	}
}

int guard_file_write(struct sys *sys, const char *id, struct json_object *cp, const char *wanted)
{
	struct sys_write_opts opts = { .mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	_cleanup_free_ char *path = guard_path(id, "open");
	const char *text;
	int r;

	r = path ? json_set_str(cp, "wanted", wanted) : -ENOMEM;
	text = r < 0 ? NULL : json_text(cp);
	if (!text)
		return -ENOMEM;
	r = sys_mkdir(sys, GUARD_DIR, 0755);
	if (r < 0)
		return r;
	tidy(sys);
	r = sys_write(sys, path, text, strlen(text), &opts);
	return r < 0 ? r : 0;
}

int guard_file_rename(struct sys *sys, const char *id, const char *from, const char *to)
{
	_cleanup_free_ char *old = guard_path(id, from), *new = guard_path(id, to);

	return old && new ? sys_rename(sys, old, new) : -ENOMEM;
}

int guard_file_unlink(struct sys *sys, const char *id, const char *state)
{
	_cleanup_free_ char *path = guard_path(id, state);

	return path ? sys_unlink(sys, path) : -ENOMEM;
}

int guard_file_hold(const char *id, const char *state)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_free_ char *path = guard_path(id, state);
	_cleanup_close_ int fd = -1;

	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 || fcntl(fd, F_SETLK, &lock) < 0 ? -errno : TAKE_FD(fd);
}

/* Who holds the lock, 0 if nobody does. */
static pid_t holder(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid;
}

int guard_file_back(struct sys *sys, const char *id, struct json_object *cp, const char *reason,
		    bool held, bool again)
{
	_cleanup_close_ int lock = -1;
	const char *wanted;
	int r;

	r = guard_file_rename(sys, id, "open", "back");
	if (r == -ENOENT)
		r = guard_file_rename(sys, id, "wait", "back");
	if (r < 0 && !(r == -ENOENT && again))
		return r == -ENOENT ? -ECANCELED : r;
	lock = again ? guard_file_hold(id, "back") : -1;
	if (again && lock < 0)
		return lock == -ENOENT || lock == -EAGAIN || lock == -EACCES ? -ECANCELED : lock;
	/* the reason first: what is live does not outlive a reboot, but this shall */
	if (json_get_str(cp, "wanted", &wanted) == 0 && note_write(sys, wanted, reason, held) < 0)
		log_warning("Cannot keep in %s why the network was put back", NOTE_PATH);
	r = checkpoint_restore(sys, cp);
	guard_file_unlink(sys, id, "back");
	return r;
}

int guard_find(struct sys *sys, struct guard_found *ret)
{
	static const char *const states[] = { ".open", ".wait", ".back" };
	_cleanup_strv_ char **names = NULL;
	int r;

	*ret = (struct guard_found){};
	r = sys_live(sys) ? sys_list(sys, GUARD_DIR, &names) : -ENOENT;
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char **name = names; name && *name; name++) {
		_cleanup_free_ char *path = str_printf(GUARD_DIR "/%s", *name);
		const char *dot = strrchr(*name, '.');
		bool ours = false;

		for (size_t i = 0; dot && i < ARRAY_SIZE(states); i++)
			ours |= strcmp(dot, states[i]) == 0;
		if (!path)
			return -ENOMEM;
		if (!ours || (size_t)(dot - *name) >= sizeof(ret->id))
			continue;
		memcpy(ret->id, *name, (size_t)(dot - *name));
		ret->pid = holder(path);
		ret->state = !ret->pid			 ? GUARD_ORPHAN
			     : strcmp(dot, ".wait") == 0 ? GUARD_WAITING
							 : GUARD_BUSY;
		return 0;
	}
	return 0;
}

int guard_confirm(struct sys *sys, const struct guard_found *found)
{
	int r;

	r = guard_file_rename(sys, found->id, "wait", "kept");
	if (r < 0)
		return r == -ENOENT ? -ECANCELED : r;
	kill(found->pid, SIGUSR1);
	guard_file_unlink(sys, found->id, "kept");
	note_clear(sys);
	return 0;
}

int guard_undo(struct sys *sys, const struct guard_found *found)
{
	uint64_t until = sys_now_monotonic() + UNDO_WAIT_MS * 1000;
	struct guard_found now;
	int r;

	kill(found->pid, SIGTERM);
	do {
		r = guard_find(sys, &now);
		if (r < 0 || now.state == GUARD_NONE || strcmp(now.id, found->id) != 0)
			return r;
		usleep(10000);
	} while (sys_now_monotonic() < until);
	return -ETIMEDOUT;
}

int guard_recover(struct sys *sys, const struct guard_found *found)
{
	static const char *const states[] = { "open", "wait", "back" };
	_cleanup_json_ struct json_object *cp = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = -ENOENT;

	for (size_t i = 0; r == -ENOENT && i < ARRAY_SIZE(states); i++) {
		_cleanup_free_ char *path = guard_path(found->id, states[i]);

		r = path ? sys_read(sys, path, &text, &len) : -ENOMEM;
	}
	if (r >= 0)
		r = json_parse(text, len, 8, &cp, NULL);
	if (r == -EBADMSG) /* of no use to anybody: it would stand in the way for ever */
		for (size_t i = 0; i < ARRAY_SIZE(states); i++)
			guard_file_unlink(sys, found->id, states[i]);
	if (r < 0)
		return r;
	r = guard_file_back(sys, found->id, cp,
			    "the pass and its guard were killed in the middle of the switch", false,
			    true);
	return r == -ECANCELED ? 0 : r;
}

/* SPDX-License-Identifier: MIT */
/*
 * template-check.c -- nothing goes live that its check refuses
 *
 * Each text is staged below STAGED_DIR under its target's own name, for what looks at endings. A
 * check of a tree sees a copy of it in which all that goes live with this pass is in its place; if
 * a part of that is held afterwards, the check is made again without it.
 */
#include <errno.h>
#include <string.h>

#include "modules/template/template-owner.h"
#include "modules/template/template.h"

#define STAGED_DIR "/run/envagent/staged"
#define OUTPUT_MAX 4096
#define WORDS_MAX 600 /* of what a check says */

static bool has_tree(const struct template *t)
{
	return t->conf.check_tree || (t->conf.check && strstr(t->conf.check, "%t"));
}

/* The tree of T's check without links, owned: by default where the target is. NULL: no memory. */
static int tree_of(const struct template *t, char **ret)
{
	if (t->conf.check_tree)
		return sys_realpath(t->pass->sys, t->conf.check_tree, ret);
	*ret = strndup(t->real, strrchr(t->real, '/') - t->real);
	return *ret ? 0 : -ENOMEM;
}

static bool lies_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

static void add_quoted(struct buf *b, const char *word)
{
	buf_addc(b, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *word);
	buf_addc(b, '\'');
}

/* The command with %s and %t in quotes, and %% as a percent sign; NULL without memory. */
static char *compose(const char *command, const char *file, const char *tree)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	for (; *command; command++) {
		char next = command[0] == '%' ? command[1] : '\0';

		if (next == '%')
			buf_addc(&b, '%');
		else if (next == 's')
			add_quoted(&b, file);
		else if (next == 't')
			add_quoted(&b, tree);
		else
			buf_addc(&b, *command);
		command += next == '%' || next == 's' || next == 't';
	}
	return buf_take(&b);
}

/* The check's own words, its first lines as one. */
static const char *words_of(struct buf *words)
{
	char *start;
	size_t len;

	if (!words->data)
		return "it said nothing";
	start = words->data + strspn(words->data, " \t\r\n");
	len = strlen(start);
	while (len > 0 && strchr(" \t\r\n", start[len - 1]))
		start[--len] = '\0';
	if (len > WORDS_MAX)
		strcpy(start + WORDS_MAX, "...");
	for (char *p = start; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	return *start ? start : "it said nothing";
}

static int run(struct template *t, const char *file, const char *tree)
{
	const struct sys_run_opts opts = { .timeout = t->conf.check_timeout,
					   .user = t->conf.user,
					   .output_max = OUTPUT_MAX };
	_cleanup_free_ char *command = compose(t->conf.check, file, tree);
	_cleanup_buf_ struct buf words = BUF_INIT;
	int r;

	if (!command)
		return -ENOMEM;
	r = sys_run_user(t->pass->sys, command, &opts, &words);
	if (r == 0 ||
	    r == -EOPNOTSUPP) /* a root that is not the machine's: nothing can run there */
		return 0;
	if (r == -ENOMEM)
		return r;
	if (r == -ETIMEDOUT)
		return template_hold(t, "make CheckTimeoutSec= longer, or the check faster",
				     "%s: the check took longer than %.1f s: %s", t->conf.target,
				     (double)t->conf.check_timeout / 1e6, t->conf.check);
	if (r == -ESRCH)
		return template_hold(t, "see User= of its section", "there is no user %s",
				     t->conf.user);
	if (r < 0)
		return template_hold(t, "see Check= of its section",
				     "%s: the check cannot be run: %s: %s", t->conf.target,
				     t->conf.check, strerror(-r));
	return template_hold(t, "correct the template, then agentctl apply",
			     "%s: the check refuses the new file (%d): %s: %s", t->conf.target, r,
			     t->conf.check,
			     t->text.secret ? "(its words are not shown: the file holds a secret)"
					    : words_of(&words));
}

/* The place of a check: a directory that its user alone can look into. */
static int make_place(struct template *t, const char *dir, uid_t *ret_uid)
{
	struct sys *sys = t->pass->sys;
	unsigned uid = 0;
	int r;

	if (t->conf.user && template_owner(sys, "/etc/passwd", t->conf.user, &uid) < 0)
		return -ESRCH;
	r = template_tree_remove(sys, dir); /* of a pass that was killed */
	if (r >= 0)
		r = sys_mkdir(sys, STAGED_DIR, 0711);
	if (r >= 0)
		r = sys_mkdir(sys, dir, 0700);
	if (r >= 0 && t->conf.user)
		r = sys_chown(sys, dir, uid, (gid_t)-1);
	*ret_uid = t->conf.user ? uid : (uid_t)-1;
	return r;
}

/* OTHER, which goes live as well, as a part of the tree of T's check. */
static int put(struct template *t, const struct template *other, const char *path, uid_t uid)
{
	const struct sys_write_opts mine = { .mode = 0600, .uid = uid, .gid = t->write.gid };
	struct sys_write_opts opts = other->write;

	opts.follow = false;
	return sys_write(t->pass->sys, path, other->text.out.data, other->text.out.len,
			 t == other ? &mine : &opts);
}

static int stage_tree(struct template *t, const char *dir, struct template *all, size_t n,
		      char **ret_file, char **ret_tree)
{
	_cleanup_free_ char *from = NULL, *to = str_printf("%s/tree", dir);
	uid_t uid;
	int r;

	r = to ? tree_of(t, &from) : -ENOMEM;
	if (r < 0)
		return r;
	if (!lies_in(t->real, from))
		return -EXDEV;
	r = make_place(t, dir, &uid);
	if (r >= 0)
		r = template_tree_copy(t->pass->sys, from, to);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		_cleanup_free_ char *path = NULL;

		if (all[i].step != TEMPLATE_LIVE || !lies_in(all[i].real, from))
			continue;
		path = str_printf("%s%s", to, all[i].real + strlen(from));
		r = path ? put(t, &all[i], path, uid) : -ENOMEM;
		if (&all[i] == t)
			*ret_file = TAKE_PTR(path);
	}
	*ret_tree = TAKE_PTR(to);
	return r;
}

static int stage_file(struct template *t, const char *dir, char **ret_file)
{
	uid_t uid;
	int r;

	*ret_file = str_printf("%s%s", dir, strrchr(t->conf.target, '/'));
	if (!*ret_file)
		return -ENOMEM;
	r = make_place(t, dir, &uid);
	return r < 0 ? r : put(t, t, *ret_file, uid);
}

static int refuse(struct template *t, int r)
{
	if (r == -ENOMEM)
		return r;
	if (r == -ESRCH)
		return template_hold(t, "see User= of its section",
				     "there is no user %s in /etc/passwd", t->conf.user);
	if (r == -EXDEV)
		return template_hold(t, "see CheckTree= of its section",
				     "%s is not in the tree that the check reads, %s",
				     t->conf.target, t->conf.check_tree);
	if (r == -E2BIG)
		return template_hold(t, "set CheckTree= to a smaller directory, or use %s",
				     "the tree of the check is too large to be copied");
	return template_hold(t, "df " STAGED_DIR,
			     "the copy to be checked, in " STAGED_DIR "/%s, cannot be written: %s",
			     t->name, strerror(-r));
}

/* 0, 1 if it is held, -errno. */
static int check(struct template *t, struct template *all, size_t n)
{
	_cleanup_free_ char *dir = str_printf(STAGED_DIR "/%s", t->name);
	_cleanup_free_ char *file = NULL, *tree = NULL;
	int r;

	if (!dir)
		return -ENOMEM;
	t->checked = true;
	r = has_tree(t) ? stage_tree(t, dir, all, n, &file, &tree) : stage_file(t, dir, &file);
	r = r < 0 ? refuse(t, r) : run(t, file, tree ?: "");
	if (template_tree_remove(t->pass->sys, dir) < 0)
		log_warning("Cannot remove %s", dir);
	return r;
}

/* T is held now: what was accepted together with it is to be looked at without it. */
static void doubt(const struct template *t, struct template *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *tree = NULL;

		if (all[i].step == TEMPLATE_LIVE && has_tree(&all[i]) &&
		    (tree_of(&all[i], &tree) < 0 || lies_in(t->real, tree)))
			all[i].checked = false;
	}
}

int template_check_all(struct template *all, size_t n)
{
	bool again = true;
	int r;

	while (again) {
		again = false;
		for (size_t i = 0; i < n; i++) {
			struct template *t = &all[i];

			if (t->step != TEMPLATE_LIVE || !t->conf.check || t->checked)
				continue;
			r = check(t, all, n);
			if (r < 0)
				return r;
			if (r > 0) {
				doubt(t, all, n);
				again = true;
			}
		}
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * check.c -- dnsmasq itself tests the whole configuration that it would start with
 *
 * One wrong line in anybody's file keeps it from starting, so all files are tested together. It
 * reads MainConf= from its standard input, with our new text behind it; the other files of our
 * directory it reads by their own names. Nothing is written for that.
 */
#include <errno.h>
#include <string.h>

#include "modules/dns/dns.h"

#define TEST_TIMEOUT (5 * 1000 * 1000)
/* What Debian's unit adds to the directory that it names on the command line. */
#define PACKAGE_LEFTOVERS ",.dpkg-dist,.dpkg-old,.dpkg-new"

/* What dnsmasq is given to read. */
struct whole {
	const char *main; /* MainConf=, NULL if there is none */
	const char *ours; /* ConfFile= */
	char *dir;	  /* the directory of ours, without a slash at its end */
	const char *name; /* ours in it */
	bool named;	  /* the main file has dnsmasq read the directory */
	struct buf text;
	unsigned main_lines; /* the first ones are those of the main file */
	unsigned head_lines; /* and behind these come ours */
};

static void whole_done(struct whole *w)
{
	free(w->dir);
	buf_done(&w->text);
}

void dns_verdict_done(struct dns_verdict *v)
{
	buf_done(&v->words);
}

const char *dns_check_next(const struct dns_verdict *v)
{
	return v->ours ? "correct [Dns], or the file that says the same; then: agentctl apply"
		       : "correct that file, then: agentctl apply";
}

/* What comes behind "OPTION =", or NULL if LINE is about something else. */
static const char *value_of(const char *line, const char *option)
{
	line += strspn(line, " \t");
	if (strncmp(line, option, strlen(option)) != 0)
		return NULL;
	line += strlen(option);
	line += strspn(line, " \t");
	if (*line != '=')
		return NULL;
	line++;
	return line + strspn(line, " \t");
}

/* How many bytes of VALUE name PATH, quotes included; 0 if it is another one. */
static size_t names_path(const char *value, const char *path)
{
	bool quoted = *value == '"';
	const char *start = value + quoted, *end = start + strcspn(start, quoted ? "\"" : ", \t");
	size_t len = end - start;

	while (len > 1 && start[len - 1] == '/')
		len--;
	if (len != strlen(path) || memcmp(start, path, len) != 0)
		return 0;
	return end - value + (quoted && *end == '"');
}

/*
 * One line of the main file. Ours is read from the standard input and so not a second time: as a
 * suffix to be left out dnsmasq takes all of a name but its first letter.
 */
static int add_main_line(struct whole *w, const char *line)
{
	const char *value = value_of(line, "conf-dir");
	size_t n = value ? names_path(value, w->dir) : 0;

	w->main_lines++;
	if (n > 0) {
		w->named = true;
		return buf_addf(&w->text, "%.*s,%s%s\n", (int)(value - line + n), line, w->name + 1,
				value + n);
	}
	value = value_of(line, "conf-file");
	n = value ? names_path(value, w->ours) : 0;
	w->named |= n > 0;
	return buf_addf(&w->text, "%s\n", n > 0 ? "" : line);
}

static int add_main(struct sys *sys, struct whole *w)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = w->main ? sys_read(sys, w->main, &text, &len) : -ENOENT;
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	for (char *line = text, *next; r >= 0 && line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line[strcspn(line, "\r")] = '\0';
		r = add_main_line(w, line);
	}
	return r;
}

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcmp(s + len - n, end) == 0;
}

/*
 * The rest of the directory. A file that has all of our name but its first letter is left out with
 * ours, and so it is named here: whatever lets ours in lets it in, too.
 */
static int add_dir(struct sys *sys, struct whole *w)
{
	_cleanup_strv_ char **names = NULL;
	int r;

	w->head_lines = w->main_lines;
	r = sys_list(sys, w->dir, &names);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR ? 0 : r;
	if (!w->named) {
		buf_addf(&w->text, "conf-dir=%s" PACKAGE_LEFTOVERS ",%s\n", w->dir, w->name + 1);
		w->head_lines++;
	}
	for (char **name = names; name && *name; name++) {
		if (**name == '.' || strcmp(*name, w->name) == 0 || !ends_in(*name, w->name + 1))
			continue;
		buf_addf(&w->text, "conf-file=%s/%s\n", w->dir, *name);
		w->head_lines++;
	}
	return w->text.error;
}

static int compose(struct sys *sys, const char *ours, struct whole *w)
{
	const char *slash = strrchr(w->ours, '/');
	int r;

	w->name = slash + 1;
	w->dir = slash == w->ours ? strdup("/") : strndup(w->ours, slash - w->ours);
	if (!w->dir)
		return -ENOMEM;
	r = add_main(sys, w);
	if (r >= 0)
		r = add_dir(sys, w);
	return r < 0 ? r : buf_adds(&w->text, ours);
}

static const char *line_at(const char *text, unsigned long n)
{
	for (; n > 1 && *text; n--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return text;
}

/* Its first sentence; where that is about the standard input, with file and line that are meant. */
static int judge(const struct whole *w, const char *said, struct dns_verdict *ret)
{
	const char *at, *line;
	unsigned long n;
	char *end;
	int len;

	said += strspn(said, "\n");
	if (strncmp(said, "dnsmasq: ", strlen("dnsmasq: ")) == 0)
		said += strlen("dnsmasq: ");
	len = (int)strcspn(said, "\n");
	at = strstr(said, " at line ");
	if (!at || at > said + len)
		return buf_addf(&ret->words, "%.*s", len, said);
	n = strtoul(at + strlen(" at line "), &end, 10);
	if (strncmp(end, " of stdin", strlen(" of stdin")) != 0 ||
	    (n > w->main_lines && n <= w->head_lines))
		return buf_addf(&ret->words, "%.*s", len, said);
	line = line_at(w->text.data, n);
	ret->ours = n > w->main_lines;
	return buf_addf(&ret->words, "%.*s at line %lu of %s: %.*s", (int)(at - said), said,
			ret->ours ? n - w->head_lines : n, ret->ours ? w->ours : w->main,
			(int)strcspn(line, "\n"), line);
}

int dns_check(struct pass *pass, const struct dns_conf *c, const char *ours,
	      struct dns_verdict *ret)
{
	char *const argv[] = { c->program, (char *)"--test", (char *)"-C", (char *)"-", NULL };
	_cleanup_(whole_done) struct whole w = { .main = c->main_conf, .ours = c->conf_file };
	_cleanup_buf_ struct buf said = BUF_INIT;
	struct sys_run_opts opts = { .timeout = TEST_TIMEOUT, .output_max = 1024 };
	int r;

	if (!sys_live(pass->sys))
		return 0;
	r = compose(pass->sys, ours, &w);
	if (r < 0)
		return r;
	opts.stdin_text = w.text.data ?: "";
	r = sys_run(pass->sys, argv, &opts, &said);
	if (r == -ENOENT)
		pass_state(pass, STATE_FAILED, "install dnsmasq, or take the role dns away",
			   "%s is not there, and this host has the role dns", c->program);
	if (r == -ETIMEDOUT)
		pass_state(pass, STATE_DEGRADED, "dnsmasq --test",
			   "dnsmasq takes longer than %d s to test its configuration",
			   TEST_TIMEOUT / 1000000);
	if (r <= 0)
		return r;
	r = judge(&w, said.data ?: "it says nothing", ret);
	return r < 0 ? r : 1;
}

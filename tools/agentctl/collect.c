/* SPDX-License-Identifier: MIT */
/* collect.c -- the verb collect: one file with all that somebody needs to help, and no secret */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/protocol.h"
#include "agent/base/settings.h"
#include "tools/agentctl/capture.h"
#include "tools/agentctl/file.h"
#include "tools/agentctl/once.h"
#include "tools/agentctl/redact.h"
#include "tools/agentctl/show.h"

#define TEXT_MAX (8u * 1024 * 1024)
#define PLAN_USEC 60000000u
#define FOLDER "envagent"

struct bundle {
	struct ctl *ctl;
	struct redact secrets;
	char dir[64];	       /* of our own, 0700 */
	const char *names[32]; /* of the files in it */
	size_t n;
};

/* TEXT without its secrets becomes the file NAME, static. */
static int add(struct bundle *b, const char *name, const char *text)
{
	_cleanup_free_ char *path = str_printf("%s/" FOLDER "/%s", b->dir, name);
	_cleanup_buf_ struct buf clean = BUF_INIT;
	_cleanup_close_ int fd = -1;

	if (!path || redact_text(&b->secrets, text ?: "", &clean) < 0)
		return -ENOMEM;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	b->names[b->n++] = name;
	if (clean.len && write(fd, clean.data, clean.len) != (ssize_t)clean.len)
		return errno ? -errno : -ENOSPC;
	return 0;
}

/* ---- what goes in ---- */

/* Files as they are; one that is not there says so. */
static const struct {
	const char *name, *path;
} files[] = {
	{ "status.json", STATUS_PATH },
	{ "facts.json", FACTS_PATH },
	{ "facts-leader.json", LEADER_FACTS_PATH },
	{ "manifest.json", STATE_DIR "/manifest" },
	{ "resolv.conf", "/etc/resolv.conf" },
	{ "os-release", "/etc/os-release" },
};

/* What programs of the machine say; not below another root. */
static const struct {
	const char *name;
	const char *argv[12];
} programs[] = {
	{ "journal.txt",
	  { "journalctl", "--unit", "envagent", "--lines", "5000", "--no-pager", "--output",
	    "short-precise" } },
	{ "units.txt", { "systemctl", "--no-pager", "cat", "envagent.service" } },
	{ "unit-state.txt",
	  { "systemctl", "--no-pager", "--lines", "0", "status", "envagent.service",
	    "envagent-ready.target", "dnsmasq.service", "systemd-networkd.service",
	    "NetworkManager.service" } },
	{ "package.txt",
	  { "dpkg-query", "--show", "envagent", "systemd", "dnsmasq", "dnsmasq-base" } },
	{ "kernel.txt", { "uname", "-a" } },
	{ "addresses.txt", { "ip", "-details", "address" } },
	{ "routes.txt", { "ip", "route", "show", "table", "all" } },
	{ "rules.txt", { "ip", "rule" } },
	{ "resolv-kind.txt", { "ls", "-l", "/etc/resolv.conf" } },
	{ "disk.txt", { "df", "-h" } },
};

/* Verbs of our own, as text. */
static const struct {
	const char *name;
	int (*run)(struct ctl *ctl);
} verbs[] = {
	{ "status.txt", ctl_status },
	{ "doctor.txt", ctl_doctor },
	{ "plan.txt", ctl_plan },
};

static int add_file(struct bundle *b, const char *name, const char *path)
{
	_cleanup_free_ char *text = NULL, *why = NULL;
	size_t len;
	int r;

	r = file_read(b->ctl->root, path, TEXT_MAX, &text, &len, NULL);
	if (r < 0)
		why = str_printf("%s: %s\n", path, strerror(-r));
	return add(b, name, r < 0 ? why : text);
}

static int add_output(struct bundle *b, const char *name, const char *const *argv)
{
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(TEXT_MAX);
	int r = capture(argv, &out);

	if (r < 0)
		buf_addf(&out, "%s: %s\n", argv[0], strerror(-r));
	return add(b, name, out.data);
}

static int add_verb(struct bundle *b, const char *name, int (*run)(struct ctl *ctl))
{
	struct ctl ctl = { .root = b->ctl->root,
			   .timeout = PLAN_USEC,
			   .args = (char *[]){ NULL },
			   .quiet = true };
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	ctl.out = ctl.err = out;
	run(&ctl);
	if (fclose(out) != 0)
		return -ENOMEM;
	return add(b, name, text);
}

static int add_config(struct bundle *b)
{
	_cleanup_free_ char *program = once_program("lib/envagent", "envagent-reconcile");
	const char *argv[] = { program,	 "--protocol", PROTOCOL_VERSION,
			       "--show", "--root",     b->ctl->root[0] ? b->ctl->root : "/",
			       NULL };

	return program ? add_output(b, "config.txt", argv) : -ENOMEM;
}

/* What must not be in it: the credentials that we can read. Who cannot, has none to give away. */
static int learn(struct bundle *b, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (file_read(b->ctl->root, path, 65536, &text, &len, NULL) < 0)
		return 0;
	return redact_add(&b->secrets, text);
}

static int learn_secrets(struct bundle *b)
{
	static const struct conf_section *const tables[] = { settings_sections, NULL };
	_cleanup_(settings_freep) struct settings *s = NULL;
	_cleanup_(conf_freep) struct conf *conf = NULL;
	_cleanup_free_ char *error = NULL, *why = NULL;
	int r = 0;

	if (conf_load(b->ctl->root, tables, true, &conf, &error) < 0 ||
	    settings_load(conf, &s, &why) < 0)
		s = NULL;
	for (size_t i = 0; s && r == 0 && i < s->n_credentials; i++)
		if (s->credentials[i].file)
			r = learn(b, s->credentials[i].file);
	for (size_t i = 0; r == 0 && i < 2; i++) {
		const char *name = s ? (i ? s->platform.credential : s->mux.credential) : NULL;
		_cleanup_free_ char *path =
			str_printf("/etc/credstore/%s", name
								?: i ? "envagent.platform"
								     : "envagent.mux");

		r = path ? learn(b, path) : -ENOMEM;
	}
	return r;
}

static int fill(struct bundle *b)
{
	int r = add(b, "version.txt", "agentctl " VERSION "\n");

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
		r = add_file(b, files[i].name, files[i].path);
	if (r == 0)
		r = add_config(b);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(verbs); i++)
		r = add_verb(b, verbs[i].name, verbs[i].run);
	for (size_t i = 0; r == 0 && !b->ctl->root[0] && i < ARRAY_SIZE(programs); i++)
		r = add_output(b, programs[i].name, programs[i].argv);
	return r;
}

/* ---- the file ---- */

static int begin(struct bundle *b)
{
	_cleanup_free_ char *folder = NULL;
	const char *tmp = getenv("TMPDIR");

	snprintf(b->dir, sizeof(b->dir), "%s/agentctl.XXXXXX",
		 tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(b->dir)) {
		b->dir[0] = '\0';
		return -errno;
	}
	folder = str_printf("%s/" FOLDER, b->dir);
	return folder && mkdir(folder, 0700) == 0 ? 0 : -errno;
}

static void end(struct bundle *b)
{
	_cleanup_free_ char *folder = str_printf("%s/" FOLDER, b->dir);

	for (size_t i = 0; i < b->n; i++) {
		_cleanup_free_ char *path = str_printf("%s/" FOLDER "/%s", b->dir, b->names[i]);

		if (path)
			unlink(path);
	}
	if (folder)
		rmdir(folder);
	if (b->dir[0])
		rmdir(b->dir);
	redact_done(&b->secrets);
}

/*
 * A new file that nobody else can read, also while it grows. tar opens it through our descriptor:
 * by its name it could meanwhile be another's link.
 */
static int pack(struct bundle *b, const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char opened[64];
	const char *argv[] = { "tar",	      "--create",      "--gzip", "--owner=0",
			       "--group=0",   "--force-local", "--file", opened,
			       "--directory", b->dir,	       FOLDER,	 NULL };
	_cleanup_buf_ struct buf out = BUF_INIT_MAX(4096);
	int r;

	if (fd < 0)
		return -errno;
	snprintf(opened, sizeof(opened), "/proc/%d/fd/%d", (int)getpid(), fd);
	r = capture(argv, &out);
	if (r == 0)
		return 0;
	unlink(path);
	show_error(b->ctl, NULL, "tar: %s", r < 0 ? strerror(-r) : out.data ?: "failed");
	return -EIO;
}

int ctl_collect(struct ctl *ctl)
{
	struct bundle b = { .ctl = ctl };
	char name[64];
	time_t now = time(NULL);
	struct tm tm;
	int r;

	localtime_r(&now, &tm);
	strftime(name, sizeof(name), "envagent-%Y%m%d-%H%M%S.tar.gz", &tm);
	r = begin(&b);
	if (r == 0)
		r = learn_secrets(&b);
	if (r == 0)
		r = fill(&b);
	if (r == 0)
		r = pack(&b, ctl->output ?: name);
	end(&b);
	if (r < 0) {
		show_error(ctl, "agentctl collect -o /tmp/envagent.tar.gz", "cannot write %s: %s",
			   ctl->output ?: name, strerror(-r));
		return CTL_ERROR;
	}
	fprintf(ctl->out,
		"%s\nIt holds no known secret, but names and addresses: look into it before you "
		"send it.\n",
		ctl->output ?: name);
	return CTL_READY;
}

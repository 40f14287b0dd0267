/* SPDX-License-Identifier: MIT */
/* rest.c -- the host left as it was before us, until somebody says Apply or it is another host */
#include "agent/rest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "agent/base/identity.h"
#include "agent/sys/sys.h"

#define ID_MAX 40 /* of a machine or a boot */
#define UNKNOWN "-"

struct mark {
	char machine[ID_MAX], boot[ID_MAX], vm[IDENTITY_ID_MAX], env[IDENTITY_ID_MAX];
};

/* The first word of a file below our root; "-" if it is none that can be compared. */
static void word_of(struct sys *sys, const char *path, char ret[ID_MAX])
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	if (sys_read(sys, path, &text, &len) == 0)
		len = strcspn(text, "\n \t");
	if (len == 0 || len >= ID_MAX || !strncmp(text, "uninitialized", len))
		snprintf(ret, ID_MAX, UNKNOWN);
	else
		snprintf(ret, ID_MAX, "%.*s", (int)len, text);
}

static void mark_now(struct manager *m, struct mark *ret)
{
	bool known = !strcmp(m->identity.state, "confirmed");

	word_of(m->sys, "/etc/machine-id", ret->machine);
	snprintf(ret->boot, sizeof(ret->boot), "%s", status_boot(m->status));
	if (!ret->boot[0])
		snprintf(ret->boot, sizeof(ret->boot), UNKNOWN);
	snprintf(ret->vm, sizeof(ret->vm), "%s", known ? m->identity.vm : UNKNOWN);
	snprintf(ret->env, sizeof(ret->env), "%s", known ? m->identity.env : UNKNOWN);
}

static int mark_read(struct manager *m, struct mark *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	char end;
	int r;

	r = sys_read(m->sys, REST_PATH, &text, &len);
	if (r < 0)
		return r;
	if (sscanf(text, "1 %39[^ \n] %39[^ \n] %20[^ \n] %20[^ \n]%c", ret->machine, ret->boot,
		   ret->vm, ret->env, &end) != 5 ||
	    end != '\n')
		return -EBADMSG;
	return 0;
}

static int mark_write(struct manager *m, const struct mark *k)
{
	const struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	_cleanup_free_ char *line =
		str_printf("1 %s %s %s %s\n", k->machine, k->boot, k->vm, k->env);

	return line ? sys_write(m->sys, REST_PATH, line, strlen(line), &opts) : -ENOMEM;
}

static bool known(const char *id)
{
	return strcmp(id, UNKNOWN) != 0;
}

static bool differ(const char *a, const char *b)
{
	return known(a) && known(b) && strcmp(a, b) != 0;
}

static void set(struct manager *m, bool rest)
{
	m->resting = rest;
	m->fresh = m->attempted = false;
}

static void forget(struct manager *m)
{
	int r = sys_unlink(m->sys, REST_PATH);

	if (r < 0 && r != -ENOENT)
		log_warning_errno(r, "Cannot keep in mind that the rest is over: %m");
	set(m, false);
}

void rest_load(struct manager *m)
{
	struct mark then, now;
	int r;

	if (manager_once(m))
		return;
	r = mark_read(m, &then);
	if (r == -ENOENT)
		return;
	mark_now(m, &now);
	if (r == 0 && differ(then.machine, now.machine)) {
		log_notice("The rest since a restore was machine %s's: this is another",
			   then.machine);
		forget(m);
		return;
	}
	set(m, true);
	if (r == -EBADMSG && mark_write(m, &now) < 0)
		log_warning("%s says nothing of use; it is taken for this machine's", REST_PATH);
}

void rest_begin(struct manager *m)
{
	struct mark now;
	int r;

	if (manager_once(m))
		return;
	mark_now(m, &now);
	r = mark_write(m, &now);
	if (r < 0)
		log_warning_errno(r, "Cannot keep in mind that we rest: %m");
	set(m, true);
}

void rest_end(struct manager *m)
{
	if (m->resting || manager_once(m))
		forget(m);
}

void rest_check(struct manager *m)
{
	struct mark then, now;

	if (!m->resting || mark_read(m, &then) < 0)
		return;
	mark_now(m, &now);
	if (!known(then.vm) ? !differ(then.boot, now.boot)
			    : !differ(then.vm, now.vm) && !differ(then.env, now.env))
		return;
	log_notice("The rest since a restore was %s%s: this is VM %s of environment %s",
		   known(then.vm) ? "VM " : "from before an identity was known",
		   known(then.vm) ? then.vm : "", now.vm, now.env);
	forget(m);
}

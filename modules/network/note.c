/* SPDX-License-Identifier: MIT */
/* note.c -- why the last switch was taken back, kept over reboots until one succeeds */
#include "modules/network/note.h"

#include <errno.h>
#include <string.h>

#include "agent/base/json.h"

#define NOTE_VERSION 1
#define DELAY_FIRST UINT64_C(10000000)
#define DELAY_MAX UINT64_C(3600000000)
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static int boot_id(struct sys *sys, char **ret)
{
	int r;

	r = sys_read(sys, BOOT_ID, ret, NULL);
	if (r >= 0)
		(*ret)[strcspn(*ret, "\n")] = '\0';
	return r;
}

static int parse(struct sys *sys, struct json_object *obj, struct note *ret)
{
	_cleanup_free_ char *boot = NULL;
	const char *wanted, *reason, *its_boot;
	int64_t version, when, count, due;

	if (json_get_int(obj, "version", &version) < 0 || version != NOTE_VERSION ||
	    json_get_str(obj, "wanted", &wanted) < 0 || json_get_str(obj, "reason", &reason) < 0 ||
	    json_get_int(obj, "when", &when) < 0 || json_get_int(obj, "count", &count) < 0 ||
	    json_get_bool(obj, "held", &ret->held) < 0 ||
	    json_get_str(obj, "boot", &its_boot) < 0 || json_get_int(obj, "due", &due) < 0)
		return -EBADMSG;
	snprintf(ret->wanted, sizeof(ret->wanted), "%s", wanted);
	snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
	ret->when = (uint64_t)when;
	ret->count = (unsigned)count;
	if (boot_id(sys, &boot) >= 0 && strcmp(boot, its_boot) == 0)
		ret->due = (uint64_t)due;
	return 0;
}

int note_read(struct sys *sys, struct note *ret)
{
	_cleanup_json_ struct json_object *obj = NULL;
	_cleanup_free_ char *text = NULL;
	struct note n = {};
	size_t len;
	int r;

	r = sys_read(sys, NOTE_PATH, &text, &len);
	if (r >= 0)
		r = json_parse(text, len, 4, &obj, NULL);
	if (r >= 0)
		r = parse(sys, obj, &n);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	*ret = n;
	return 1;
}

int note_write(struct sys *sys, const char *wanted, const char *reason, bool held)
{
	struct sys_write_opts opts = { .mode = 0644, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	_cleanup_free_ char *boot = NULL;
	uint64_t delay = DELAY_FIRST;
	struct note former = {};
	unsigned count = 1;
	const char *text;
	int r;

	if (note_read(sys, &former) > 0 && strcmp(former.wanted, wanted) == 0)
		count += former.count;
	for (unsigned i = 1; i < count && delay < DELAY_MAX; i++)
		delay *= 2;
	r = boot_id(sys, &boot);
	if (r < 0)
		return r;
	if (json_set_int(obj, "version", NOTE_VERSION) < 0 ||
	    json_set_str(obj, "wanted", wanted) < 0 || json_set_str(obj, "reason", reason) < 0 ||
	    json_set_int(obj, "when", (int64_t)sys_now_realtime()) < 0 ||
	    json_set_int(obj, "count", count) < 0 || json_set_bool(obj, "held", held) < 0 ||
	    json_set_str(obj, "boot", boot) < 0 ||
	    json_set_int(obj, "due", (int64_t)(sys_now_monotonic() + delay)) < 0)
		return -ENOMEM;
	text = json_text(obj);
	if (!text)
		return -ENOMEM;
	r = sys_mkdir(sys, "/var/lib/envagent", 0755);
	if (r >= 0)
		r = sys_write(sys, NOTE_PATH, text, strlen(text), &opts);
	return r < 0 ? r : 0;
}

int note_clear(struct sys *sys)
{
	return sys_unlink(sys, NOTE_PATH);
}

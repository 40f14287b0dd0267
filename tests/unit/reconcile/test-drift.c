/* SPDX-License-Identifier: MIT */
/* test-drift.c -- drift.c and watch.c: what somebody else did to a file of ours, and how often */
#include "fixture.h"

#include "agent/reconcile/drift.h"
#include "agent/reconcile/watch.h"

#define PATH "/etc/web.conf"

static const struct sys_write_opts plain = { .mode = 0644, .uid = -1, .gid = -1 };

struct room {
	struct fixture *f;
	struct module_result result;
	struct pass pass;
};

static void drop_log(int level, const char *text)
{
}

static int setup(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	void *f;

	assert_non_null(room);
	fixture_setup(&f);
	room->f = f;
	room->result.state = _STATE_MAX;
	room->pass = (struct pass){
		.sys = room->f->sys,
		.manifest = room->f->manifest,
		.result = &room->result,
		.state = json_object_new_object(),
		.module = "host",
	};
	assert_int_equal(manifest_begin(room->f->manifest, "host", PATH, "ours", 4), 0);
	assert_int_equal(sys_write(room->f->sys, PATH, "ours", 4, &plain), 1);
	assert_int_equal(manifest_wrote(room->f->manifest, PATH, "ours", 4), 0);
	log_set_sink(drop_log);
	*state = room;
	return 0;
}

static int teardown(void **state)
{
	struct room *room = *state;
	void *f = room->f;

	log_set_sink(NULL);
	json_object_put(room->pass.state);
	watches_free(room->pass.watches);
	fixture_teardown(&f);
	free(room);
	return 0;
}

static struct drift look(struct room *room)
{
	struct drift d;

	assert_int_equal(drift_look(&room->pass, PATH, &d), 0);
	return d;
}

static void change(struct room *room, const char *text)
{
	assert_true(sys_write(room->f->sys, PATH, text, strlen(text), &plain) >= 0);
}

/* As if that much time had passed since the last repair. */
static void let_pass(struct room *room, uint64_t usec)
{
	struct json_object *all, *entry;
	int64_t last;

	assert_int_equal(json_get_obj(room->pass.state, "drift", &all), 0);
	assert_int_equal(json_get_obj(all, PATH, &entry), 0);
	assert_int_equal(json_get_int(entry, "last", &last), 0);
	assert_int_equal(json_set_int(entry, "last", last - (int64_t)usec), 0);
}

static void test_what_we_wrote_has_not_changed(void **state)
{
	struct room *room = *state;
	struct drift d = look(room);

	assert_false(d.changed);
	assert_int_equal(drift_look(&room->pass, "/etc/other", &d), 0);
	assert_false(d.changed);
}

static void test_a_change_is_put_back_at_once_the_first_time(void **state)
{
	struct room *room = *state;
	struct drift d;

	change(room, "theirs");
	d = look(room);
	assert_true(d.changed && d.repair && !d.gone);
	assert_int_equal(sys_unlink(room->f->sys, PATH), 1);
	d = look(room);
	assert_true(d.changed && d.repair && d.gone);
}

static void test_pauses_double_and_after_five_repairs_it_is_left_alone(void **state)
{
	struct room *room = *state;
	struct drift d;

	change(room, "theirs");
	for (unsigned i = 0; i < DRIFT_REPAIRS; i++) {
		uint64_t pause = DRIFT_PAUSE << i;

		d = look(room);
		assert_true(d.repair);
		assert_int_equal(d.repairs, i);
		assert_int_equal(drift_repaired(&room->pass, PATH), 0);
		d = look(room);
		assert_false(d.repair);
		if (i + 1 == DRIFT_REPAIRS)
			break;
		assert_true(d.wait <= pause && d.wait > pause / 2);
		drift_say(&room->pass, PATH, &d);
		assert_true(room->pass.again > 0 && room->pass.again <= pause);
		room->pass.again = 0;
		let_pass(room, pause);
	}
	assert_int_equal(d.wait, UINT64_MAX);
	let_pass(room, 2 * DRIFT_CALM);
	d = look(room);
	assert_false(d.repair);
	room->result.state = _STATE_MAX;
	drift_say(&room->pass, PATH, &d);
	assert_int_equal(room->result.state, STATE_DEGRADED);
	assert_non_null(strstr(room->result.reason, "after 5 repairs it is left alone"));
	assert_int_equal(room->pass.again, 0);

	/* a person may always ask */
	room->pass.by_hand = true;
	d = look(room);
	assert_true(d.repair);
	assert_int_equal(d.repairs, 0);
}

static void test_after_a_calm_time_all_is_forgotten(void **state)
{
	struct room *room = *state;
	struct drift d;

	change(room, "theirs");
	assert_int_equal(drift_repaired(&room->pass, PATH), 0);
	let_pass(room, DRIFT_CALM + 1000000);
	d = look(room);
	assert_true(d.repair);
	assert_int_equal(d.repairs, 0);
	assert_int_equal(drift_repaired(&room->pass, PATH), 0);
	change(room, "ours");
	let_pass(room, DRIFT_CALM + 1000000);
	assert_false(look(room).changed);
	assert_int_equal(json_object_object_length(room->pass.state), 0);
}

static void test_a_plan_alone_counts_nothing(void **state)
{
	struct room *room = *state;

	room->pass.planning = true;
	change(room, "theirs");
	assert_int_equal(drift_repaired(&room->pass, PATH), 0);
	assert_true(look(room).repair);
}

/* The events as the supervisor reads them, "PATH STAMP" a line each. */
static void told(struct room *room, struct buf *out)
{
	_cleanup_close_ int near = -1, far = -1;
	struct report report = {};
	char line[65536];
	int fd[2];
	ssize_t n;

	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	near = fd[0];
	far = report.fd = fd[1];
	watches_report(room->pass.watches, &report);
	report_again(&report, 1);
	n = read(near, line, sizeof(line) - 1);
	assert_true(n > 0);
	line[n] = '\0';
	for (char *p = line, *end; (end = strchr(p, '\n')); p = end + 1) {
		struct event ev;

		assert_int_equal(event_parse(p, (size_t)(end - p), &ev), 0);
		if (ev.kind == EVENT_WATCH)
			buf_addf(out, "%s %s\n", ev.reason, ev.next);
	}
	buf_addc(out, '\0');
}

static char *stamp_of(struct room *room, const char *path)
{
	uint64_t stamp;

	assert_int_equal(sys_stamp(room->f->sys, path, &stamp), 0);
	return str_printf("%lx", (unsigned long)stamp);
}

static void test_a_link_and_what_is_behind_it_are_watched(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *link = NULL, *file = NULL, *want = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;

	assert_int_equal(sys_symlink(room->f->sys, "web.conf", "/etc/link"), 1);
	assert_int_equal(pass_watch(&room->pass, "/etc/link"), 0);
	assert_int_equal(pass_watch(&room->pass, PATH), 0);
	assert_int_equal(pass_watch(&room->pass, "/etc/to-come"), 0);
	assert_int_equal(pass_watch(&room->pass, "/etc/a\nb"), -EINVAL);
	link = stamp_of(room, "/etc/link");
	file = stamp_of(room, PATH);
	told(room, &out);
	want = str_printf("/etc/link %s\n" PATH " %s\n/etc/to-come 0\n", link, file);
	assert_string_equal(out.data, want);
}

static void test_what_the_pass_wrote_itself_is_no_news_and_the_rest_is(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *before = stamp_of(room, PATH), *after = NULL;
	_cleanup_buf_ struct buf then = BUF_INIT, now = BUF_INIT;
	struct change ours = { .kind = CHANGE_WRITE,
			       .path = (char *)PATH,
			       .data = (char *)"theirs",
			       .len = 6,
			       .done = true };

	assert_int_equal(pass_watch(&room->pass, PATH), 0);
	change(room, "theirs");
	told(room, &then);
	assert_non_null(strstr(then.data, before));
	watches_wrote(room->pass.watches, room->f->sys, &ours);
	told(room, &now);
	after = stamp_of(room, PATH);
	assert_non_null(strstr(now.data, after));
	assert_string_not_equal(before, after);
}

/* Between our write, or our unlink, and the look at what it gave. */
static void test_who_is_there_right_after_the_pass_is_news(void **state)
{
	struct change wrote = { .kind = CHANGE_WRITE,
				.path = (char *)PATH,
				.data = (char *)"ours",
				.len = 4,
				.done = true };
	struct change unlinked = { .kind = CHANGE_UNLINK, .path = (char *)PATH, .done = true };
	struct room *room = *state;
	_cleanup_buf_ struct buf first = BUF_INIT, second = BUF_INIT;

	assert_int_equal(pass_watch(&room->pass, PATH), 0);
	change(room, "theirs");
	watches_wrote(room->pass.watches, room->f->sys, &wrote);
	told(room, &first);
	assert_string_equal(first.data, PATH " 0\n");
	watches_wrote(room->pass.watches, room->f->sys, &unlinked);
	told(room, &second);
	assert_string_equal(second.data, PATH " 0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
		T(test_what_we_wrote_has_not_changed),
		T(test_a_change_is_put_back_at_once_the_first_time),
		T(test_pauses_double_and_after_five_repairs_it_is_left_alone),
		T(test_after_a_calm_time_all_is_forgotten),
		T(test_a_plan_alone_counts_nothing),
		T(test_a_link_and_what_is_behind_it_are_watched),
		T(test_what_the_pass_wrote_itself_is_no_news_and_the_rest_is),
		T(test_who_is_there_right_after_the_pass_is_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

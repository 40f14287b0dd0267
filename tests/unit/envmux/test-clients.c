/* SPDX-License-Identifier: MIT */
/*
 * test-clients.c -- conversations of real clients, said again byte by byte
 *
 * tests/clients/NAME.http is one conversation over one connection, in the words that the client
 * sends. Lines:
 *   # why                     the client does so
 *   > METHOD PATH?QUERY       a request; then its headers, an empty line, its body
 *   < STATUS                  what must come; then one line each of what the client needs in it:
 *   place = value             a text, or JSON of another kind
 *   place * | place !         it is there | it is not there
 *   place -> WORD             kept: ${WORD} stands for it from now on
 * A place is "items[0].name"; "." is the whole answer.
 */
#include "tests/unit/envmux/serving.h"

struct talk {
	struct web *w;
	int fd;
	const char *file;
	unsigned line;
	char words[16][2][256]; /* kept */
	size_t n_words;
	struct buf headers, body;
	char method[16], path[1024];
	struct json_object *reply;
};

static void fault(struct talk *t, const char *what)
{
	fail_msg("%s:%u: %s; the answer was %s", t->file, t->line, what,
		 t->w->answer.body ? t->w->answer.body : "none");
}

/* TEXT with the kept words in their places; owned. */
static char *put_words(struct talk *t, const char *text)
{
	struct buf b = BUF_INIT;

	buf_adds(&b, "");
	while (*text) {
		size_t i = 0, n = 0;

		for (; *text == '$' && i < t->n_words; i++) {
			n = strlen(t->words[i][0]);
			if (text[1] == '{' && !strncmp(text + 2, t->words[i][0], n) &&
			    text[n + 2] == '}')
				break;
		}
		if (*text == '$' && i < t->n_words) {
			buf_adds(&b, t->words[i][1]);
			text += n + 3;
		} else {
			buf_addc(&b, *text++);
		}
	}
	assert_int_equal(b.error, 0);
	return b.data ?: strdup("");
}

/* What stands at PLACE; *ret_there says whether anything does. */
static struct json_object *find(struct talk *t, const char *place, bool *ret_there)
{
	struct json_object *o = t->reply;
	_cleanup_free_ char *copy = strdup(place);
	char *save = NULL;

	*ret_there = o;
	if (!strcmp(place, "."))
		return o;
	for (char *w = strtok_r(copy, ".", &save); w; w = strtok_r(NULL, ".", &save)) {
		char *index = strchr(w, '[');

		if (index)
			*index++ = '\0';
		*ret_there = json_object_is_type(o, json_type_object) &&
			     json_object_object_get_ex(o, w, &o);
		if (*ret_there && index) {
			*ret_there = json_object_is_type(o, json_type_array) &&
				     (size_t)atoi(index) < json_object_array_length(o);
			if (*ret_there)
				o = json_object_array_get_idx(o, (size_t)atoi(index));
		}
		if (!*ret_there)
			return NULL;
	}
	return o;
}

static void ask(struct talk *t)
{
	_cleanup_free_ char *path = put_words(t, t->path), *headers = NULL, *body = NULL;
	int status;

	buf_adds(&t->headers, "");
	buf_adds(&t->body, "");
	headers = put_words(t, t->headers.data ?: "");
	body = put_words(t, t->body.data ?: "");
	assert_int_equal(net_say(t->fd, t->method, path, "127.0.0.1", headers, body), 0);
	status = net_hear(t->fd, &t->w->answer);
	json_object_put(t->reply);
	t->reply = status > 0 && *t->w->answer.body ? json_tokener_parse(t->w->answer.body) : NULL;
	buf_done(&t->headers);
	buf_done(&t->body);
	t->headers = t->body = BUF_INIT;
	snprintf(t->method, sizeof(t->method), "%d", status);
}

static void check_line(struct talk *t, char *line)
{
	char *what = strchr(line, ' ');
	_cleanup_free_ char *wanted = NULL;
	struct json_object *o;
	const char *text;
	bool there;

	if (!what)
		fault(t, "no place and what stands there");
	*what++ = '\0';
	o = find(t, line, &there);
	if (there == !strncmp(what, "!", 1))
		fault(t, line);
	if (*what == '*' || *what == '!')
		return;
	text = json_object_is_type(o, json_type_string) ? json_object_get_string(o) : json_text(o);
	if (!strncmp(what, "-> ", 3)) {
		assert_true(t->n_words < ARRAY_SIZE(t->words));
		snprintf(t->words[t->n_words][0], 256, "%s", what + 3);
		snprintf(t->words[t->n_words++][1], 256, "%s", text);
		return;
	}
	wanted = put_words(t, what + 2);
	if (strncmp(what, "= ", 2) != 0 || strcmp(text, wanted) != 0)
		fault(t, line);
}

enum part { NOTHING, HEADERS, BODY, ANSWER };

static enum part one_line(struct talk *t, enum part part, char *line)
{
	if (line[0] == '>' && line[1] == ' ') {
		if (sscanf(line, "> %15s %1023s", t->method, t->path) != 2)
			fault(t, "expected \"> METHOD PATH\"");
		return HEADERS;
	}
	if (line[0] == '<' && line[1] == ' ') {
		ask(t);
		if (strcmp(t->method, line + 2) != 0)
			fault(t, line);
		return ANSWER;
	}
	if (part == HEADERS && *line)
		buf_addf(&t->headers, "%s\r\n", line);
	else if (part == HEADERS)
		return BODY;
	else if (part == BODY)
		buf_adds(&t->body, line);
	else if (part == ANSWER && *line && *line != '#')
		check_line(t, line);
	return part;
}

static void talk(struct web *w, const char *file)
{
	struct talk *t = calloc(1, sizeof(*t));
	_cleanup_fclose_ FILE *f = fopen(file, "re");
	enum part part = NOTHING;
	char line[8192];

	assert_non_null(f);
	t->w = w;
	t->file = file;
	t->fd = net_dial(w->conf.port);
	assert_true(t->fd >= 0);
	while (fgets(line, sizeof(line), f)) {
		t->line++;
		line[strcspn(line, "\n")] = '\0';
		if (part == NOTHING && (!*line || *line == '#'))
			continue;
		part = one_line(t, part, line);
	}
	assert_int_equal(part, ANSWER);
	close(t->fd);
	json_object_put(t->reply);
	free(t);
}

/* The client whose conversation NAME is gets what it reads, over one connection. */
static void run(void **state, const char *name)
{
	_cleanup_free_ char *file = str_printf("tests/clients/%s.http", name);

	talk(*state, file);
}

static void test_python_sdk_takes_it_for_a_device(void **state)
{
	run(state, "f5-sdk");
}

static void test_cccl_takes_it_for_a_device(void **state)
{
	run(state, "f5-cccl");
}

static void test_go_bigip_takes_it_for_a_device(void **state)
{
	run(state, "go-bigip");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, web_setup, web_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_python_sdk_takes_it_for_a_device),
		TEST(test_cccl_takes_it_for_a_device),
		TEST(test_go_bigip_takes_it_for_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

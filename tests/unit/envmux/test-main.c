/* SPDX-License-Identifier: MIT */
/*
 * test-main.c -- the whole program: the ready line, and kill -9 under load
 *
 * Each environment has a member of its own, at an address of its own, that answers with the
 * environment's id: an answer tells whose it is. Needs haproxy, openssl and curl.
 */
#include "tests/unit/envmux/main.h"

#define BASIC "Authorization: Basic YWRtaW46YWRtaW4=\r\n" /* admin:admin */
#define JOURNAL_LIMIT_MS 15000

static void start_mux(struct fixture *f)
{
	char api[32], front[32], text[4096];
	char *const argv[] = { f->program,
			       (char *)"--dev",
			       (char *)"--api",
			       api,
			       (char *)"--front",
			       front,
			       (char *)"--state",
			       f->dir,
			       (char *)"--base-domain",
			       (char *)"t.internal",
			       NULL };

	snprintf(api, sizeof(api), "127.0.0.1:%u", f->api);
	snprintf(front, sizeof(front), "127.0.0.1:%u", f->front);
	f->pid = start(argv, text, sizeof(text));
	if (!strstr(text, "ready api=http://127.0.0.1:"))
		fail_msg("not ready: %s", text);
}

/* The status of one request on FD, -1 if the connection is gone. */
static int ask(int fd, const char *method, const char *path, const char *transaction,
	       const char *body, struct net_answer *a)
{
	_cleanup_free_ char *headers =
		transaction ? str_printf(BASIC "X-F5-REST-Coordination-Id: %s\r\n", transaction)
			    : strdup(BASIC);

	return net_say(fd, method, path, "x", headers, body) < 0 ? -1 : net_hear(fd, a);
}

/* Registers ID with two services in one transaction; true if that was acknowledged. */
static bool register_env(struct fixture *f, int fd, unsigned id, struct net_answer *a)
{
	static const char *const services[] = { "www", "api" };
	char body[512], path[128], transaction[32];
	const char *at;

	snprintf(body, sizeof(body), "{\"name\":\"test-%u\"}", id);
	if (ask(fd, "POST", "/mgmt/tm/auth/partition", NULL, body, a) != 200 ||
	    ask(fd, "POST", "/mgmt/tm/transaction", NULL, "{}", a) != 200)
		return false;
	at = strstr(a->body, "\"transId\":");
	if (!at || sscanf(at, "\"transId\":%30[0-9]", transaction) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		snprintf(
			body, sizeof(body),
			"{\"name\":\"%s-%u\",\"partition\":\"test-%u\",\"monitor\":\"/Common/tcp\","
			"\"members\":[{\"name\":\"127.1.0.%u:%u\",\"address\":\"127.1.0.%u\"}]}",
			services[i], id, id, id, f->port, id);
		if (ask(fd, "POST", "/mgmt/tm/ltm/pool", transaction, body, a) != 200)
			return false;
	}
	snprintf(path, sizeof(path), "/mgmt/tm/transaction/%s", transaction);
	return ask(fd, "PATCH", path, NULL, "{\"state\":\"VALIDATING\"}", a) == 200 &&
	       strstr(a->body, "COMPLETED");
}

/* Registers one after the other until all are there or the API is gone. */
static void *write_all(void *userdata)
{
	struct fixture *f = userdata;
	struct net_answer *a = malloc(sizeof(*a));
	int fd = net_dial(f->api);

	while (fd >= 0 && !f->stop && f->begun < ENVS) {
		f->begun++;
		if (!register_env(f, fd, f->begun, a))
			break;
		f->acked[f->begun] = true;
		f->n_acked++;
	}
	close(fd);
	free(a);
	return NULL;
}

static void wait_acked(struct fixture *f, unsigned n)
{
	uint64_t until = now_ms() + JOURNAL_LIMIT_MS;

	while (f->n_acked < n && now_ms() < until)
		poll(NULL, 0, 1);
	assert_true(f->n_acked >= n);
}

/* Who answers for each id, as www and as api: 0 nobody, otherwise 1. Fails for another's answer. */
static void look(struct fixture *f, unsigned char www[ENVS + 1], unsigned char api[ENVS + 1])
{
	_cleanup_free_ char *command =
		str_printf("curl -s --max-time 10 --cacert %s/ca.crt --resolve '*:%u:127.0.0.1' "
			   "-w '|%%{http_code}|%%{url_effective}\\n' "
			   "'https://{www,api}-[1-%u].t.internal:%u/'",
			   f->dir, f->front, ENVS, f->front);
	FILE *p = popen(command, "re");
	char line[512];

	memset(www, 0, ENVS + 1);
	memset(api, 0, ENVS + 1);
	assert_non_null(p);
	while (fgets(line, sizeof(line), p)) {
		unsigned member = 0, id;
		char service[8];
		int status;
		char *bar = strchr(line, '|');

		if (!bar || sscanf(bar, "|%d|https://%3[a-z]-%u.", &status, service, &id) != 3 ||
		    id > ENVS)
			continue;
		if (status != 200)
			continue;
		assert_int_equal(sscanf(line, "m%u|", &member), 1);
		if (member != id)
			fail_msg("%s-%u was answered by the member of %u", service, id, member);
		(strcmp(service, "www") ? api : www)[id] = 1;
	}
	(void)pclose(p);
}

/* Every acknowledged one is routed, wholly; who was in doubt wholly or not at all. */
static void check_routes(struct fixture *f)
{
	unsigned char www[ENVS + 1], api[ENVS + 1];

	look(f, www, api);
	for (unsigned id = 1; id <= ENVS; id++) {
		if (www[id] != api[id])
			fail_msg("environment %u is half there", id);
		if (f->acked[id] && !www[id])
			fail_msg("environment %u was acknowledged and is not routed", id);
	}
}

/* Until the first environment is answered for again. */
static void wait_routed(struct fixture *f)
{
	_cleanup_free_ char *command =
		str_printf("curl -s -f -o /dev/null --max-time 5 --cacert %s/ca.crt "
			   "--resolve '*:%u:127.0.0.1' https://www-1.t.internal:%u/",
			   f->dir, f->front, f->front);
	uint64_t until = now_ms() + JOURNAL_LIMIT_MS;
	int r = -1;

	while (r != 0 && now_ms() < until) {
		r = system(command);
		if (r != 0)
			poll(NULL, 0, 50);
	}
	assert_int_equal(r, 0);
}

/* The one child of PID. */
static pid_t child_of(pid_t pid)
{
	_cleanup_free_ char *path = str_printf("/proc/%d/task/%d/children", (int)pid, (int)pid);
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	int child = 0;

	if (!file || fscanf(file, "%d", &child) != 1)
		return 0;
	return child;
}

static void start_members(struct fixture *f)
{
	f->port = 0;
	for (unsigned i = 1; i <= ENVS; i++) {
		char name[16], address[32];

		snprintf(name, sizeof(name), "m%u", i);
		snprintf(address, sizeof(address), "127.1.0.%u", i);
		net_member_start_at(&f->members[i], name, address, f->port);
		f->port = f->members[i].port;
	}
}

static void test_killed_envmux_comes_back_with_all_it_acknowledged(void **state)
{
	static const unsigned at[] = { 8, 20, 33 };
	struct fixture *f = *state;
	pthread_t writer;

	SKIP_WITHOUT_PROGRAMS(f);
	start_members(f);
	start_mux(f);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(pthread_create(&writer, NULL, write_all, f), 0);
		wait_acked(f, at[i]);
		end_mux(f, SIGKILL);
		pthread_join(writer, NULL);
		start_mux(f);
		check_routes(f);
	}
}

static void test_killed_haproxy_comes_back_with_all_that_is_registered(void **state)
{
	struct fixture *f = *state;
	pthread_t writer;
	pid_t master, worker;

	SKIP_WITHOUT_PROGRAMS(f);
	start_members(f);
	start_mux(f);
	assert_int_equal(pthread_create(&writer, NULL, write_all, f), 0);
	wait_acked(f, 10);
	master = child_of(f->pid);
	worker = child_of(master);
	if (master <= 0 || worker <= 0) {
		f->stop = true;
		pthread_join(writer, NULL);
		print_message("skipped: this kernel does not list children\n");
		skip();
	}
	assert_int_equal(kill(worker, SIGKILL), 0);
	/* Nobody waits for HAProxy with a registration. */
	wait_acked(f, ENVS);
	pthread_join(writer, NULL);
	wait_routed(f);
	check_routes(f);
	master = child_of(f->pid);
	assert_true(master > 0);
	assert_int_equal(kill(master, SIGKILL), 0);
	wait_routed(f);
	check_routes(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_killed_envmux_comes_back_with_all_it_acknowledged),
		TEST(test_killed_haproxy_comes_back_with_all_that_is_registered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

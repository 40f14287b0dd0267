/* SPDX-License-Identifier: MIT */
/* test-server.c -- the server on loopback, asked over real connections */
#include "tests/unit/skysim/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <sys/socket.h>

#include "agent/base/log.h"
#include "tools/skysim/server.h"

#define LIMIT_MSEC 20000

struct fixture {
	char dir[32], world[64];
	pid_t pid;
	unsigned port;
};

static void write_world(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->world, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The server in a process of its own, which says its port through the pipe. */
static void serve(const struct fixture *f, int out)
{
	char *const listen[] = { (char *)"127.0.0.1:0", NULL };
	struct server *server;
	struct sim sim = {};
	char *why = NULL;
	int r;

	log_set_level(LOG_EMERG);
	r = world_load(f->world, &sim.world, &why);
	if (r >= 0)
		r = server_new(&sim, f->world, listen, &server, &why);
	if (r < 0)
		_exit(1);
	dprintf(out, "%s", strrchr(server_url(server, 0), ':') + 1);
	close(out);
	r = server_run(server);
	server_free(server);
	sim_done(&sim);
	_exit(r < 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char port[8] = "";
	int pipes[2];

	strcpy(f->dir, "/tmp/skysim-server-XXXXXX");
	if (!mkdtemp(f->dir) || pipe(pipes) < 0)
		return -1;
	snprintf(f->world, sizeof(f->world), "%s/world.json", f->dir);
	write_world(f, FIXTURE_WORLD);
	f->pid = fork();
	if (!f->pid)
		serve(f, pipes[1]);
	close(pipes[1]);
	if (read(pipes[0], port, sizeof(port) - 1) <= 0)
		return -1;
	close(pipes[0]);
	f->port = (unsigned)atoi(port);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	int status;

	kill(f->pid, SIGTERM);
	waitpid(f->pid, &status, 0);
	unlink(f->world);
	rmdir(f->dir);
	free(f);
	/* An orderly end, also while a connection is held. */
	return status ? -1 : 0;
}

/* Sends one request from SOURCE, an address of the loopback network. */
static int request(const struct fixture *f, const char *source, const char *line)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, source, &from.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	dprintf(fd, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", line);
	return fd;
}

/* All that comes until the end; the length, or -errno. Closes FD. */
static ssize_t answer(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, LIMIT_MSEC) <= 0)
			fail_msg("no answer within %d ms", LIMIT_MSEC);
		n = read(fd, text + len, size - 1 - len);
		if (n < 0) {
			n = -errno;
			close(fd);
			return n;
		}
		if (!n)
			break;
		len += (size_t)n;
	}
	text[len] = 0;
	close(fd);
	return (ssize_t)len;
}

static ssize_t ask(const struct fixture *f, const char *source, const char *line, char text[16384])
{
	return answer(request(f, source, line), text, 16384);
}

static void test_the_source_address_says_who_asks(void **state)
{
	char text[16384];

	ask(*state, "127.0.1.21", "GET /skytap?reset_autosuspend=1", text);
	assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(text, "/configurations/4190101\""));
	ask(*state, "127.0.2.21", "GET /skytap", text);
	assert_non_null(strstr(text, "/configurations/4190102\""));
	ask(*state, "127.0.0.1", "GET /skytap", text);
	assert_non_null(strstr(text, "HTTP/1.1 404 "));
}

static void test_a_refused_connection_is_reset(void **state)
{
	char text[16384];

	ask(*state, "127.0.0.1", "PUT /_skysim/fault?metadata=refuse", text);
	assert_int_equal(ask(*state, "127.0.1.21", "GET /skytap", text), -ECONNRESET);
}

static void test_a_truncated_answer_ends_too_early(void **state)
{
	char text[16384], *end, *length;
	ssize_t n;

	ask(*state, "127.0.0.1", "PUT /_skysim/fault?metadata=truncated", text);
	n = ask(*state, "127.0.1.21", "GET /skytap", text);
	length = strstr(text, "Content-Length: ");
	end = strstr(text, "\r\n\r\n");
	assert_true(n > 0 && length && end);
	assert_int_equal(strlen(end + 4), atoi(length + 16) / 2);
}

static void test_a_hanging_answer_comes_once_the_knob_is_cleared(void **state)
{
	const struct fixture *f = *state;
	struct pollfd p = { .events = POLLIN };
	char text[16384];

	ask(f, "127.0.0.1", "PUT /_skysim/fault?metadata=hang&times=1", text);
	p.fd = request(f, "127.0.1.21", "GET /skytap");
	/* Others are served meanwhile. */
	ask(f, "127.0.2.21", "GET /skytap", text);
	assert_non_null(strstr(text, "HTTP/1.1 200 "));
	assert_int_equal(poll(&p, 1, 200), 0);

	ask(f, "127.0.0.1", "DELETE /_skysim/fault", text);
	answer(p.fd, text, sizeof(text));
	assert_non_null(strstr(text, "/configurations/4190101\""));
}

static void test_the_server_ends_while_a_connection_hangs(void **state)
{
	const struct fixture *f = *state;
	char text[16384];

	ask(f, "127.0.0.1", "PUT /_skysim/fault?metadata=hang", text);
	close(request(f, "127.0.1.21", "GET /skytap"));
	request(f, "127.0.1.21", "GET /skytap");
	ask(f, "127.0.0.1", "GET /_skysim/log", text);
	/* The teardown sees how it ends. */
}

/* Asks until the answer holds WANTED. */
static void wait_for(const struct fixture *f, const char *wanted)
{
	char text[16384] = "";

	for (int i = 0; i < LIMIT_MSEC / 10 && !strstr(text, wanted); i++) {
		if (i)
			usleep(10000);
		ask(f, "127.0.1.21", "GET /skytap", text);
	}
	assert_non_null(strstr(text, wanted));
}

static void test_hup_reads_the_world_again(void **state)
{
	struct fixture *f = *state;

	write_world(f, "{\"environments\":[" FIXTURE_BALANCER
		       "," FIXTURE_COPY("1") "],"
					     "\"users\":[{\"id\":30017,\"login_name\":\"r\"}],"
					     "\"url\":\"https://elsewhere.test\"}");
	kill(f->pid, SIGHUP);
	wait_for(f, "https://elsewhere.test/configurations/4190101");
}

static void test_a_broken_world_leaves_the_old_one(void **state)
{
	struct fixture *f = *state;
	char text[16384];

	write_world(f, "{ nonsense");
	kill(f->pid, SIGHUP);
	for (int i = 0; i < 20; i++) {
		ask(f, "127.0.1.21", "GET /skytap", text);
		assert_non_null(strstr(text, "/configurations/4190101\""));
	}
}

static void test_a_body_is_taken_and_a_stranger_method_refused(void **state)
{
	char text[16384];

	ask(*state, "127.0.1.21", "POST /skytap", text);
	assert_non_null(strstr(text, "HTTP/1.1 405 "));
	assert_non_null(strstr(text, "X-Request-ID: "));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_the_source_address_says_who_asks),
		T(test_a_refused_connection_is_reset),
		T(test_a_truncated_answer_ends_too_early),
		T(test_a_hanging_answer_comes_once_the_knob_is_cleared),
		T(test_the_server_ends_while_a_connection_hangs),
		T(test_hup_reads_the_world_again),
		T(test_a_broken_world_leaves_the_old_one),
		T(test_a_body_is_taken_and_a_stranger_method_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* test-fetch.c -- the program envagent-fetch against a real server that answers as badly as any */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <time.h>

#include "agent/base/protocol.h"
#include "tests/unit/fetch/service.h"

struct fixture {
	struct service service;
	char program[512];
	char resolv_conf[64];
	int document, former;
	char line[1024]; /* what it wrote to the event pipe */
	int status;
	double seconds;
};

static int group_setup(void **state)
{
	static struct fixture f;
	char *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", f.program, sizeof(f.program) - 1);
	if (n < 0)
		return -1;
	f.program[n] = '\0';
	for (int i = 0; i < 3 && (slash = strrchr(f.program, '/')); i++)
		*slash = '\0';
	strcat(f.program, "/envagent-fetch");
	snprintf(f.resolv_conf, sizeof(f.resolv_conf), "/tmp/envagent-test-%d.conf", getpid());
	*state = &f;
	return service_init(&f.service);
}

static int group_teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->resolv_conf);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = *state;

	f->service.orders->mode = SERVICE_GOOD;
	f->document = memfd_create("document", MFD_CLOEXEC);
	f->former = memfd_create("former", MFD_CLOEXEC);
	return service_start(&f->service);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	service_stop(&f->service);
	close(f->document);
	close(f->former);
	return 0;
}

static void need_mac(struct fixture *f)
{
	if (f->service.mac[0])
		return;
	print_message("skipped: no link with a MAC here, and no right to make one\n");
	skip();
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void child(struct fixture *f, int events, const char *order, const char *timeout)
{
	char port[16];

	snprintf(port, sizeof(port), "%d", f->service.port);
	events = fcntl(events, F_DUPFD, 10);
	f->document = fcntl(f->document, F_DUPFD, 10);
	f->former = fcntl(f->former, F_DUPFD, 10);
	dup2(events, 3);
	dup2(f->document, 4);
	dup2(f->former, 5);
	execl(f->program, "envagent-fetch", "--protocol", "1", "--order", order, "--port", port,
	      "--timeout-ms", timeout, "--resolv-conf", f->resolv_conf, "--last",
	      f->service.address, NULL);
	_exit(126);
}

static void fetch(struct fixture *f, const char *order, const char *timeout)
{
	double start = now();
	size_t len = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(ftruncate(f->document, 0), 0);
	lseek(f->document, 0, SEEK_SET);
	pid = fork();
	if (pid == 0)
		child(f, fds[1], order, timeout);
	close(fds[1]);
	while ((n = read(fds[0], f->line + len, sizeof(f->line) - 1 - len)) > 0)
		len += (size_t)n;
	f->line[len] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	f->status = WEXITSTATUS(status);
	f->seconds = now() - start;
}

static void assert_found(struct fixture *f, const char *document)
{
	char expected[FETCH_LINE_MAX];

	snprintf(expected, sizeof(expected),
		 "identity 1 vm=52100021 env=4190101 document=%s from=%s\n", document,
		 f->service.address);
	assert_string_equal(f->line, expected);
	assert_int_equal(f->status, PROTOCOL_SETTLED);
}

/* One try, which fails for this reason. */
static void assert_refused(struct fixture *f, const char *reason)
{
	char expected[FETCH_LINE_MAX];

	snprintf(expected, sizeof(expected), "none 1 tries=%s:%s\n", f->service.address, reason);
	assert_string_equal(f->line, expected);
	assert_int_equal(f->status, PROTOCOL_DEGRADED);
	assert_int_equal(lseek(f->document, 0, SEEK_END), 0);
}

static void test_every_legal_framing_brings_the_document(void **state)
{
	static const enum service_mode modes[] = { SERVICE_GOOD, SERVICE_CHUNKED, SERVICE_NO_LENGTH,
						   SERVICE_SLOW };
	struct fixture *f = *state;
	char expected[1024], got[1024];

	need_mac(f);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		int len;

		f->service.orders->mode = modes[i];
		len = service_document(&f->service, expected, sizeof(expected));
		fetch(f, "last", "5000");
		assert_found(f, "changed");
		assert_int_equal(pread(f->document, got, sizeof(got), 0), len);
		assert_memory_equal(got, expected, (size_t)len);
	}
}

static void test_the_former_document_is_recognised(void **state)
{
	struct fixture *f = *state;
	char doc[1024];
	int len = service_document(&f->service, doc, sizeof(doc));

	need_mac(f);
	assert_int_equal(write(f->former, doc, (size_t)len), len);
	fetch(f, "last", "5000");
	assert_found(f, "same");

	assert_int_equal(pwrite(f->former, "9", 1, len - 5), 1);
	fetch(f, "last", "5000");
	assert_found(f, "changed");
}

static void test_each_bad_answer_has_its_reason(void **state)
{
	static const struct {
		enum service_mode mode;
		const char *reason;
	} cases[] = {
		{ SERVICE_HTML, "not-json" },
		{ SERVICE_EMPTY_BODY, "empty" },
		{ SERVICE_SILENT_CLOSE, "empty" },
		{ SERVICE_TRUNCATED, "truncated" },
		{ SERVICE_HUGE, "too-large" },
		{ SERVICE_HUGE_LENGTH, "too-large" },
		{ SERVICE_LONG_HEAD, "too-large" },
		{ SERVICE_500, "status-500" },
		{ SERVICE_REDIRECT, "status-302" },
		{ SERVICE_NOT_HTTP, "not-http" },
		{ SERVICE_NO_URL, "no-configuration-url" },
		{ SERVICE_OTHER_VM, "other-vm" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		f->service.orders->mode = cases[i].mode;
		fetch(f, "last", "5000");
		assert_refused(f, cases[i].reason);
	}
}

static void test_a_hanging_server_ends_with_the_time(void **state)
{
	struct fixture *f = *state;

	f->service.orders->mode = SERVICE_HANG;
	fetch(f, "last", "400");
	assert_refused(f, "timeout");
	assert_true(f->seconds < 3);
}

static void test_a_hanging_address_leaves_time_for_the_next(void **state)
{
	struct fixture *f = *state;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)f->service.port) };

	need_mac(f);
	/* It takes the connection and never says a word. */
	inet_pton(AF_INET, "127.0.0.77", &sa.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 1), 0);
	fetch(f, "127.0.0.77,last", "2000");
	close(fd);
	assert_found(f, "changed");
	assert_true(f->seconds < 1.9);
}

static void test_a_refusing_port_is_reported_at_once(void **state)
{
	struct fixture *f = *state;

	service_stop(&f->service);
	fetch(f, "last", "5000");
	assert_refused(f, "refused");
	assert_true(f->seconds < 3);
}

static void test_an_address_is_asked_once_whatever_names_it(void **state)
{
	struct fixture *f = *state;
	char order[128];

	f->service.orders->mode = SERVICE_500;
	f->service.orders->served = 0;
	snprintf(order, sizeof(order), "last,%s,last", f->service.address);
	fetch(f, order, "5000");
	assert_refused(f, "status-500");
	assert_int_equal(f->service.orders->served, 1);
}

/* A DNS server of one answer: "gw" is at the service's address. */
static pid_t dns_server(struct fixture *f)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(53) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	inet_pton(AF_INET, "127.0.0.53", &sa.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	pid = fork();
	if (pid == 0) {
		static const uint8_t rr[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4 };
		uint8_t m[512];
		socklen_t len = sizeof(sa);
		ssize_t n = recvfrom(fd, m, sizeof(m), 0, (struct sockaddr *)&sa, &len);

		m[2] = 0x85;
		m[3] = 0x80;
		m[7] = 1;
		/* The question of "gw" ends here, whatever options follow. */
		n = 12 + 4 + 4;
		m[11] = 0;
		memcpy(m + n, rr, sizeof(rr));
		inet_pton(AF_INET, f->service.address, m + n + sizeof(rr));
		sendto(fd, m, (size_t)n + sizeof(rr) + 4, 0, (struct sockaddr *)&sa, len);
		_exit(0);
	}
	close(fd);
	return pid;
}

static void write_resolv_conf(struct fixture *f, const char *text)
{
	FILE *file = fopen(f->resolv_conf, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_gw_is_asked_of_the_nameserver_directly(void **state)
{
	struct fixture *f = *state;
	pid_t pid;

	if (!f->service.netns) {
		print_message("skipped: port 53 needs root\n");
		skip();
	}
	pid = dns_server(f);
	write_resolv_conf(f, "nameserver 127.0.0.53\n");
	fetch(f, "gw", "5000");
	waitpid(pid, NULL, 0);
	assert_found(f, "changed");
}

static void test_a_dead_nameserver_does_not_hold_the_rest_up(void **state)
{
	struct fixture *f = *state;

	if (!f->service.netns) {
		print_message("skipped: needs a network without any server\n");
		skip();
	}
	write_resolv_conf(f, "nameserver 127.0.0.54\n");
	fetch(f, "gw,gateway,last", "3000");
	assert_found(f, "changed");
	assert_true(f->seconds < 2);

	f->service.orders->mode = SERVICE_500;
	fetch(f, "gw,gateway", "3000");
	assert_string_equal(f->line, "none 1 tries=gw:refused;gateway:none\n");
}

static void test_the_line_is_never_too_long(void **state)
{
	struct fixture *f = *state;
	char order[1024] = "";

	f->service.orders->mode = SERVICE_500;
	service_stop(&f->service);
	for (int i = 100; i < 115; i++)
		snprintf(order + strlen(order), sizeof(order) - strlen(order), "%s127.100.100.%d",
			 *order ? "," : "", i);
	fetch(f, order, "5000");
	assert_true(strlen(f->line) <= FETCH_LINE_MAX);
	assert_string_equal(f->line + strlen(f->line) - 9, ":refused\n");
	assert_int_equal(f->status, PROTOCOL_DEGRADED);
}

static void test_another_protocol_is_told_by_the_exit_code(void **state)
{
	struct fixture *f = *state;
	char command[1024];

	snprintf(command, sizeof(command), "%s --protocol 2 --order last 3>/dev/null", f->program);
	assert_int_equal(WEXITSTATUS(system(command)), PROTOCOL_MISMATCH);
}

static void test_an_unknown_word_is_refused(void **state)
{
	struct fixture *f = *state;

	fetch(f, "last,google.com", "1000");
	assert_int_equal(f->status, PROTOCOL_FAILED);
	assert_string_equal(f->line, "");
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_every_legal_framing_brings_the_document),
		T(test_the_former_document_is_recognised),
		T(test_each_bad_answer_has_its_reason),
		T(test_a_hanging_server_ends_with_the_time),
		T(test_a_hanging_address_leaves_time_for_the_next),
		T(test_a_refusing_port_is_reported_at_once),
		T(test_an_address_is_asked_once_whatever_names_it),
		T(test_gw_is_asked_of_the_nameserver_directly),
		T(test_a_dead_nameserver_does_not_hold_the_rest_up),
		T(test_the_line_is_never_too_long),
		T(test_another_protocol_is_told_by_the_exit_code),
		T(test_an_unknown_word_is_refused),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

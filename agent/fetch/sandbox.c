/* SPDX-License-Identifier: MIT */
/* sandbox.c -- no new privileges, resource limits, and a list of allowed system calls */
#include "agent/fetch/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "agent/base/cleanup.h"
#include "agent/base/protocol.h"

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "sandbox.c knows the system calls of x86_64 and aarch64 only"
#endif

/* A sanitizer's own calls at the end of the program would be refused. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_FILTER 0
#elif defined(__has_feature)
#define SANDBOX_FILTER !__has_feature(address_sanitizer)
#else
#define SANDBOX_FILTER 1
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define EQUAL(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define ANY_BIT(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)
#define DENY ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW(name) EQUAL(__NR_##name, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

/* Both architectures are little-endian: the low half of an argument comes first. */
static const struct sock_filter filter[] = {
	LOAD(arch),
	EQUAL(OUR_ARCH, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	ALLOW(read),
	ALLOW(write),
	ALLOW(recvfrom),
	ALLOW(sendto),
#ifdef __NR_poll
	ALLOW(poll),
#endif
	ALLOW(ppoll),
	ALLOW(connect),
	ALLOW(getsockopt),
	ALLOW(close),
	ALLOW(brk),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(pread64),
	ALLOW(pwrite64),
	ALLOW(lseek),
	ALLOW(fstat),
	ALLOW(newfstatat),
	ALLOW(clock_gettime),
	ALLOW(getrandom),
	ALLOW(restart_syscall),
	ALLOW(rt_sigreturn),
	ALLOW(exit_group),
	/* Memory that is or becomes code is for loaders. */
	EQUAL(__NR_mmap, 0, 4),
	LOAD(args[2]),
	ANY_BIT(PROT_EXEC, 0, 1),
	DENY,
	ANSWER(SECCOMP_RET_ALLOW),
	EQUAL(__NR_socket, 0, 4),
	LOAD(args[0]),
	EQUAL(AF_INET, 1, 0),
	EQUAL(AF_INET6, 0, 1),
	ANSWER(SECCOMP_RET_ALLOW),
	DENY,
};

static int limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit l = { value, value };

	return setrlimit(what, &l) < 0 ? -errno : 0;
}

static int limits(void)
{
	int r;

	/* The document may hold the passwords of a VM: no core, and nothing for a debugger. */
	r = prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : limit(RLIMIT_CORE, 0);
	if (r == 0)
		r = limit(RLIMIT_FSIZE, DOCUMENT_MAX);
	if (r == 0)
		r = limit(RLIMIT_NOFILE, 16);
	if (r == 0)
		r = limit(RLIMIT_CPU, 5);
	return r;
}

int sandbox_enter(void)
{
	const struct sock_fprog prog = {
		.len = ARRAY_SIZE(filter),
		.filter = (struct sock_filter *)filter,
	};
	int r;

	signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit fails, it does not kill */
	r = limits();
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (SANDBOX_FILTER && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * log.h -- one sentence for a person, on stderr
 *
 * base/ and sys/ never log: the first function that knows what was wanted logs once and passes the
 * code up. Where the journal reads stderr, or who started us asks for it by LOG_PREFIX_VARIABLE in
 * the environment, a line starts with <N>, its syslog priority, as sd-daemon(3) describes; anywhere
 * else, a terminal or a file, it is plain. No secret may reach a log line.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <syslog.h>

#include "agent/base/cleanup.h"

/* Lines above this syslog level are dropped; LOG_INFO from the start. */
void log_set_level(int level);
#define LOG_PREFIX_VARIABLE "LOG_LEVEL_PREFIX"
/* Whether the journal reads our stderr: JOURNAL_STREAM of systemd.exec(5) names it. */
bool log_to_journal(void);
/* Whether lines start with <N>: for who starts a program that shall write as we do. */
bool log_prefixed(void);

/* The name before each plain line; borrowed, static. */
void log_set_name(const char *name);

/* Where the lines go instead of stderr (the supervisor's journal); NULL for stderr again. */
void log_set_sink(void (*sink)(int level, const char *text));

/*
 * Logs one line; %m in FMT is the text of ERROR (a negative errno, or 0). Returns ERROR made
 * negative, so that "return log_error_errno(r, ...)" passes the code up. Keeps errno. Control
 * characters in the text are replaced, so a foreign string cannot forge a line.
 */
int log_full(int level, int error, const char *fmt, ...) _printf_(3, 4);

#define log_error_errno(e, ...) log_full(LOG_ERR, e, __VA_ARGS__)
#define log_warning_errno(e, ...) log_full(LOG_WARNING, e, __VA_ARGS__)
#define log_notice_errno(e, ...) log_full(LOG_NOTICE, e, __VA_ARGS__)
#define log_error(...) ((void)log_full(LOG_ERR, 0, __VA_ARGS__))
#define log_warning(...) ((void)log_full(LOG_WARNING, 0, __VA_ARGS__))
#define log_notice(...) ((void)log_full(LOG_NOTICE, 0, __VA_ARGS__))
#define log_info(...) ((void)log_full(LOG_INFO, 0, __VA_ARGS__))
#define log_debug(...) ((void)log_full(LOG_DEBUG, 0, __VA_ARGS__))

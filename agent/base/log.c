/* SPDX-License-Identifier: MIT */
/* log.c -- one sentence for a person, on stderr */
#include "agent/base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/utf8.h"

#define LOG_LINE_MAX 3072

static int log_level = LOG_INFO;
static const char *log_name;
static void (*log_sink)(int level, const char *text);

void log_set_level(int level)
{
	log_level = level;
}

void log_set_name(const char *name)
{
	log_name = name;
}

void log_set_sink(void (*sink)(int level, const char *text))
{
	log_sink = sink;
}

/* What is no printable character becomes '?', byte by byte. */
static void log_clean(char *text)
{
	size_t len = strlen(text), n;
	uint32_t c;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &c);
		if (n && utf8_printable(c))
			continue;
		n = n ?: 1;
		memset(text + i, '?', n);
	}
}

bool log_to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uint64_t dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%" SCNu64 ":%" SCNu64, &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

bool log_prefixed(void)
{
	return getenv(LOG_PREFIX_VARIABLE) || log_to_journal();
}

/* One write, so that lines of several processes do not mix. */
static void log_stderr(int level, const char *text)
{
	char line[LOG_LINE_MAX + 64];
	ssize_t n;
	int len;

	if (log_prefixed())
		len = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
	else
		len = snprintf(line, sizeof(line), "%s%s%s\n", log_name ?: "", log_name ? ": " : "",
			       text);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line)) {
		len = sizeof(line) - 1;
		line[len - 1] = '\n';
	}
	do {
		n = write(STDERR_FILENO, line, len);
	} while (n < 0 && errno == EINTR);
}

int log_full(int level, int error, const char *fmt, ...)
{
	int saved = errno, code = error < 0 ? -error : error;
	char text[LOG_LINE_MAX];
	va_list ap;

	if (level <= log_level) {
		errno = code;
		va_start(ap, fmt);
		if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
			text[0] = '\0';
		va_end(ap);
		log_clean(text);
		if (log_sink)
			log_sink(level, text);
		else
			log_stderr(level, text);
	}
	errno = saved;
	return -code;
}

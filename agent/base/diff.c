/* SPDX-License-Identifier: MIT */
/*
 * diff.c -- the lines that differ between two texts
 *
 * The shortest edit script by E. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986,
 * after the common head and tail are set aside.
 */
#include "agent/base/diff.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/utf8.h"

#define LINES_MAX 20000
#define EDITS_MAX 1000 /* the trace takes 4 bytes times the square of it */

struct line {
	const char *text;
	size_t len; /* with its newline, which the last one may lack */
};

struct side {
	struct line *lines;
	size_t n;
	bool *kept; /* of each line: it is in the other text too */
};

static void side_done(struct side *s)
{
	free(s->lines);
	free(s->kept);
}

static bool is_text(const char *s, size_t len)
{
	while (len) {
		const char *newline = memchr(s, '\n', len);
		size_t n = newline ? (size_t)(newline - s) : len;
		size_t shown = n && newline && s[n - 1] == '\r' ? n - 1 : n;

		if (!utf8_text(s, shown))
			return false;
		n += newline ? 1 : 0;
		s += n;
		len -= n;
	}
	return true;
}

static int split(const char *text, size_t len, struct side *ret)
{
	size_t n = 0, i = 0;

	for (size_t at = 0; at < len; at++)
		n += text[at] == '\n' || at + 1 == len;
	ret->lines = calloc(n + 1, sizeof(*ret->lines));
	ret->kept = calloc(n + 1, sizeof(*ret->kept));
	if (!ret->lines || !ret->kept)
		return -ENOMEM;
	ret->n = n;
	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t one = newline ? (size_t)(newline - text) + 1 : len;

		ret->lines[i++] = (struct line){ text, one };
		text += one;
		len -= one;
	}
	return 0;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/*
 * Walks the trace back from the end of both texts and marks the lines that are kept. Row D of the
 * trace starts at D*D and holds, for each diagonal K from -D to D, how far X it came.
 */
static void mark_kept(const int *trace, int d, bool *kept_a, bool *kept_b, int x, int y)
{
	for (; d > 0; d--) {
		const int *before = trace + (size_t)(d - 1) * (d - 1) + (d - 1);
		int k = x - y, from_k, from_x;

		if (k == -d || (k != d && before[k - 1] < before[k + 1]))
			from_k = k + 1;
		else
			from_k = k - 1;
		from_x = before[from_k];
		while (x > from_x && y > from_x - from_k)
			kept_a[--x] = kept_b[--y] = true;
		x = from_x;
		y = from_x - from_k;
	}
	while (x > 0 && y > 0)
		kept_a[--x] = kept_b[--y] = true;
}

/* Diagonals out of range of row D-1 read as -1, "never came there". */
static int reach(const int *before, int d, int k)
{
	int down, right;

	if (d == 0)
		return 0;
	down = k + 1 <= d - 1 ? before[k + 1] : -1;
	right = k - 1 >= 1 - d ? before[k - 1] : -1;
	if (k == -d || (k != d && right < down))
		return down;
	return right < 0 ? -1 : right + 1;
}

/* Finds the lines kept between A and B; with more than EDITS_MAX edits none is. */
static int compare(const struct line *a, size_t n, const struct line *b, size_t m, bool *kept_a,
		   bool *kept_b)
{
	_cleanup_free_ int *trace = NULL;
	int max = n + m < EDITS_MAX ? n + m : EDITS_MAX;

	for (int d = 0; d <= max; d++) {
		int *row, *before;
		int *bigger = reallocarray(trace, (size_t)(d + 1) * (d + 1), sizeof(*trace));

		if (!bigger)
			return -ENOMEM;
		trace = bigger;
		row = trace + (size_t)d * d + d;
		before = d ? trace + (size_t)(d - 1) * (d - 1) + (d - 1) : NULL;
		for (int k = -d; k <= d; k++)
			row[k] = -1;
		for (int k = -d; k <= d; k += 2) {
			int x = reach(before, d, k), y = x - k;

			if (x < 0 || y < 0 || x > (int)n || y > (int)m)
				continue;
			while (x < (int)n && y < (int)m && same(&a[x], &b[y])) {
				x++;
				y++;
			}
			row[k] = x;
			if (x == (int)n && y == (int)m) {
				mark_kept(trace, d, kept_a, kept_b, x, y);
				return 0;
			}
		}
	}
	return 0;
}

static int find_kept(struct side *a, struct side *b)
{
	size_t head = 0, tail = 0;

	if (a->n > LINES_MAX || b->n > LINES_MAX)
		return 0;
	while (head < a->n && head < b->n && same(&a->lines[head], &b->lines[head])) {
		a->kept[head] = b->kept[head] = true;
		head++;
	}
	while (tail < a->n - head && tail < b->n - head &&
	       same(&a->lines[a->n - 1 - tail], &b->lines[b->n - 1 - tail])) {
		tail++;
		a->kept[a->n - tail] = b->kept[b->n - tail] = true;
	}
	return compare(a->lines + head, a->n - head - tail, b->lines + head, b->n - head - tail,
		       a->kept + head, b->kept + head);
}

static void show(struct buf *out, char sign, const struct line *l)
{
	buf_addc(out, sign);
	buf_add(out, l->text, l->len);
	if (l->text[l->len - 1] != '\n')
		buf_adds(out, "\n\\ no newline at the end\n");
}

/* How many kept lines follow in both: those of A from I on are those of B from J on. */
static size_t kept_run(const struct side *a, size_t i, const struct side *b, size_t j)
{
	size_t n = 0;

	while (i + n < a->n && j + n < b->n && a->kept[i + n] && b->kept[j + n])
		n++;
	return n;
}

static void show_all(const struct side *a, const struct side *b, size_t context, struct buf *out)
{
	size_t i = 0, j = 0, run = kept_run(a, 0, b, 0);
	bool first = true;

	while (i + run < a->n || j + run < b->n) {
		/* what is kept between two groups belongs to both if it is short */
		size_t after = first ? 0 : context, skip;

		if (run > after + context || first) {
			for (size_t k = 0; k < after && k < run; k++)
				show(out, ' ', &a->lines[i + k]);
			skip = run > context ? run - context : 0;
			i += skip;
			j += skip;
			run -= skip;
			buf_addf(out, "@@ -%zu +%zu @@\n", i + 1, j + 1);
		}
		for (; run; run--, i++, j++)
			show(out, ' ', &a->lines[i]);
		while (i < a->n && !a->kept[i])
			show(out, '-', &a->lines[i++]);
		while (j < b->n && !b->kept[j])
			show(out, '+', &b->lines[j++]);
		run = kept_run(a, i, b, j);
		first = false;
	}
	for (size_t k = 0; !first && k < context && k < run; k++)
		show(out, ' ', &a->lines[i + k]);
}

int diff_lines(const char *before, size_t before_len, const char *after, size_t after_len,
	       unsigned context, struct buf *out)
{
	_cleanup_(side_done) struct side a = {}, b = {};
	int r;

	if (before_len == after_len && (!after_len || !memcmp(before, after, after_len)))
		return 0;
	if (!is_text(before, before_len) || !is_text(after, after_len))
		return buf_addf(out, "(binary, %zu bytes)\n", after_len);

	r = split(before, before_len, &a);
	if (r < 0)
		return r;
	r = split(after, after_len, &b);
	if (r < 0)
		return r;
	r = find_kept(&a, &b);
	if (r < 0)
		return r;
	show_all(&a, &b, context, out);
	return out->error;
}

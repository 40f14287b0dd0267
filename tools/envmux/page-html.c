/* SPDX-License-Identifier: MIT */
/* page-html.c -- the pages as HTML: no script, one small style sheet inside, light and dark */
#include <string.h>

#include "tools/envmux/page-html.h"

static const char style[] =
	":root{color-scheme:light dark;--bg:#f6f7f9;--fg:#1b1f24;--soft:#57606a;--line:#d8dee4;"
	"--card:#fff;--up:#1a7f37;--warn:#8a5a00;--bad:#b42318;--sleep:#4a5fa5;--link:#0b57d0}"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e6e9ed;--soft:#9aa4af;"
	"--line:#333a42;--card:#1c2025;--up:#4ec16d;--warn:#e0a83c;--bad:#ff7b6b;--sleep:#9db0f0;"
	"--link:#8ab4f8}}"
	"*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);"
	"font:16px/1.5 system-ui,sans-serif}main{max-width:72rem;margin:0 auto;padding:2rem 1rem}"
	"h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}p{margin:.5rem 0}"
	".soft{color:var(--soft)}a{color:var(--link)}a:focus-visible{outline:3px solid var(--link);"
	"outline-offset:2px}"
	".card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
	"padding:1.5rem;max-width:44rem;margin:2rem 0}"
	".wide{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
	"overflow-x:auto;margin:1.25rem 0}"
	"table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.75rem 1rem;"
	"color:var(--soft)}th,td{text-align:left;padding:.55rem 1rem;vertical-align:top;"
	"border-top:1px solid var(--line);white-space:nowrap}thead "
	"th{border-top:0;font-size:.85rem;"
	"color:var(--soft);font-weight:600}td.n,th.n{text-align:right;"
	"font-variant-numeric:tabular-nums}td ul{list-style:none;margin:0;padding:0}"
	".s{font-weight:600}.s::before{content:\"\\25CF\\20\"}.up{color:var(--up)}"
	".starting{color:var(--warn)}.parked{color:var(--sleep)}.empty{color:var(--soft)}"
	".bad{color:var(--bad)}@media(max-width:52rem){main{padding:1.25rem .75rem}"
	/* No room for a table: an environment is a block, each cell under its own heading. */
	"table,tbody,tr,td,tbody th,caption{display:block}thead{display:none}"
	"tr{border-top:1px solid var(--line);padding:.6rem 0}tbody th{font-size:1.1rem}"
	"td,tbody th{border:0;padding:.15rem 1rem;white-space:normal;overflow-wrap:anywhere}"
	"td[data-l]{display:grid;grid-template-columns:6.5rem 1fr}"
	"td[data-l]::before{content:attr(data-l);color:var(--soft)}td.n{text-align:left}}code{font:"
	"0.95em ui-monospace,monospace;overflow-wrap:anywhere}";

static void escape(struct buf *b, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '<')
			buf_adds(b, "&lt;");
		else if (*p == '>')
			buf_adds(b, "&gt;");
		else if (*p == '&')
			buf_adds(b, "&amp;");
		else if (*p == '"')
			buf_adds(b, "&quot;");
		else if (*p == '\'')
			buf_adds(b, "&#39;");
		else
			buf_addc(b, *p);
	}
}

static void head(struct buf *b, const char *title, unsigned refresh)
{
	buf_adds(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
	if (refresh)
		buf_addf(b, "<meta http-equiv=\"refresh\" content=\"%u\">", refresh);
	buf_addf(b,
		 "<title>%s</title><link rel=\"icon\" href=\"data:,\"><style>%s</style></head>\n",
		 title, style);
	buf_addf(b, "<body><main><h1>%s</h1>\n", title);
}

/* "4 min", "3 h", "12 d". */
static void span(struct buf *b, time_t seconds)
{
	if (seconds < 120)
		buf_addf(b, "%ld s", (long)seconds);
	else if (seconds < 7200)
		buf_addf(b, "%ld min", (long)seconds / 60);
	else if (seconds < 172800)
		buf_addf(b, "%ld h", (long)seconds / 3600);
	else
		buf_addf(b, "%ld d", (long)seconds / 86400);
}

static void lease(struct buf *b, const struct view_env *e, time_t now)
{
	if (!e->until) {
		buf_adds(b, "none");
	} else if (e->until > now) {
		span(b, e->until - now);
		buf_adds(b, " left");
	} else {
		buf_adds(b, "ran out ");
		span(b, now - e->until);
		buf_adds(b, " ago");
	}
}

static void link_to(struct buf *b, const char *name, const char *domain)
{
	buf_addf(b, "<a href=\"https://%s.%s/\">%s</a>", name, domain, name);
}

int html_reason(struct buf *b, const char *title, const char *says, const char *hint,
		const struct view_env *e, const char *domain, unsigned refresh, time_t now)
{
	head(b, title, refresh);
	buf_adds(b, "<div class=\"card\"><p><code>");
	escape(b, says);
	buf_addf(b, "</code></p><p>%s</p>", hint);
	if (e) {
		buf_adds(b, "<p class=\"soft\">Its lease: ");
		lease(b, e, now);
		buf_adds(b, ".</p>");
	}
	for (size_t i = 0; e && i < e->n_services; i++) {
		buf_adds(b, i ? ", " : "<p>What it has: ");
		link_to(b, e->services[i].name, domain);
	}
	if (e && e->n_services)
		buf_adds(b, "</p>");
	buf_addf(b,
		 "</div><p><a href=\"https://%s/\">All environments</a></p></main></body></html>\n",
		 domain);
	return b->error;
}

static void service_row(struct buf *b, const struct view_service *s, const char *domain)
{
	buf_adds(b, "<li>");
	link_to(b, s->name, domain);
	buf_addf(b, " <span class=\"%s\">%u up</span>", view_states[s->state], s->up);
	if (s->down)
		buf_addf(b, ", <span class=\"bad\">%u down</span>", s->down);
	if (s->disabled)
		buf_addf(b, ", <span class=\"parked\">%u disabled</span>", s->disabled);
	buf_addf(b, "%s</li>",
		 s->checked || !s->up ? "" : " <span class=\"soft\">unchecked</span>");
}

static void env_row(struct buf *b, const struct view_env *e, const char *domain, time_t now)
{
	buf_addf(b,
		 "<tr><th scope=\"row\">%s</th><td data-l=\"State\"><span class=\"s %s\">%s</span>"
		 "</td><td data-l=\"Owner\"><span>",
		 e->id, view_states[e->state], view_states[e->state]);
	if (*e->owner)
		escape(b, e->owner);
	else if (*e->vm)
		buf_adds(b, "VM "), escape(b, e->vm);
	else
		buf_adds(b, "<span class=\"soft\">unknown</span>");
	buf_adds(b, "</span></td><td class=\"n\" data-l=\"Age\"><span>");
	if (e->created)
		span(b, now > e->created ? now - e->created : 0);
	buf_adds(b, "</span></td><td data-l=\"Services\"><ul>");
	for (size_t i = 0; i < e->n_services; i++)
		service_row(b, &e->services[i], domain);
	buf_adds(b, "</ul></td><td data-l=\"Lease\"><span>");
	lease(b, e, now);
	buf_addf(b, "</span></td><td class=\"n\" data-l=\"Requests/s\">%llu</td></tr>\n",
		 (unsigned long long)e->rate);
}

int html_overview(struct buf *b, const struct view *v, const char *domain,
		  const struct page_note *notes, size_t n_notes, time_t now)
{
	unsigned count[4] = {};

	for (size_t i = 0; i < v->n; i++)
		count[v->envs[i].state]++;
	head(b, "Environments", 0);
	buf_addf(b,
		 "<p class=\"soft\">%zu registered below <code>%s</code>: %u up, %u starting, %u "
		 "parked, %u empty.</p>\n",
		 v->n, domain, count[VIEW_UP], count[VIEW_STARTING], count[VIEW_PARKED],
		 count[VIEW_EMPTY]);
	if (!v->routed)
		buf_adds(b,
			 "<p class=\"bad\" role=\"status\">HAProxy does not answer at the moment: "
			 "what is said of members is what was asked for, not what was seen.</p>\n");
	for (size_t i = 0; i < n_notes; i++) {
		buf_addf(b, "<p class=\"%s\">", notes[i].bad ? "bad" : "soft");
		escape(b, notes[i].text);
		buf_adds(b, "</p>\n");
	}
	buf_adds(b,
		 "<div class=\"wide\" tabindex=\"0\" role=\"region\" "
		 "aria-label=\"Environments\"><table>"
		 "<caption>Each service is a link to it; members are counted by what the last "
		 "check said.</caption><thead><tr><th scope=\"col\">Environment</th>"
		 "<th scope=\"col\">State</th><th scope=\"col\">Owner</th>"
		 "<th scope=\"col\" class=\"n\">Age</th><th scope=\"col\">Services and members</th>"
		 "<th scope=\"col\">Lease</th><th scope=\"col\" class=\"n\">Requests/s</th>"
		 "</tr></thead><tbody>\n");
	for (size_t i = 0; i < v->n; i++)
		env_row(b, &v->envs[i], domain, now);
	if (v->n == 0)
		buf_adds(b, "<tr><td colspan=\"7\">No environment is registered.</td></tr>\n");
	buf_adds(b, "</tbody></table></div></main></body></html>\n");
	return b->error;
}

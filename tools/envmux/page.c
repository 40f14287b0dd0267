/* SPDX-License-Identifier: MIT */
/* page.c -- what a visitor sees where no member answers: which form, and why there is nothing */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "tools/envmux/page-html.h"

enum page_form page_form(const char *accept)
{
	const char *html = accept ? strstr(accept, "text/html") : NULL;
	const char *json = accept ? strstr(accept, "application/json") : NULL;

	if (html && (!json || html < json))
		return PAGE_HTML;
	return json ? PAGE_JSON : PAGE_TEXT;
}

const char *page_type(enum page_form form)
{
	return form == PAGE_HTML   ? "text/html; charset=utf-8"
	       : form == PAGE_JSON ? "application/json; charset=utf-8"
				   : "text/plain; charset=utf-8";
}

/* ---- why there is nothing ---- */

/* One thing to say, in each of the forms. */
struct reason {
	int status;
	unsigned retry;
	const char *error; /* for programs */
	const char *title; /* for people; what it says is what text/plain says too */
	char says[512];
	const char *hint;
};

static void services_of(const struct view_env *e, char *to, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < e->n_services && used < size; i++) {
		int n = snprintf(to + used, size - used, "%s%s", i ? ", " : "",
				 e->services[i].name);

		used += n > 0 ? (size_t)n : 0;
	}
	if (e->n_services == 0)
		snprintf(to, size, "none");
}

static void why_no_service(const struct view_env *e, const char *label, const char *id,
			   struct reason *r)
{
	char others[256];

	*r = (struct reason){ .status = 404,
			      .error = "unknown-environment",
			      .title = "This environment is not known here" };
	if (!e) {
		snprintf(r->says, sizeof(r->says),
			 "environment %.64s: no service %.64s is registered here; is the id right, "
			 "and has its leader registered?",
			 id, label);
		r->hint = "Is the number in the address that of your environment? A fresh one "
			  "registers when its leader has started; one that was deleted is gone.";
		return;
	}
	services_of(e, others, sizeof(others));
	r->error = "unknown-service";
	r->title = "This environment has no such service";
	snprintf(r->says, sizeof(r->says),
		 "environment %.64s: no service %.64s is registered here; there are: %s", id, label,
		 others);
	r->hint = "Is the first part of the address, before the last dash, spelt right?";
}

static void why_unserved(const struct view_service *s, const char *label, const char *id,
			 struct reason *r)
{
	*r = (struct reason){ .status = 503, .retry = 5 };
	if (s->state == VIEW_PARKED) {
		r->error = "parked";
		r->retry = 30;
		r->title = "This environment sleeps";
		snprintf(r->says, sizeof(r->says),
			 "environment %s: %s is parked: its members are disabled, as of an "
			 "environment that is suspended",
			 id, label);
		r->hint = "Resume it on the platform: it is back here as soon as it runs.";
	} else if (s->state == VIEW_EMPTY) {
		r->error = "no-members";
		r->title = "This service has no members yet";
		snprintf(r->says, sizeof(r->says),
			 "environment %s: no member of %s answers; it has none yet", id, label);
		r->hint = "They come when the environment's hosts have reported.";
	} else {
		r->error = "starting";
		r->title = "This environment is starting";
		snprintf(r->says, sizeof(r->says),
			 "environment %s: no member of %s answers; it may be starting or suspended",
			 id, label);
		r->hint = "This page looks again by itself every few seconds.";
	}
}

static int reason_json(const struct reason *why, const char *id, const char *label, struct buf *b)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	const char *text;
	int r = o ? json_set_str(o, "error", why->error) : -ENOMEM;

	if (r == 0)
		r = json_set_str(o, "environment", id) ?: json_set_str(o, "service", label);
	if (r == 0)
		r = json_set_str(o, "message", why->says);
	if (r == 0 && why->retry)
		r = json_set_int(o, "retryAfter", why->retry);
	text = r == 0 ? json_text(o) : NULL;
	if (r == 0)
		r = text ? buf_addf(b, "%s\n", text) : -ENOMEM;
	return r;
}

int page_missing(const struct view *v, const char *label, const char *domain, time_t now,
		 enum page_form form, struct page *ret)
{
	const char *dash = strrchr(label, '-'), *id = dash ? dash + 1 : label;
	const struct view_env *e = view_find(v, id);
	const struct view_service *s = e ? view_service(e, label) : NULL;
	struct reason why;
	int r;

	if (s)
		why_unserved(s, label, id, &why);
	else
		why_no_service(e, label, id, &why);
	*ret = (struct page){
		.status = why.status, .retry = why.retry, .form = form, .body = BUF_INIT
	};
	if (form == PAGE_JSON)
		r = reason_json(&why, id, label, &ret->body);
	else if (form == PAGE_TEXT)
		r = buf_addf(&ret->body, "%s\n", why.says);
	else
		r = html_reason(&ret->body, why.title, why.says, why.hint, e, domain,
				why.status == 503 ? 10 : 0, now);
	if (r < 0)
		page_done(ret);
	return r < 0 ? r : 0;
}

/* ---- the overview ---- */

static int service_json(const struct view_service *s, struct json_object *list)
{
	struct json_object *o = json_object_new_object();
	int r = o ? json_set_str(o, "name", s->name) : -ENOMEM;

	if (r == 0)
		r = json_set_str(o, "state", view_states[s->state]);
	if (r == 0)
		r = json_set_int(o, "up", s->up) ?: json_set_int(o, "down", s->down);
	if (r == 0)
		r = json_set_int(o, "disabled", s->disabled)
			    ?: json_set_bool(o, "checked", s->checked);
	if (r == 0)
		r = json_set_int(o, "requestsPerSecond", (int64_t)s->rate);
	if (r < 0) {
		json_object_put(o);
		return r;
	}
	return json_append(list, o);
}

static int env_json(const struct view_env *e, struct json_object *list)
{
	struct json_object *o = json_object_new_object(), *services = json_object_new_array();
	int r = o ? json_set(o, "services", services) : -ENOMEM;

	if (r == 0)
		r = json_set_str(o, "environment", e->id)
			    ?: json_set_str(o, "state", view_states[e->state]);
	if (r == 0)
		r = json_set_str(o, "owner", e->owner) ?: json_set_str(o, "vm", e->vm);
	if (r == 0)
		r = json_set_int(o, "created", e->created) ?: json_set_int(o, "until", e->until);
	for (size_t i = 0; r == 0 && i < e->n_services; i++)
		r = service_json(&e->services[i], services);
	if (r < 0) {
		json_object_put(o);
		return r;
	}
	return json_append(list, o);
}

static int overview_json(const struct view *v, struct buf *b)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	const char *text;
	int r = list ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < v->n; i++)
		r = env_json(&v->envs[i], list);
	text = r == 0 ? json_text(list) : NULL;
	if (r == 0)
		r = text ? buf_addf(b, "{\"environments\":%s}\n", text) : -ENOMEM;
	return r;
}

static int overview_text(const struct view *v, struct buf *b)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct view_env *e = &v->envs[i];

		buf_addf(b, "environment %s: %s, %u up, %u down, %u disabled\n", e->id,
			 view_states[e->state], e->up, e->down, e->disabled);
	}
	if (v->n == 0)
		buf_adds(b, "no environment is registered\n");
	return b->error;
}

int page_overview(const struct view *v, const char *domain, const struct page_note *notes,
		  size_t n_notes, time_t now, enum page_form form, struct page *ret)
{
	int r;

	*ret = (struct page){ .status = 200, .form = form, .body = BUF_INIT };
	if (form == PAGE_JSON)
		r = overview_json(v, &ret->body);
	else if (form == PAGE_TEXT)
		r = overview_text(v, &ret->body);
	else
		r = html_overview(&ret->body, v, domain, notes, n_notes, now);
	if (r < 0)
		page_done(ret);
	return r < 0 ? r : 0;
}

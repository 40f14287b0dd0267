/* SPDX-License-Identifier: MIT */
/* varlink.c -- messages of the control socket as text */
#include "agent/varlink.h"

#include <errno.h>
#include <string.h>

#define VARLINK_DEPTH 8

static const char description[] =
	"# The agent of this host: look at it, make it act, take its work back\n"
	"interface io.envagent\n\n"
	"# One line of a pass\n"
	"type Event (t: int, module: string, kind: string, state: string, reason: string,\n"
	"  since: int, next: string)\n\n"
	"# For the module balancer what to do with its entry, otherwise it is left as it was "
	"asked;\n"
	"# for the module network a switch that a person confirms\n"
	"type Verb (register, drain, try, confirm, rollback)\n\n"
	"# What a pass would do; with \"more\" line by line. Differences are shown to root only;\n"
	"# others get one plan at a time, and not at once the next\n"
	"method Plan(module: ?string, verb: ?Verb) -> (event: ?Event, result: ?string,\n"
	"  changes: ?int)\n\n"
	"# The same, and does it. Root only.\n"
	"method Apply(module: ?string, verb: ?Verb) -> (event: ?Event, result: ?string,\n"
	"  changes: ?int)\n\n"
	"# Puts back what was there before; the agent then rests until Apply. Root only.\n"
	"method Restore() -> (event: ?Event, result: ?string, changes: ?int)\n\n"
	"# Reads the configuration again. Root only.\n"
	"method Reload() -> ()\n\n"
	"# No pass by itself for so long, an hour if not said. Root only.\n"
	"method Pause(seconds: ?int, by: ?string) -> (until: int, busy: bool)\n\n"
	"# The end of that. Root only.\n"
	"method Resume() -> (paused: bool)\n\n"
	"error PermissionDenied ()\n"
	"error Busy (reason: string)\n"
	"error ConfigError (reason: string)\n"
	"error Failed (reason: string)\n";

static int copy(char *ret, size_t size, const char *s)
{
	size_t len = strlen(s);

	if (len >= size)
		return -EBADMSG;
	memcpy(ret, s, len + 1);
	return 0;
}

/* An optional string; the name of the parameter if it is anything else. */
static const char *optional(struct json_object *parameters, const char *key, char *ret, size_t size)
{
	const char *s;
	int r;

	r = json_get_str(parameters, key, &s);
	if (r == -ENOENT)
		return NULL;
	return r < 0 || copy(ret, size, s) < 0 ? key : NULL;
}

/* Those that the modules know: nothing else may get as far as a command line. */
static bool verb_known(const char *module, const char *verb)
{
	static const struct {
		const char *module, *verb; /* module "": of any call, as ever */
	} known[] = {
		{ "", "register" },	  { "", "drain" },	     { "network", "try" },
		{ "network", "confirm" }, { "network", "rollback" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].verb, verb))
			return !*known[i].module || !strcmp(known[i].module, module);
	return !*verb;
}

bool varlink_name_valid(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789._-";

	return *name && strlen(name) <= PAUSE_BY_MAX && !name[strspn(name, good)];
}

static int flag(struct json_object *obj, const char *key, bool *ret)
{
	int r = json_get_bool(obj, key, ret);

	return r == -ENOENT ? 0 : r;
}

static int parse(const char *text, size_t len, struct varlink_call *ret)
{
	_cleanup_json_ struct json_object *obj = NULL;
	struct json_object *parameters;
	const char *method;
	int r;

	*ret = (struct varlink_call){};
	r = json_parse(text, len, VARLINK_DEPTH, &obj, NULL);
	if (r < 0)
		return r;
	if (!json_object_is_type(obj, json_type_object) ||
	    json_get_str(obj, "method", &method) < 0 ||
	    copy(ret->method, sizeof(ret->method), method) < 0 ||
	    flag(obj, "more", &ret->more) < 0 || flag(obj, "oneway", &ret->oneway) < 0)
		return -EBADMSG;

	r = json_get_obj(obj, "parameters", &parameters);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	ret->bad = optional(parameters, "module", ret->module, sizeof(ret->module));
	if (!ret->bad)
		ret->bad =
			optional(parameters, "interface", ret->interface, sizeof(ret->interface));
	if (!ret->bad)
		ret->bad = optional(parameters, "verb", ret->verb, sizeof(ret->verb));
	if (!ret->bad && !verb_known(ret->module, ret->verb))
		ret->bad = "verb";
	if (!ret->bad)
		ret->bad = optional(parameters, "by", ret->by, sizeof(ret->by));
	if (!ret->bad && ret->by[0] && !varlink_name_valid(ret->by))
		ret->bad = "by";
	r = json_get_int(parameters, "seconds", &ret->seconds);
	if (!ret->bad && r != -ENOENT &&
	    (r < 0 || ret->seconds < 1 || ret->seconds > PAUSE_SEC_MAX))
		ret->bad = "seconds";
	return 0;
}

int varlink_take(struct buf *in, struct varlink_call *ret)
{
	char *nul = in->len ? memchr(in->data, '\0', in->len) : NULL;
	size_t len;
	int r;

	if (!nul)
		return in->len >= VARLINK_MESSAGE_MAX ? -EBADMSG : 0;

	len = (size_t)(nul - in->data);
	r = parse(in->data, len, ret);
	if (r < 0)
		return r;
	in->len -= len + 1;
	memmove(in->data, nul + 1, in->len + 1);
	return 1;
}

/* OBJ is taken over. */
static int send_message(struct buf *out, struct json_object *obj)
{
	_cleanup_json_ struct json_object *message = obj;
	const char *text = message ? json_text(message) : NULL;

	return text ? buf_add(out, text, strlen(text) + 1) : -ENOMEM;
}

int varlink_reply(struct buf *out, struct json_object *parameters, bool continues)
{
	struct json_object *obj = json_object_new_object();

	if (!obj) {
		json_object_put(parameters);
		return -ENOMEM;
	}
	if (json_set(obj, "parameters", parameters ?: json_object_new_object()) < 0 ||
	    (continues && json_set_bool(obj, "continues", true) < 0)) {
		json_object_put(obj);
		return -ENOMEM;
	}
	return send_message(out, obj);
}

int varlink_error(struct buf *out, const char *error, const char *key, const char *value)
{
	_cleanup_json_ struct json_object *obj = json_object_new_object();
	_cleanup_json_ struct json_object *parameters = json_object_new_object();

	if (!obj || !parameters || json_set_str(obj, "error", error) < 0 ||
	    (key && json_set_str(parameters, key, value) < 0) ||
	    json_set(obj, "parameters", TAKE_PTR(parameters)) < 0)
		return -ENOMEM;
	return send_message(out, TAKE_PTR(obj));
}

int varlink_event(struct buf *out, const struct event *ev)
{
	_cleanup_json_ struct json_object *parameters = json_object_new_object();
	_cleanup_json_ struct json_object *obj = json_object_new_object();

	if (!parameters || !obj || json_set_int(obj, "t", (int64_t)ev->t) < 0 ||
	    json_set_str(obj, "module", ev->module) < 0 ||
	    json_set_str(obj, "kind", event_kind_name(ev->kind)) < 0 ||
	    json_set_str(obj, "state", ev->state) < 0 ||
	    json_set_str(obj, "reason", ev->reason) < 0 ||
	    json_set_int(obj, "since", (int64_t)ev->since) < 0 ||
	    json_set_str(obj, "next", ev->next) < 0 ||
	    json_set(parameters, "event", TAKE_PTR(obj)) < 0)
		return -ENOMEM;
	return varlink_reply(out, TAKE_PTR(parameters), true);
}

int varlink_info(struct buf *out)
{
	_cleanup_json_ struct json_object *p = json_object_new_object();
	_cleanup_json_ struct json_object *interfaces = json_object_new_array();

	if (!p || !interfaces || json_set_str(p, "vendor", "envagent") < 0 ||
	    json_set_str(p, "product", "envagentd") < 0 ||
	    json_set_str(p, "version", VERSION) < 0 ||
	    json_set_str(p, "url", "https://varlink.org") < 0 ||
	    json_append(interfaces, json_object_new_string("org.varlink.service")) < 0 ||
	    json_append(interfaces, json_object_new_string(VARLINK_INTERFACE)) < 0 ||
	    json_set(p, "interfaces", TAKE_PTR(interfaces)) < 0)
		return -ENOMEM;
	return varlink_reply(out, TAKE_PTR(p), false);
}

int varlink_description(struct buf *out)
{
	_cleanup_json_ struct json_object *p = json_object_new_object();

	if (!p || json_set_str(p, "description", description) < 0)
		return -ENOMEM;
	return varlink_reply(out, TAKE_PTR(p), false);
}

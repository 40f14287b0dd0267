/* SPDX-License-Identifier: MIT */
/* skytap.c -- the provider whose document the platform's metadata service sends (by envagent-fetch)
 */
#include <errno.h>
#include <string.h>

#include "agent/reconcile/provider.h"
#include "modules/metadata/document.h"

/* The URL that people can try themselves; owned. */
static char *url_of(const struct pass *pass)
{
	const char *from = pass->document_from ?: "gw";
	const char *l = strchr(from, ':') ? "[" : "", *r = *l ? "]" : "";

	if (pass->settings->metadata.port == 80)
		return str_printf("http://%s%s%s/skytap", l, from, r);
	return str_printf("http://%s%s%s:%u/skytap", l, from, r, pass->settings->metadata.port);
}

/*
 * All that the document would have told is unknown. A host whose identity was confirmed once during
 * this boot works on with what it has; another one is still on its way.
 */
static int refuse(struct pass *pass, const char *url, const char *why)
{
	_cleanup_free_ char *next = str_printf("curl %s", url);
	const char *env = NULL;
	int r;

	r = document_unknown(pass, why);
	if (r < 0)
		return r;
	if (json_get_str(pass->state, "env", &env) >= 0)
		pass_state(pass, STATE_DEGRADED, next, "%s; what was made for environment %s stays",
			   why, env);
	else
		pass_state(pass, STATE_CONVERGING, next, "%s", why);
	return -EBADMSG;
}

static int refuse_document(struct pass *pass, const char *url, const char *reason)
{
	_cleanup_free_ char *why = str_printf("%s: %s", url, reason);

	return why ? refuse(pass, url, why) : -ENOMEM;
}

static int not_ours(struct pass *pass, const char *url)
{
	_cleanup_buf_ struct buf macs = BUF_INIT;
	_cleanup_free_ char *why = NULL;
	char text[MAC_TEXT_MAX];

	for (size_t i = 0; i < pass->net->n_links; i++)
		if (!pass->net->links[i].loopback)
			buf_addf(&macs, " %s", mac_format(pass->net->links[i].mac, text));
	why = str_printf(
		"the document is about another VM: none of its interfaces has a MAC of this "
		"machine (%s)",
		macs.len ? macs.data + 1 : "which has none");
	return why ? refuse_document(pass, url, why) : -ENOMEM;
}

static int confirm(struct pass *pass)
{
	const char *vm = facts_str(pass->facts, "vm_id"),
		   *env = facts_str(pass->facts, "config_id");
	int r;

	r = json_set_str(pass->state, "env", env);
	if (r >= 0 && vm)
		r = json_set_str(pass->state, "vm", vm);
	if (r < 0)
		return r;
	pass_state(pass, STATE_READY, NULL, "environment %s, VM %s, from %s", env, vm ?: "unknown",
		   pass->document_from ?: "the document");
	return 0;
}

static int skytap_facts(struct pass *pass)
{
	_cleanup_free_ char *url = url_of(pass), *error = NULL;
	_cleanup_json_ struct json_object *doc = NULL;
	int r;

	r = url ? facts_source(pass->facts, url, sys_now_realtime()) : -ENOMEM;
	if (r < 0)
		return r;
	if (!pass->document)
		return refuse(pass, url, pass->document_error ?: "there is no metadata document");
	r = document_parse(pass->document, pass->document_len, &doc, &error);
	if (r < 0)
		return error ? refuse_document(pass, url, error) : r;
	/* below another root there are no links to compare with */
	if (sys_live(pass->sys) && !document_is_ours(pass, doc))
		return not_ours(pass, url);
	r = document_facts(pass, doc);
	return r < 0 ? r : confirm(pass);
}

const struct provider provider_skytap = {
	.name = "skytap",
	.facts = skytap_facts,
};

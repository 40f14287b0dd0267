/* SPDX-License-Identifier: MIT */
/* file.c -- the provider that reads the document from a file: for labs, tests and single machines
 */
#include <errno.h>
#include <string.h>

#include "agent/base/protocol.h"
#include "agent/reconcile/provider.h"
#include "modules/metadata/document.h"

/* Nothing can be told: all that the document would have told is unknown, for this reason. */
static int refuse(struct pass *pass, const char *path, const char *reason)
{
	_cleanup_free_ char *why = str_printf("%s: %s", path, reason);
	int r;

	r = why ? document_unknown(pass, why) : -ENOMEM;
	if (r < 0)
		return r;
	pass_state(pass, STATE_FAILED, "correct the file, or Path= in [Metadata]", "%s", why);
	return -EBADMSG;
}

static int file_facts(struct pass *pass)
{
	const char *path = pass->settings->metadata.path;
	_cleanup_free_ char *text = NULL, *error = NULL;
	_cleanup_json_ struct json_object *doc = NULL;
	size_t len;
	int r;

	r = facts_source(pass->facts, path, sys_now_realtime());
	if (r < 0)
		return r;
	r = sys_read(pass->sys, path, &text, &len);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return refuse(pass, path, strerror(-r));
	if (len > DOCUMENT_MAX)
		return refuse(pass, path, "over 256 KiB");
	r = document_parse(text, len, &doc, &error);
	if (r < 0)
		return error ? refuse(pass, path, error) : r;
	r = document_facts(pass, doc);
	if (r < 0)
		return r;
	pass_state(pass, STATE_READY, NULL, "environment %s, VM %s, from %s",
		   facts_str(pass->facts, "config_id") ?: "unknown",
		   facts_str(pass->facts, "vm_id") ?: "unknown", path);
	return 0;
}

const struct provider provider_file = {
	.name = "file",
	.facts = file_facts,
};

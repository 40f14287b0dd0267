/* SPDX-License-Identifier: MIT */
/*
 * network.c -- static addresses and routes in place of what DHCP gave
 *
 * Only declared interfaces are touched. What is live is one switch, which is taken back if it costs
 * reachability (switch.h); what shall be there after a reboot is written once it holds.
 */
#include <errno.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/reconcile/drift.h"
#include "modules/network/check.h"
#include "modules/network/live.h"
#include "modules/network/note.h"
#include "modules/network/persist.h"
#include "modules/network/switch.h"

#define STATE_HELD "held" /* in our state: this pass was to change nothing */

#define STATE_SETTLED "settled" /* in our state: the digest of what was there in this boot */

struct network_conf {
	bool metadata_route;
	bool persist;
	uint64_t confirm;
};

static const struct conf_item network_items[] = {
	{ "MetadataRoute", CONF_BOOL, offsetof(struct network_conf, metadata_route), "yes", NULL },
	{ "Persist", CONF_BOOL, offsetof(struct network_conf, persist), "no", NULL },
	{ "ConfirmSec", CONF_SEC, offsetof(struct network_conf, confirm), "20s", NULL },
	{},
};

/* The interface whose gateway the metadata service is asked by; NULL: no route of ours is wanted.
 */
static const struct iface *metadata_iface(const struct pass *pass, const struct network_conf *c,
					  const struct ifaces *want)
{
	if (!c->metadata_route || pass->settings->metadata.provider != PROVIDER_SKYTAP)
		return NULL;
	for (size_t i = 0; i < want->n; i++)
		if (want->list[i].gateway.gateway.family == AF_INET)
			return &want->list[i];
	return NULL;
}

/*
 * WANT was there in this boot, and WHAT is missing now: somebody took it away. 1 if it is left so
 * for now, for it was put back again and again; 0 if it is put back.
 */
static int damp(struct pass *pass, const struct ifaces *want, const char *what)
{
	const char *settled;
	char digest[65];
	struct drift d;
	int r;

	ifaces_digest(want, digest);
	if (json_get_str(pass->state, STATE_SETTLED, &settled) < 0 || strcmp(settled, digest) != 0)
		return 0;
	drift_judge(pass, what, &d);
	if (d.repair) {
		log_notice("Somebody changed the network: \"%s\" is done again", what);
		r = drift_counted(pass, what);
		return r < 0 ? r : 0;
	}
	if (d.wait == UINT64_MAX) {
		pass_state(pass, STATE_DEGRADED, "agentctl apply",
			   "somebody undoes \"%s\": it was done again %u times and is left now",
			   what, d.repairs);
		return 1;
	}
	pass_again(pass, d.wait);
	pass_state(pass, STATE_DEGRADED, "agentctl apply",
		   "somebody undoes \"%s\": it is done again in %llu s", what,
		   (unsigned long long)(d.wait / 1000000 + 1));
	return 1;
}

/* Nothing may be done now, and that was told: the steps from FROM on go. 1, or -ENOMEM. */
static int hold(struct pass *pass, size_t from)
{
	int r;

	plan_cut(pass->plan, from);
	r = json_set_bool(pass->state, STATE_HELD, true);
	return r < 0 ? r : 1;
}

/*
 * What is live, between the steps of a switch; without anything to do, none. 1 if nothing more may
 * be done now.
 */
static int plan_switch(struct pass *pass, const struct network_conf *c, const struct ifaces *want,
		       const struct iface *to_metadata)
{
	size_t from = plan_steps(pass->plan), live;
	struct switching *sw;
	int r;

	json_object_object_del(pass->state, STATE_HELD);
	r = switch_plan_begin(pass, want, c->confirm, NULL, &sw);
	if (r < 0)
		return r;
	live = plan_steps(pass->plan);
	r = live_plan_up(pass, want);
	if (r >= 0)
		r = switch_plan_free(sw);
	if (r > 0)
		live++; /* a question alone is no change */
	if (r >= 0)
		r = live_plan(pass, want, to_metadata);
	if (r < 0)
		return r;
	if (plan_steps(pass->plan) == live) {
		plan_cut(pass->plan, from);
		return 0;
	}
	r = switch_held_back(pass, want);
	if (r == 0)
		r = damp(pass, want, plan_at(pass->plan, live)->summary);
	if (r < 0)
		return r;
	if (r > 0)
		return hold(pass, from);
	r = switch_plan_end(sw);
	/* a person's word comes first: no file before it */
	return r < 0 ? r : switch_by_person(pass);
}

/*
 * The files. Where a program that runs takes them, that is a switch too: it may take away what was
 * just set, and the network is as it was before the files then.
 */
static int plan_files(struct pass *pass, const struct network_conf *c, const struct ifaces *want,
		      const struct sys_route *metadata)
{
	const char *door = sys_live(pass->sys) ? persist_door(pass->sys, want) : NULL;
	size_t from = plan_steps(pass->plan);
	struct switching *sw;
	int r;

	if (!door || want->n == 0)
		return persist_plan(pass, want, metadata, c->persist, NULL);
	r = switch_held_back(pass, want);
	if (r > 0) {
		r = hold(pass, from);
		return r < 0 ? r : 0;
	}
	if (r >= 0)
		r = switch_plan_begin(pass, want, c->confirm, door, &sw);
	if (r >= 0)
		r = persist_plan(pass, want, metadata, c->persist, door);
	if (r < 0)
		return r;
	if (plan_steps(pass->plan) > from + 1)
		return switch_plan_end(sw);
	plan_cut(pass->plan, from);
	return 0;
}

static int network_plan(struct pass *pass, const void *conf)
{
	const struct network_conf *c = conf;
	_cleanup_(ifaces_done) struct ifaces want = {};
	const struct iface *first;
	struct sys_route metadata;
	int r;

	if (pass->net->n_links == 0) /* another root: nothing is live there */
		return 0;
	r = switch_pending(pass);
	if (r < 0)
		log_error_errno(r, "Cannot look into %s: %m", "/run/envagent/switch");
	if (r != 0)
		return r < 0 ? r : 0;
	r = ifaces_read(pass, &want);
	if (r < 0)
		return r;
	first = metadata_iface(pass, c, &want);
	r = plan_switch(pass, c, &want, first);
	if (r != 0)
		return r < 0 ? r : 0;
	r = first ? live_metadata(pass->net, first, &metadata) : 0;
	if (r >= 0)
		r = plan_files(pass, c, &want, r > 0 ? &metadata : NULL);
	return r < 0 ? log_error_errno(r, "Cannot plan the files of the network: %m") : 0;
}

static int network_verify(struct pass *pass, const void *conf)
{
	_cleanup_(ifaces_done) struct ifaces want = {};
	bool settled = plan_count_of(pass->plan, "network") == 0, held = false;
	struct sys_net net = {};
	char digest[65];
	int r;

	if (pass->net->n_links == 0)
		return 0;
	r = switch_undecided(pass);
	if (r != 0 || (json_get_bool(pass->state, STATE_HELD, &held) == 0 && held))
		return r < 0 ? r : 0;
	r = ifaces_read(pass, &want);
	if (r < 0)
		return r;
	ifaces_digest(&want, digest);
	r = json_set_str(pass->state, STATE_SETTLED, digest);
	if (r < 0)
		return r;
	/* The plan just looked, and found nothing to do: no need to look again. */
	if (settled) {
		note_clear(pass->sys);
		return check_ifaces(pass, pass->net, &want, false);
	}
	r = sys_net_read(pass->sys, &net);
	if (r < 0)
		return log_error_errno(r, "Cannot read the addresses back: %m");
	r = check_ifaces(pass, &net, &want, true);
	sys_net_done(&net);
	return r;
}

const struct module module_network = {
	.name = "network",
	.section = "Network",
	.items = network_items,
	.size = sizeof(struct network_conf),
	.plan = network_plan,
	.verify = network_verify,
};

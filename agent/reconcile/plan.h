/* SPDX-License-Identifier: MIT */
/*
 * plan.h -- the list of changes of a pass, and the unit jobs that they owe
 *
 * Modules add what differs; nothing is altered before the whole plan exists. Applied in the order
 * added, then each unit's job once (restart wins over reload). A change that fails fails its
 * module: the module's later changes are left out, the other modules go on. A file that stands
 * alone fails alone.
 */
#pragma once

#include "agent/reconcile/manifest.h"
#include "agent/sys/sys.h"

enum change_kind {
	CHANGE_WRITE,
	CHANGE_UNLINK,
	CHANGE_MKDIR,
	CHANGE_HOSTNAME,
	CHANGE_ADDR_SET,
	CHANGE_ADDR_DEL,
	CHANGE_ROUTE_SET,
	CHANGE_ROUTE_DEL,
	CHANGE_LINK_UP,
	CHANGE_LINK_MTU,
	CHANGE_DHCP_STOP,
	CHANGE_UNIT,
	CHANGE_STEP,
	CHANGE_REMOTE,
};

struct change {
	const char *module; /* borrowed, static */
	enum change_kind kind;
	char *summary; /* one line: "write /etc/resolv.conf", "reload dnsmasq.service" */
	bool secret;   /* the content is never shown */
	bool alone;    /* what fails here leaves out no other change */
	bool failed, done;
	bool down; /* CHANGE_UNIT: the job failed with the former files as well */
	/* CHANGE_WRITE, CHANGE_UNLINK, CHANGE_MKDIR (mode: opts.mode) */
	char *path; /* of a link that is followed: where it leads */
	char *data;
	size_t len;
	struct sys_write_opts opts;
	bool make_dir; /* the parent is made first */
	bool as_left;  /* see plan_file_opts */
	const char *door;
	/* CHANGE_HOSTNAME, CHANGE_UNIT */
	char *name, *verb;
	/* CHANGE_ADDR_*, CHANGE_ROUTE_*, CHANGE_LINK_* */
	int index;
	struct addr addr;
	struct sys_route route;
	unsigned mtu;
	/* CHANGE_DHCP_STOP */
	struct sys_dhcp dhcp;
	char *ifname;
	/* CHANGE_STEP, CHANGE_REMOTE */
	bool always;
	int (*apply)(void *userdata, char **ret_words);
	void (*release)(void *userdata);
	void *userdata;
};

struct plan;
/*
 * MANIFEST NULL: a plan for what is not on this host; it has remote changes only, and no unit jobs.
 */
int plan_new(struct sys *sys, struct manifest *manifest, struct plan **ret);
void plan_free(struct plan *p);
DEFINE_CLEANUP(struct plan *, plan_free)

/* What the changes added next belong to; static. */
void plan_module(struct plan *p, const char *module);
/* Takes back what MODULE planned: its plan slot failed, and half a plan is none. */
void plan_drop(struct plan *p, const char *module);

struct plan_file_opts {
	struct sys_write_opts write; /* mode is required */
	const char *reload;	     /* unit to reload once if this file changes; NULL */
	const char *restart;	     /* unit to restart once if this file changes; NULL */
	const char *door; /* reloaded by the module itself; owed only when agentctl restore
			   * takes the file away; static, NULL */
	bool secret;
	bool alone; /* no other change of the module depends on this file */
	/*
	 * What WRITE leaves open of mode and owner, and the ACL, is as we left the file the last
	 * time (manifest_left()), and is remembered again.
	 */
	bool as_left;
};

/*
 * PATH shall hold these bytes. Returns 1 if that is a change, 0 if it is so already (nothing is
 * planned), -errno if PATH cannot be looked at or can never be written (-EISDIR, -EBUSY mount
 * point, -ENOENT parent missing unless a directory was planned).
 */
int plan_file(struct plan *p, const char *path, const void *data, size_t len,
	      const struct plan_file_opts *opts);
/*
 * A file DIR/NAME (filename_valid) that shall hold TEXT; remembered for plan_unlink_others(). DIR
 * is made if it is missing.
 */
int plan_file_in(struct plan *p, const char *dir, const char *name, const char *text, mode_t mode);
/* Files in DIR that the manifest lists and that no plan_file_in() of this pass named go away. */
int plan_unlink_others(struct plan *p, const char *dir);
/* PATH shall not be there. Only what the manifest lists is removed (else -EPERM). 1, 0 or -errno.
 */
int plan_unlink(struct plan *p, const char *path);

/*
 * PATH shall be a directory (sys_mkdir()); files in it may then be planned though it is not there
 * yet. It stays when the files go. 1, 0 if it is one, -ENOTDIR or another -errno.
 */
int plan_dir(struct plan *p, const char *path, mode_t mode);

/*
 * The live host name, as it shall be. As all live things below: 0 without a change if it is so
 * already, or if the root is not the machine's own.
 */
int plan_hostname(struct plan *p, const char *name);
int plan_addr_set(struct plan *p, const struct sys_link *link, const struct addr *addr);
int plan_addr_del(struct plan *p, const struct sys_link *link, const struct addr *addr);
int plan_route_set(struct plan *p, const struct sys_link *link, const struct sys_route *route);
int plan_route_del(struct plan *p, const struct sys_link *link, const struct sys_route *route);
/*
 * An earlier plan set it, and nobody's permanent one (no route to there) had been before: the same
 * address or route of LINK, whether it is there now or not.
 */
bool plan_addr_ours(const struct plan *p, const struct sys_link *link, const struct addr *addr);
bool plan_route_ours(const struct plan *p, const struct sys_link *link,
		     const struct sys_route *route);
int plan_link_up(struct plan *p, const struct sys_link *link);
int plan_link_mtu(struct plan *p, const struct sys_link *link, unsigned mtu);
/* Copies D. */
int plan_dhcp_stop(struct plan *p, const char *ifname, const struct sys_dhcp *d);
/* A job owed whatever else changes; the same unit is done once a pass. */
int plan_unit(struct plan *p, const char *verb, const char *unit);

/*
 * Something that only the module itself can do, in its turn among its changes. APPLY does it: 0, or
 * -errno with a sentence in *ret_words (owned); with ALWAYS even after a change of the module
 * failed. RELEASE (may be NULL) is called once with USERDATA when the plan lets go of it; on
 * failure here nothing is taken over. 1 or -ENOMEM.
 */
int plan_step(struct plan *p, const char *summary, bool always,
	      int (*apply)(void *userdata, char **ret_words), void (*release)(void *userdata),
	      void *userdata);
/* Takes back what was planned from the change with index FROM on, which were no files or jobs. */
void plan_cut(struct plan *p, size_t from);
/* How many changes there are that are no unit jobs. */
size_t plan_steps(const struct plan *p);

/*
 * A change that is not on this host, SUMMARY in one line. APPLY does it: 0, or -errno with a
 * sentence in *ret_words (owned). With APPLY NULL it is done together with the module's next one
 * that has it, and comes out as that one does. RELEASE (may be NULL) is called once with USERDATA
 * when the plan is freed; on failure here nothing is taken over. 1 or -ENOMEM.
 */
int plan_remote(struct plan *p, const char *summary, int (*apply)(void *userdata, char **ret_words),
		void (*release)(void *userdata), void *userdata);

/*
 * What a unit job said for which the former bytes of C, a CHANGE_WRITE of P that was done, were put
 * back; NULL if they were not. Borrowed.
 */
const char *plan_put_back(const struct plan *p, const struct change *c);

size_t plan_count(const struct plan *p);
const struct change *plan_at(const struct plan *p, size_t i);
/* Changes planned for MODULE. */
size_t plan_count_of(const struct plan *p, const char *module);
/* The diff of a CHANGE_WRITE against what is there, or "(secret)"; nothing for other kinds. */
int plan_diff(struct plan *p, const struct change *c, struct buf *out);

/*
 * Does all of it. REPORT is called after each change with r = 0 or -errno and, where there is more
 * to say, words: of a failed unit job, or (-ECANCELED) why a change was left out. A unit job that
 * fails puts the former bytes of the files that owed it back and runs the job once more, and so
 * each job before it that was done with the new ones; DOWN tells that this failed as well. Jobs
 * still owed are kept in /run/envagent/owed.json and come back as changes of the next plan. Returns
 * the number of changes that failed or were left out, or -errno if nothing could be started (the
 * manifest cannot be written).
 */
int plan_apply(struct plan *p,
	       void (*report)(void *userdata, const struct change *c, int r, const char *words),
	       void *userdata);

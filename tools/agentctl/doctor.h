/* SPDX-License-Identifier: MIT */
/*
 * doctor.h -- known faults, each with its fix
 *
 * A check is a row of the table in doctor.c; it looks, and says what it found. It changes nothing,
 * starts no pass and needs no daemon: what is not there to be looked at is no finding.
 */
#pragma once

#include "agent/base/settings.h"
#include "tools/agentctl/daemon.h"

struct doctor {
	struct ctl *ctl;
	struct daemon daemon;
	struct settings *settings;	  /* owned; NULL: they cannot be read */
	bool leads;			  /* this host is the leader, as the last pass read it */
	const struct doctor_check *check; /* the one that runs */
	struct json_object *findings;	  /* of that one; owned */
};

struct doctor_check {
	const char *name;
	const char *words; /* what it looks for */
	const char *next;  /* what to type, unless the finding says better */
	void (*run)(struct doctor *d);
};

/* The running check has found something; NEXT NULL is the check's own. */
void doctor_found(struct doctor *d, const char *next, const char *fmt, ...) _printf_(3, 4);

/* The module NAME as the status has it; NULL if there is no status, or no such module. */
struct json_object *doctor_module(const struct doctor *d, const char *name);

/* doctor-agent.c: the agent itself */
void doctor_unit(struct doctor *d);
void doctor_daemon(struct doctor *d);
void doctor_config(struct doctor *d);
void doctor_package(struct doctor *d);
void doctor_users(struct doctor *d);
void doctor_credentials(struct doctor *d);
void doctor_manifest(struct doctor *d);
/* doctor-host.c: the host that it works on */
void doctor_gateway(struct doctor *d);
void doctor_resolver(struct doctor *d);
void doctor_dnsmasq(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_templates(struct doctor *d);
void doctor_disk(struct doctor *d);
void doctor_dhcp(struct doctor *d);
/* doctor-cloud.c: another program of its kind */
void doctor_cloud(struct doctor *d);

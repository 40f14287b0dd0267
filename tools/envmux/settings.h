/* SPDX-License-Identifier: MIT */
/* settings.h -- envmux' configuration file, and what --dev puts in its place */
#pragma once

#include "agent/base/conf.h"
#include "tools/envmux/auth.h"

struct mux_settings {
	/* [Api] */
	char *api;	   /* Listen=ADDRESS:PORT */
	char *certificate; /* Certificate=, Key=: PEM files */
	char *key;
	/* [Front] */
	char **front;		 /* Listen=ADDRESS:PORT ... */
	char **plain;		 /* Plain=ADDRESS:PORT ...: redirects to https */
	char **base_domains;	 /* BaseDomain= */
	char *front_certificate; /* Certificate=: PEM with key, or a folder of them */
	/* [Store] */
	char *state_dir; /* Dir= */
	/* [Haproxy] */
	char *socket_dir;     /* SocketDir= */
	unsigned slots;	      /* Slots= */
	unsigned connections; /* MaxConnections= */
	/* --dev only: we start HAProxy ourselves; otherwise it has a unit of its own. */
	bool spawn;
	char *program;
};

/* Reads the file at PATH, with the [User NAME] sections into AUTH. Errors as conf_load(). */
int settings_read(const char *path, struct auth *auth, struct mux_settings *ret, char **ret_error);
/*
 * What --dev means: STATE for everything on disk, a test certificate for the base domains made
 * there once, user admin with password admin from loopback only, HAProxy started by us.
 */
int settings_dev(const char *state, const char *api, const char *front, const char *base_domain,
		 struct auth *auth, struct mux_settings *ret, char **ret_error);
void mux_settings_done(struct mux_settings *s);
/* A domain; an underscore may be in it. */
bool settings_domain_valid(const char *text);

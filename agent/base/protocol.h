/* SPDX-License-Identifier: MIT */
/*
 * protocol.h -- what the supervisor and its children agree on
 *
 * A child is started as  PROGRAM --protocol 1 [OPTION ...]  with the descriptors below. It writes
 * lines to PROTOCOL_FD_EVENTS and exits; nothing else of it is read. stderr carries log lines.
 *
 * envagent-fetch writes one line of at most FETCH_LINE_MAX bytes, newline included:
 *   identity 1 vm=<digits> env=<digits> document=same|changed from=<address>
 *   none 1 tries=<address>:<reason>[;<address>:<reason>...]      (exit PROTOCOL_DEGRADED)
 * The other children write events (event.h).
 */
#pragma once

#define PROTOCOL_VERSION "1"

enum {
	PROTOCOL_FD_EVENTS = 3,	  /* write end of a pipe */
	PROTOCOL_FD_DOCUMENT = 4, /* memfd: the metadata document; fetch fills it, others read it */
	PROTOCOL_FD_FOUND = 4,	  /* leader only: memfd for the facts that it found itself */
	PROTOCOL_FD_FACTS = 5,	  /* memfd: reconcile writes the facts of this pass, leader reads */
	PROTOCOL_FD_FORMER = 5,	  /* fetch only: memfd with the document before, or /dev/null */
	PROTOCOL_FD_CREDENTIALS = 6, /* and up, in the order of --credential NAME */
};

enum {
	PROTOCOL_SETTLED = 0,
	PROTOCOL_DEGRADED = 3,
	PROTOCOL_FAILED = 5,
	PROTOCOL_MISMATCH =
		70, /* another --protocol: a package was upgraded under the supervisor */
};

#define DOCUMENT_MAX (256 * 1024)
#define FETCH_LINE_MAX 256
#define WATCH_MAX 512 /* files that a pass may ask to be watched */
#define WATCH_PATH_MAX 1000

/*
 * envagent-fetch --protocol 1 --order WORD[,WORD...] [--last ADDRESS] [--port N] [--timeout-ms N]
 *                [--resolv-conf PATH]
 *   WORD: last (the address of --last), link-local (169.254.169.254), gateway (each default
 *   gateway), gw (that name, asked of the nameservers of --resolv-conf), or an address.
 *
 * envagent-reconcile --protocol 1 [--root DIR] [--plan] [--module NAME] [--restore]
 *                    [--show] [--from ADDRESS | --why TEXT]
 *                    [--verb try|confirm|rollback]
 *   --verb: what a person wants of a switch of the network, with --module network.
 *   --from: the document came from there; --why: there is none, and this is the reason.
 *   --plan: no last step, and a "diff" event for each line of each difference.
 *   --by-hand: a person asked for this pass.
 *   --ready-limit: ReadyTimeoutSec= has ended, and the supervisor knows no identity.
 *   --restore: put back what the manifest lists; nothing else.
 *   --show: no pass and no events: the settings in force with their origin, on standard output;
 *   what is wrong with them on standard error, PROTOCOL_FAILED.
 *
 * envagent-leader --protocol 1 [--root DIR] [--plan] [--module NAME] [--from ADDRESS]
 *                 [--verb register|drain|renew] [--credential NAME]... [--pass N]
 *   --verb: what a person wants of the balancer; renew: its lease, and nothing else (a pause).
 *   --pass: how many whole passes the supervisor has seen: each tenth reads everything again.
 *   --leave: no pass: what the modules hold elsewhere (a login) is given back; needs no facts and
 *   no credentials, and says its last line only.
 */

/* A pause, unless its length is given, and the longest: nobody shall forget a host for ever. */
#define PAUSE_SEC_DEFAULT 3600
#define PAUSE_SEC_MAX 86400
#define PAUSE_BY_MAX 32

#define RUN_DIR "/run/envagent"
#define STATE_DIR "/var/lib/envagent"
#define LEADER_STATE_DIR "/var/lib/envagent-leader" /* envagent-leader's own */
#define STATUS_PATH RUN_DIR "/status.json"
#define FACTS_PATH RUN_DIR "/facts.json" /* facts_to_json() without secrets, by reconcile */
/* The leader's own facts in that form; written by the supervisor, who does not read them. */
#define LEADER_FACTS_PATH RUN_DIR "/facts-leader.json"
#define FACTS_ENV_PATH RUN_DIR "/facts.env" /* the same for sh and EnvironmentFile= */
#define CONTROL_PATH RUN_DIR "/control"
/* What envagent-leader remembers, its login at the load balancer too; 0600, its own. */
#define KEPT_LEADER_PATH LEADER_STATE_DIR "/state.json"

/*
 * STATUS_PATH, written by the supervisor (0644; atomically); only ever grows:
 * { "schema": "envagent.status/1", "version": "0.1.0",
 *   "pid": 123, "pid_start": N (field 22 of /proc/PID/stat), "boot_id": "...",
 *   "written": USEC, "fresh_sec": N (the file's mtime is renewed at each identity check; older than
 *                                    this while the pid lives: the daemon hangs),
 *   "state": "ready", "reason": "...", "since": USEC, "next": "what to type",
 *   "identity": { "state": "confirmed|unconfirmed|none", "vm": "52100021", "env": "4190101",
 *                 "from": "169.254.169.254", "confirmed": USEC },
 *   "host": "web-1.cluster.test",
 *   "modules": [ { "name", "state", "reason", "since", "next" } ... ] in the order of a pass,
 *   "pass": { "number": N, "trigger": "start", "ended": USEC, "changes": N, "result": "settled" },
 *   "next_pass": USEC (0: none planned), "waiting": "network" | "",
 *   "local": "pending" | "settled" (a pass has brought about all that is local) | "limit"
 *            (ReadyTimeoutSec= ended before that; it may still become "settled"),
 *   "paused": { "until": USEC, "by": "alice" } (only while no pass starts by itself) }
 *
 * CONTROL_PATH speaks Varlink (https://varlink.org: JSON objects, each ended by a NUL), interface
 * io.envagent; callers are known by SO_PEERCRED:
 *   Plan    { "module": ?, "verb": ? }  with "more": replies { "event": {...event.h...} } with
 *                            "continues", the last one { "result": "settled", "changes": N };
 *                            anybody, but "diff" events go to uid 0 only. "verb" is "register" or
 *                            "drain", for the module balancer of a leader; nothing else is taken
 *   Apply   { "module": ?, "verb": ? }  the same, and does it; uid 0
 *   Restore {}               the same; uid 0; the agent then rests until Apply
 *   Reload  {}               re-reads the configuration; uid 0
 *   Pause   { "seconds": ?, "by": ? }  no pass by itself for that long, an hour by default, at most
 *                            PAUSE_SEC_MAX; "by" is the person's name, [A-Za-z0-9._-], at most
 *                            PAUSE_BY_MAX; replies { "until": USEC, "busy": BOOL }: a pass is still
 *                            under way; uid 0
 *   Resume  {}               ends that; replies { "paused": BOOL }: there was a pause; uid 0
 * Errors: io.envagent.PermissionDenied {}, io.envagent.ConfigError { "reason" },
 * io.envagent.Failed { "reason" }, org.varlink.service.MethodNotFound { "method" },
 * org.varlink.service.InvalidParameter { "parameter" }.
 */

/* SPDX-License-Identifier: MIT */
/* settings-table.c -- the options of the shared sections, and their defaults */
#include "agent/base/settings.h"

static const struct conf_item agent_items[] = {
	{ "Roles", CONF_LIST, offsetof(struct agent_conf, roles), NULL, NULL },
	{ "Domain", CONF_NAME, offsetof(struct agent_conf, domain), NULL, NULL },
	{ "BaseDomain", CONF_NAME, offsetof(struct agent_conf, base_domain), NULL, NULL },
	{ "ReadyTimeoutSec", CONF_SEC, offsetof(struct agent_conf, ready_timeout), "30s", NULL },
	{},
};

/* In the order of syslog's levels, so that the index is the level. */
static const char *const log_levels[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", NULL,
};

static const struct conf_item system_items[] = {
	{ "UnitCommand", CONF_STRING, offsetof(struct system_conf, unit_command), NULL, NULL },
	{ "FetchUser", CONF_STRING, offsetof(struct system_conf, fetch_user), "envagent-fetch",
	  NULL },
	{ "LeaderUser", CONF_STRING, offsetof(struct system_conf, leader_user), "envagent-leader",
	  NULL },
	{ "PassLimitSec", CONF_SEC, offsetof(struct system_conf, pass_limit), "2min", NULL },
	{ "LogLevel", CONF_ENUM, offsetof(struct system_conf, log_level), "info", log_levels },
	{},
};

static const char *const providers[] = { "skytap", "file", "none", NULL };

static const struct conf_item metadata_items[] = {
	{ "Provider", CONF_ENUM, offsetof(struct metadata_conf, provider), "skytap", providers },
	{ "Path", CONF_PATH, offsetof(struct metadata_conf, path), NULL, NULL },
	{ "Order", CONF_LIST, offsetof(struct metadata_conf, order), "last link-local gateway gw",
	  NULL },
	{ "Port", CONF_PORT, offsetof(struct metadata_conf, port), "80", NULL },
	{ "IntervalSec", CONF_SEC, offsetof(struct metadata_conf, interval), "30s", NULL },
	{ "TimeoutSec", CONF_SEC, offsetof(struct metadata_conf, timeout), "5s", NULL },
	{},
};

static const struct conf_item host_items[] = {
	{ "Address", CONF_ADDR, offsetof(struct host_row, address), NULL, NULL },
	{ "Mac", CONF_STRING, offsetof(struct host_row, mac), NULL, NULL },
	{ "Roles", CONF_LIST, offsetof(struct host_row, roles), NULL, NULL },
	{ "Aliases", CONF_NAMES, offsetof(struct host_row, aliases), NULL, NULL },
	{},
};

static const char *const interface_modes[] = { "static", "keep", NULL };

static const struct conf_item interface_items[] = {
	{ "Match", CONF_STRING, offsetof(struct interface_row, match), NULL, NULL },
	{ "Address", CONF_ADDRS, offsetof(struct interface_row, addresses), NULL, NULL },
	{ "Gateway", CONF_ADDRS, offsetof(struct interface_row, gateways), NULL, NULL },
	{ "Route", CONF_LIST, offsetof(struct interface_row, routes), NULL, NULL },
	{ "Mtu", CONF_UINT, offsetof(struct interface_row, mtu), NULL, NULL },
	{ "Mode", CONF_ENUM, offsetof(struct interface_row, mode), "static", interface_modes },
	{},
};

static const struct conf_item service_items[] = {
	{ "Hosts", CONF_NAMES, offsetof(struct service_row, hosts), NULL, NULL },
	{ "Roles", CONF_LIST, offsetof(struct service_row, roles), NULL, NULL },
	{ "Kubernetes", CONF_STRING, offsetof(struct service_row, kubernetes), NULL, NULL },
	{ "Port", CONF_PORT, offsetof(struct service_row, port), NULL, NULL },
	{ "Monitor", CONF_STRING, offsetof(struct service_row, monitor), "tcp", NULL },
	{ "Public", CONF_BOOL, offsetof(struct service_row, public), "yes", NULL },
	{},
};

static const struct conf_item mux_items[] = {
	{ "Manage", CONF_BOOL, offsetof(struct mux_conf, manage), "yes", NULL },
	{ "Url", CONF_STRING, offsetof(struct mux_conf, url), NULL, NULL },
	{ "Network", CONF_STRING, offsetof(struct mux_conf, network), NULL, NULL },
	{ "ExternalAddress", CONF_ADDR, offsetof(struct mux_conf, external_address), NULL, NULL },
	{ "CaFile", CONF_PATH, offsetof(struct mux_conf, ca_file), NULL, NULL },
	{ "Credential", CONF_STRING, offsetof(struct mux_conf, credential), "envagent.mux", NULL },
	{ "LeaseSec", CONF_SEC, offsetof(struct mux_conf, lease), "15min", NULL },
	{},
};

static const struct conf_item platform_items[] = {
	{ "Manage", CONF_BOOL, offsetof(struct platform_conf, manage), "yes", NULL },
	{ "Url", CONF_STRING, offsetof(struct platform_conf, url), NULL, NULL },
	{ "CaFile", CONF_PATH, offsetof(struct platform_conf, ca_file), NULL, NULL },
	{ "Credential", CONF_STRING, offsetof(struct platform_conf, credential),
	  "envagent.platform", NULL },
	{ "SuspendOnIdleSec", CONF_UINT, offsetof(struct platform_conf, suspend_on_idle), NULL,
	  NULL },
	{ "Tunnel", CONF_LIST, offsetof(struct platform_conf, tunnels), NULL, NULL },
	{},
};

static const struct conf_item credential_items[] = {
	{ "File", CONF_PATH, offsetof(struct credential_row, file), NULL, NULL },
	{},
};

const struct conf_section settings_sections[] = {
	{ "Agent", false, agent_items, sizeof(struct agent_conf) },
	{ "System", false, system_items, sizeof(struct system_conf) },
	{ "Metadata", false, metadata_items, sizeof(struct metadata_conf) },
	{ "Host", true, host_items, sizeof(struct host_row) },
	{ "Interface", true, interface_items, sizeof(struct interface_row) },
	{ "Service", true, service_items, sizeof(struct service_row) },
	{ "Mux", false, mux_items, sizeof(struct mux_conf) },
	{ "Platform", false, platform_items, sizeof(struct platform_conf) },
	{ "Credential", true, credential_items, sizeof(struct credential_row) },
	{},
};

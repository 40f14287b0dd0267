/* SPDX-License-Identifier: MIT */
/* fields.c -- the tables of objects.h: each kind's fields with defaults, as TMOS 17.1 answers them
 */
#include "tools/envmux/objects.h"

static const char *const lb_modes[] = { "round-robin",
					"ratio-member",
					"ratio-node",
					"least-connections-member",
					"least-connections-node",
					"observed-member",
					"observed-node",
					"predictive-member",
					"predictive-node",
					"fastest-node",
					"fastest-app-response",
					"dynamic-ratio-member",
					"dynamic-ratio-node",
					"weighted-least-connections-member",
					"weighted-least-connections-node",
					"ratio-session",
					"ratio-least-connections-member",
					"ratio-least-connections-node",
					NULL };
static const char *const sessions[] = { "user-enabled", "user-disabled", NULL };
static const char *const states[] = { "user-up", "user-down", NULL };
/* A client that writes what it read of a node sends these. */
static const char *const node_states[] = { "unchecked", "fqdn-up", NULL };
static const char *const group_types[] = { "string", "ip", "integer", NULL };

static const struct field partition_fields[] = {
	{ "_created", FIELD_NUMBER, .fixed = true }, /* by our own clock */
	{ "_folderDescription", FIELD_TEXT },
	{ "defaultRouteDomain", FIELD_NUMBER, "0" },
	{ "description", FIELD_TEXT },
	{},
};
static const struct field node_fields[] = {
	{ "address", FIELD_TEXT, .fixed = true },
	{ "connectionLimit", FIELD_NUMBER, "0" },
	{ "description", FIELD_TEXT },
	{ "dynamicRatio", FIELD_NUMBER, "1" },
	{ "ephemeral", FIELD_TEXT, "\"false\"", .fixed = true },
	{ "fqdn", FIELD_ANY,
	  "{\"addressFamily\":\"ipv4\",\"autopopulate\":\"disabled\",\"downInterval\":5,"
	  "\"interval\":\"3600\"}" },
	{ "logging", FIELD_TEXT, "\"disabled\"" },
	{ "metadata", FIELD_ANY },
	{ "monitor", FIELD_TEXT, "\"default\"" },
	{ "rateLimit", FIELD_TEXT, "\"disabled\"" },
	{ "ratio", FIELD_NUMBER, "1" },
	{ "session", FIELD_TEXT, "\"user-enabled\"", .words = sessions },
	{ "state", FIELD_TEXT, "\"user-up\"", .words = states, .as_was = node_states },
	{},
};
static const struct field pool_fields[] = {
	{ "allowNat", FIELD_TEXT, "\"yes\"" },
	{ "allowSnat", FIELD_TEXT, "\"yes\"" },
	{ "description", FIELD_TEXT },
	{ "ignorePersistedWeight", FIELD_TEXT, "\"disabled\"" },
	{ "ipTosToClient", FIELD_TEXT, "\"pass-through\"" },
	{ "ipTosToServer", FIELD_TEXT, "\"pass-through\"" },
	{ "linkQosToClient", FIELD_TEXT, "\"pass-through\"" },
	{ "linkQosToServer", FIELD_TEXT, "\"pass-through\"" },
	{ "loadBalancingMode", FIELD_TEXT, "\"round-robin\"", .words = lb_modes },
	{ "metadata", FIELD_ANY },
	{ "minActiveMembers", FIELD_NUMBER, "0" },
	{ "minUpMembers", FIELD_NUMBER, "0" },
	{ "minUpMembersAction", FIELD_TEXT, "\"failover\"" },
	{ "minUpMembersChecking", FIELD_TEXT, "\"disabled\"" },
	{ "monitor", FIELD_TEXT },
	{ "queueDepthLimit", FIELD_NUMBER, "0" },
	{ "queueOnConnectionLimit", FIELD_TEXT, "\"disabled\"" },
	{ "queueTimeLimit", FIELD_NUMBER, "0" },
	{ "reselectTries", FIELD_NUMBER, "0" },
	{ "serviceDownAction", FIELD_TEXT, "\"none\"" },
	{ "slowRampTime", FIELD_NUMBER, "10" },
	{},
};
static const struct field member_fields[] = {
	{ "address", FIELD_TEXT, .fixed = true },
	{ "connectionLimit", FIELD_NUMBER, "0" },
	{ "description", FIELD_TEXT },
	{ "dynamicRatio", FIELD_NUMBER, "1" },
	{ "ephemeral", FIELD_TEXT, "\"false\"", .fixed = true },
	{ "fqdn", FIELD_ANY, "{\"autopopulate\":\"disabled\"}" },
	{ "inheritProfile", FIELD_TEXT, "\"enabled\"" },
	{ "logging", FIELD_TEXT, "\"disabled\"" },
	{ "metadata", FIELD_ANY },
	{ "monitor", FIELD_TEXT, "\"default\"" },
	{ "priorityGroup", FIELD_NUMBER, "0" },
	{ "rateLimit", FIELD_TEXT, "\"disabled\"" },
	{ "ratio", FIELD_NUMBER, "1" },
	{ "session", FIELD_TEXT, "\"user-enabled\"", .words = sessions },
	{ "state", FIELD_TEXT, "\"user-up\"", .words = states },
	{},
};
static const struct field monitor_fields[] = {
	{ "adaptive", FIELD_TEXT, "\"disabled\"" },
	{ "defaultsFrom", FIELD_TEXT },
	{ "description", FIELD_TEXT },
	{ "destination", FIELD_TEXT, "\"*:*\"" },
	{ "interval", FIELD_NUMBER, "5" },
	{ "ipDscp", FIELD_NUMBER, "0" },
	{ "manualResume", FIELD_TEXT, "\"disabled\"" },
	{ "recv", FIELD_TEXT },
	{ "recvDisable", FIELD_TEXT },
	{ "reverse", FIELD_TEXT, "\"disabled\"" },
	{ "send", FIELD_TEXT },
	{ "timeUntilUp", FIELD_NUMBER, "0" },
	{ "timeout", FIELD_NUMBER, "16" },
	{ "transparent", FIELD_TEXT, "\"disabled\"" },
	{ "upInterval", FIELD_NUMBER, "0" },
	{},
};
static const struct field group_fields[] = {
	{ "description", FIELD_TEXT },
	{ "records", FIELD_ANY },
	{ "type", FIELD_TEXT, "\"string\"", true, group_types },
	{},
};
static const struct field rule_fields[] = { { "apiAnonymous", FIELD_ANY }, {} };
static const struct field virtual_fields[] = {
	{ "connectionLimit", FIELD_NUMBER, "0" },
	{ "description", FIELD_TEXT },
	{ "destination", FIELD_TEXT },
	{ "disabled", FIELD_ANY },
	{ "enabled", FIELD_ANY, "true" },
	{ "ipProtocol", FIELD_TEXT, "\"tcp\"" },
	{ "mask", FIELD_TEXT, "\"255.255.255.255\"" },
	{ "metadata", FIELD_ANY },
	{ "persist", FIELD_ANY },
	{ "policies", FIELD_ANY },
	{ "pool", FIELD_TEXT },
	{ "profiles", FIELD_ANY },
	{ "rules", FIELD_ANY },
	{ "source", FIELD_TEXT, "\"0.0.0.0/0\"" },
	{ "sourceAddressTranslation", FIELD_ANY, "{\"type\":\"none\"}" },
	{ "sourcePort", FIELD_TEXT, "\"preserve\"" },
	{ "translateAddress", FIELD_TEXT, "\"enabled\"" },
	{ "translatePort", FIELD_TEXT, "\"enabled\"" },
	{ "vlans", FIELD_ANY },
	{ "vlansDisabled", FIELD_ANY, "true" },
	{ "vlansEnabled", FIELD_ANY },
	{},
};

const struct object_kind object_kinds[_STORE_KIND_MAX] = {
	[STORE_PARTITION] = { "Partition", "auth/partition", "tm:auth:partition:partition",
			      partition_fields },
	[STORE_NODE] = { "Node", "ltm/node", "tm:ltm:node:node", node_fields },
	[STORE_POOL] = { "Pool", "ltm/pool", "tm:ltm:pool:pool", pool_fields },
	[STORE_MONITOR] = { "Monitor", "ltm/monitor", "tm:ltm:monitor", monitor_fields },
	[STORE_DATA_GROUP] = { "value list", "ltm/data-group/internal",
			       "tm:ltm:data-group:internal:internal", group_fields },
	[STORE_RULE] = { "iRule", "ltm/rule", "tm:ltm:rule:rule", rule_fields },
	[STORE_VIRTUAL] = { "Virtual Server", "ltm/virtual", "tm:ltm:virtual:virtual",
			    virtual_fields },
};
const struct object_kind object_member = { "Pool Member", "members", "tm:ltm:pool:members:members",
					   member_fields };

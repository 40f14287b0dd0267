/* SPDX-License-Identifier: MIT */
/* shape.c -- the documents' fields that every resource has, and filling in the rest */
#include "tools/skysim/shape.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"

const char shape_environment_v2[] =
	"{\"id\":null,\"url\":null,\"name\":null,\"description\":null,\"errors\":[],"
	"\"error_details\":[],\"runstate\":null,\"rate_limited\":false,"
	"\"last_run\":\"2017/02/14 09:41:03 -0800\",\"suspend_on_idle\":null,"
	"\"suspend_at_time\":null,\"shutdown_on_idle\":null,\"shutdown_at_time\":null,"
	"\"auto_suspend_description\":null,\"auto_shutdown_description\":null,\"owner_url\":null,"
	"\"owner_name\":null,\"owner_id\":null,\"vm_count\":0,\"storage\":0,\"network_count\":0,"
	"\"created_at\":\"2017/02/14 09:30:05 -0800\",\"region\":null,"
	"\"region_backend\":\"skytap\",\"svms\":0,\"can_save_as_template\":true,\"can_copy\":true,"
	"\"can_delete\":true,\"can_change_state\":true,\"can_share\":true,\"can_edit\":true,"
	"\"label_count\":0,\"label_category_count\":0,\"can_tag\":true,\"tags\":[],"
	"\"tag_list\":\"\",\"alerts\":[],\"published_service_count\":0,\"public_ip_count\":0,"
	"\"stages\":null,\"staged_execution\":null,\"sequencing_enabled\":false,\"note_count\":0,"
	"\"project_count_for_user\":0,\"project_count\":0,\"publish_set_count\":0,"
	"\"schedule_count\":0,\"vpn_count\":0,\"disable_internet\":false,"
	"\"outbound_traffic\":true,\"routable\":true,\"vms\":[],\"networks\":[],"
	"\"containers_count\":0,\"container_hosts_count\":0,\"platform_errors\":[],"
	"\"svms_by_architecture\":{\"x86\":0,\"power\":0},\"all_vms_support_suspend\":true}";

const char shape_environment_v1[] =
	"{\"id\":null,\"url\":null,\"name\":null,\"error\":\"\",\"runstate\":null,"
	"\"rate_limited\":false,\"description\":null,\"suspend_on_idle\":null,"
	"\"suspend_at_time\":null,\"routable\":true,\"vms\":[],\"networks\":[],"
	"\"lockversion\":null,\"use_smart_client\":true,\"disable_internet\":false,"
	"\"region\":null,\"region_backend\":\"skytap\",\"owner\":null,\"publish_sets\":[]}";

const char shape_vm[] =
	"{\"id\":null,\"name\":null,\"runstate\":null,\"rate_limited\":false,"
	"\"hardware\":{\"cpus\":2,\"supports_multicore\":true,\"cpus_per_socket\":1,"
	"\"ram\":4096,\"svms\":2,\"guestOS\":\"debian12-64\",\"max_cpus\":12,\"min_ram\":256,"
	"\"max_ram\":262144,\"vnc_keymap\":null,\"uuid\":null,\"disks\":[],\"storage\":40960,"
	"\"upgradable\":false,\"instance_type\":null,\"time_sync_enabled\":true,"
	"\"rtc_start_time\":null,\"copy_paste_enabled\":true,\"nested_virtualization\":false,"
	"\"architecture\":\"x86\"},\"error\":false,\"error_details\":false,\"asset_id\":null,"
	"\"hardware_version\":11,\"max_hardware_version\":11,\"interfaces\":[],\"notes\":[],"
	"\"labels\":[],\"credentials\":[],\"desktop_resizable\":true,"
	"\"local_mouse_cursor\":true,\"maintenance_lock_engaged\":false,"
	"\"region_backend\":\"skytap\",\"created_at\":\"2017/02/14 09:30:12 -0800\","
	"\"supports_suspend\":true,\"can_change_object_state\":true,\"containers\":null,"
	"\"configuration_url\":null}";

const char shape_interface[] =
	"{\"id\":null,\"ip\":null,\"hostname\":null,\"mac\":null,\"services_count\":0,"
	"\"services\":[],\"public_ips_count\":0,\"public_ips\":[],\"vm_id\":null,"
	"\"vm_name\":null,\"status\":null,\"nat_addresses\":null,\"network_id\":null,"
	"\"network_name\":null,\"network_url\":null,\"network_type\":null,"
	"\"network_subnet\":null,\"nic_type\":\"vmxnet3\",\"secondary_ips\":[],"
	"\"public_ip_attachments\":[]}";

const char shape_network[] =
	"{\"id\":null,\"url\":null,\"name\":null,\"network_type\":null,\"subnet\":null,"
	"\"subnet_addr\":null,\"subnet_size\":0,\"gateway\":null,\"primary_nameserver\":null,"
	"\"secondary_nameserver\":null,\"region\":null,\"domain\":null,\"nat_subnet\":null,"
	"\"nat_pool_size\":0,\"nat_pool_remaining\":0,\"vpn_attachments\":[],"
	"\"tunnelable\":false,\"tunnels\":[]}";

const char shape_user[] =
	"{\"id\":null,\"url\":null,\"login_name\":null,\"first_name\":null,\"last_name\":null,"
	"\"title\":\"\",\"email\":null,\"created_at\":\"2016/05/02 12:43:05 -0700\","
	"\"deleted\":false,\"password\":\"**********\",\"account_role\":null,"
	"\"can_import\":true,\"can_export\":false,\"sso_enabled\":false,"
	"\"time_zone\":\"Pacific Time (US & Canada)\",\"quotas\":[],\"configurations\":[],"
	"\"templates\":[],\"assets\":[]}";

const char shape_template[] =
	"{\"id\":null,\"url\":null,\"name\":null,\"errors\":[],\"busy\":null,\"public\":false,"
	"\"description\":null,\"vm_count\":0,\"storage\":0,\"network_count\":0,"
	"\"created_at\":\"2017/02/14 03:10:44 -0800\",\"region\":null,"
	"\"region_backend\":\"skytap\",\"svms\":0,\"last_installed\":null,\"can_copy\":true,"
	"\"can_delete\":true,\"can_share\":true,\"label_count\":0,\"label_category_count\":0,"
	"\"can_tag\":true,\"tags\":[],\"tag_list\":\"\",\"project_count_for_user\":0,"
	"\"project_count\":0,\"containers_count\":0,\"container_hosts_count\":0,\"vms\":[],"
	"\"networks\":[],\"svms_by_architecture\":{\"x86\":0,\"power\":0}}";

struct fill fill_from(const char *shape)
{
	struct fill f = {};

	if (shape)
		f.error = json_parse(shape, strlen(shape), 8, &f.obj, NULL);
	else if (!(f.obj = json_object_new_object()))
		f.error = -ENOMEM;
	return f;
}

static void note(struct fill *f, int r)
{
	if (r < 0 && !f->error)
		f->error = r;
}

void fill_str(struct fill *f, const char *key, const char *s)
{
	if (!f->error)
		note(f, json_set_str(f->obj, key, s));
}

void fill_int(struct fill *f, const char *key, int64_t v)
{
	if (!f->error)
		note(f, json_set_int(f->obj, key, v));
}

void fill_bool(struct fill *f, const char *key, bool v)
{
	if (!f->error)
		note(f, json_set_bool(f->obj, key, v));
}

void fill_fmt(struct fill *f, const char *key, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	note(f, buf_vaddf(&b, fmt, ap));
	va_end(ap);
	fill_str(f, key, b.data);
}

void fill_json(struct fill *f, const char *key, struct json_object *v)
{
	if (f->error)
		json_object_put(v);
	else
		note(f, json_set(f->obj, key, v));
}

void fill_drop(struct fill *f, const char *key)
{
	if (!f->error)
		json_object_object_del(f->obj, key);
}

struct json_object *fill_done(struct fill *f)
{
	if (!f->error)
		return TAKE_PTR(f->obj);
	json_object_put(f->obj);
	f->obj = NULL;
	return NULL;
}

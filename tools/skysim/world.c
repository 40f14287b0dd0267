/* SPDX-License-Identifier: MIT */
/* world.c -- a world: read whole, and found in */
#include "tools/skysim/world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "agent/base/buf.h"
#include "agent/base/json.h"

#define WORLD_MAX (64u * 1024 * 1024)
#define WORLD_DEPTH 16

const char *const runstate_names[] = { "running", "stopped", "suspended", "busy", NULL };

static void env_done(struct world_env *e)
{
	for (size_t i = 0; i < e->n_networks; i++)
		free(e->networks[i].tunnels);
	for (size_t i = 0; i < e->n_vms; i++) {
		struct world_vm *vm = &e->vms[i];

		for (size_t j = 0; j < vm->n_interfaces; j++)
			free(vm->interfaces[j].nat);
		free(vm->interfaces);
	}
	free(e->networks);
	free(e->vms);
}

void world_free(struct world *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_envs; i++)
		env_done(&w->envs[i]);
	free(w->users);
	free(w->envs);
	free(w->templates);
	json_object_put(w->doc);
	free(w);
}

const struct world_user *world_user(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_users; i++)
		if (!strcmp(w->users[i].id, id))
			return &w->users[i];
	return NULL;
}

const struct world_env *world_env(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_envs; i++)
		if (!strcmp(w->envs[i].id, id))
			return &w->envs[i];
	return NULL;
}

const struct world_template *world_template(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_templates; i++)
		if (!strcmp(w->templates[i].id, id))
			return &w->templates[i];
	return NULL;
}

const struct world_network *world_network(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_envs; i++)
		for (size_t j = 0; j < w->envs[i].n_networks; j++)
			if (!strcmp(w->envs[i].networks[j].id, id))
				return &w->envs[i].networks[j];
	return NULL;
}

const struct world_vm *world_vm(const struct world *w, const char *id)
{
	for (size_t i = 0; i < w->n_envs; i++)
		for (size_t j = 0; j < w->envs[i].n_vms; j++)
			if (!strcmp(w->envs[i].vms[j].id, id))
				return &w->envs[i].vms[j];
	return NULL;
}

const struct world_tunnel *world_tunnel(const struct world *w, size_t i)
{
	for (size_t e = 0; e < w->n_envs; e++) {
		for (size_t j = 0; j < w->envs[e].n_networks; j++) {
			const struct world_network *n = &w->envs[e].networks[j];

			if (i < n->n_tunnels)
				return &n->tunnels[i];
			i -= n->n_tunnels;
		}
	}
	return NULL;
}

static bool vm_has_nat(const struct world_vm *vm, const struct addr *address)
{
	for (size_t i = 0; i < vm->n_interfaces; i++)
		for (size_t j = 0; j < vm->interfaces[i].n_nat; j++)
			if (addr_equal(&vm->interfaces[i].nat[j].address, address))
				return true;
	return false;
}

const struct world_vm *world_vm_by_nat(const struct world *w, const struct addr *address)
{
	for (size_t i = 0; i < w->n_envs; i++)
		for (size_t j = 0; j < w->envs[i].n_vms; j++)
			if (vm_has_nat(&w->envs[i].vms[j], address))
				return &w->envs[i].vms[j];
	return NULL;
}

static bool share_mac(const struct world_vm *a, const struct world_vm *b)
{
	for (size_t i = 0; i < a->n_interfaces; i++)
		for (size_t j = 0; j < b->n_interfaces; j++)
			if (!strcasecmp(a->interfaces[i].mac, b->interfaces[j].mac))
				return true;
	return false;
}

const struct world_vm *world_vm_unlike(const struct world *w, const struct world_vm *vm)
{
	for (size_t i = 0; i < w->n_envs; i++)
		for (size_t j = 0; j < w->envs[i].n_vms; j++)
			if (!share_mac(vm, &w->envs[i].vms[j]))
				return &w->envs[i].vms[j];
	return NULL;
}

static char *syntax_error(const char *file, const char *text, size_t len, size_t offset)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < offset && i < len; i++) {
		column = text[i] == '\n' ? 1 : column + 1;
		line += text[i] == '\n';
	}
	return str_printf("%s:%zu:%zu: no JSON from here on", file, line, column);
}

int world_parse(const char *file, const char *text, size_t len, struct world **ret,
		char **ret_error)
{
	_cleanup_(world_freep) struct world *w = calloc(1, sizeof(*w));
	struct reader rd = { .file = file };
	size_t offset = 0;
	int r;

	if (!w)
		return -ENOMEM;
	r = json_parse(text, len, WORLD_DEPTH, &w->doc, &offset);
	if (r == -EBADMSG) {
		*ret_error = syntax_error(file, text, len, offset);
		return -EINVAL;
	}
	if (r < 0)
		return r;

	r = world_fill(w, &rd);
	if (r >= 0)
		r = world_link(w, &rd);
	if (r < 0) {
		*ret_error = rd.error;
		return r;
	}
	*ret = TAKE_PTR(w);
	return 0;
}

static int read_all(const char *file, struct buf *text)
{
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
	char chunk[65536];
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		r = buf_add(text, chunk, (size_t)n);
		if (r < 0)
			return r;
	}
	return n < 0 ? -errno : 0;
}

int world_load(const char *file, struct world **ret, char **ret_error)
{
	_cleanup_buf_ struct buf text = BUF_INIT_MAX(WORLD_MAX);
	int r;

	r = read_all(file, &text);
	if (r < 0) {
		*ret_error = str_printf("%s: %s", file, strerror(-r));
		return r;
	}
	return world_parse(file, text.data ?: "", text.len, ret, ret_error);
}

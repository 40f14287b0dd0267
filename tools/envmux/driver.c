/* SPDX-License-Identifier: MIT */
/* driver.c -- what all drivers share */
#include <stdlib.h>

#include "tools/envmux/driver.h"

void driver_monitor_done(struct driver_monitor *m)
{
	free(m->send);
	free(m->host);
	free(m->recv);
	*m = (struct driver_monitor){};
}

void driver_route_done(struct driver_route *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		free(r->members[i].name);
	free(r->members);
	driver_monitor_done(&r->monitor);
	free(r->label);
	*r = (struct driver_route){};
}

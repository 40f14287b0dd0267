/* SPDX-License-Identifier: MIT */
/* driver.c -- what all drivers share */
#include <stdlib.h>

#include "tools/envmux/driver.h"

void driver_route_done(struct driver_route *r)
{
	for (size_t i = 0; i < r->n_members; i++)
		free(r->members[i].name);
	free(r->members);
	free(r->monitor.send);
	free(r->monitor.host);
	free(r->label);
	*r = (struct driver_route){};
}

/* SPDX-License-Identifier: MIT */
/*
 * clockwatch.h -- has somebody set the clock?
 *
 * A VM that was suspended and copied goes on as if nothing had been: no signal, no link event, the
 * monotonic clock runs on. What comes soon is that the wall clock is put right. So a clock that is
 * set, by whatever program, is a first sign of a copy.
 */
#pragma once

#include <systemd/sd-event.h>

#include "agent/base/cleanup.h"

struct clockwatch;

/*
 * Calls CHANGED from the loop of EVENT each time that CLOCK_REALTIME was set or stepped, not when
 * it is slewed: timerfd_create(2), TFD_TIMER_CANCEL_ON_SET. Costs one descriptor, and no wake-up
 * otherwise. 0 or -errno.
 */
int clockwatch_new(sd_event *event, void (*changed)(void *userdata), void *userdata,
		   struct clockwatch **ret);
/* NULL is fine. */
void clockwatch_free(struct clockwatch *c);
DEFINE_CLEANUP(struct clockwatch *, clockwatch_free)

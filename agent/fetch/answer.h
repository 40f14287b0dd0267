/* SPDX-License-Identifier: MIT */
/*
 * answer.h -- is this document the metadata of the VM that we run in?
 *
 * Anybody can answer at a gateway's address: a router's web page, another VM's proxy, the metadata
 * of the VM beside us. It counts only if it is a JSON object with a configuration_url that ends in
 * digits and one of its interfaces has a MAC of ours.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/base/identity.h"

#define ANSWER_MACS_MAX 64

struct answer_macs {
	uint8_t mac[ANSWER_MACS_MAX][6];
	size_t n;
};

/* NULL if it is ours, with *ret filled in; else the reason in one word, static. */
const char *answer_judge(const char *body, size_t len, const struct answer_macs *own,
			 struct identity *ret);

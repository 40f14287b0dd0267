/* SPDX-License-Identifier: MIT */
/*
 * keyed-hash.h -- SipHash-2-4 with 128 bits (Aumasson, Bernstein, 2012)
 *
 * For remembering a secret without keeping it: who does not know the key cannot try passwords on
 * what was remembered.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

void keyed_hash(const uint8_t key[16], const void *data, size_t len, uint8_t ret[16]);

/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h -- a fuzz target: one function that takes any bytes, and ends the program if what it tests
 * breaks a promise
 *
 * libFuzzer calls it ("make fuzz"), or replay.c with what is kept in tests/fuzz/corpus ("make
 * check-unit").
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FUZZ_SIZE_MAX (64u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

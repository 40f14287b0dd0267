/* SPDX-License-Identifier: MIT */
/* keyed-hash.c -- SipHash-2-4 with 128 bits */
#include <endian.h>
#include <string.h>

#include "tools/envmux/keyed-hash.h"

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[4], unsigned n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

static uint64_t little(const void *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return le64toh(n);
}

void keyed_hash(const uint8_t key[16], const void *data, size_t len, uint8_t ret[16])
{
	const uint64_t k0 = little(key), k1 = little(key + 8);
	/* The constants are "somepseudorandomlygeneratedbytes"; the 0xee chooses 128 bits. */
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
			  k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	const uint8_t *p = data;
	uint8_t last[8] = {};
	uint64_t half;

	for (size_t i = 0; i + 8 <= len; i += 8)
		absorb(v, little(p + i));
	if (len % 8)
		memcpy(last, p + len - len % 8, len % 8);
	last[7] = (uint8_t)len;
	absorb(v, little(last));
	v[2] ^= 0xee;
	rounds(v, 4);
	half = htole64(v[0] ^ v[1] ^ v[2] ^ v[3]);
	memcpy(ret, &half, 8);
	v[1] ^= 0xdd;
	rounds(v, 4);
	half = htole64(v[0] ^ v[1] ^ v[2] ^ v[3]);
	memcpy(ret + 8, &half, 8);
}

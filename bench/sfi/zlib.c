/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compresses text with zlib and gets it back.
 */
#include "work.h"

#include <string.h>
#include <zlib.h>

enum { TEXT = 512 * 1024, PACKED = TEXT + TEXT / 8 };

static char text[TEXT], again[TEXT];
static unsigned char packed[PACKED];
static uLongf packed_size;

void work_prepare(void)
{
    work_text(text, TEXT, 5);
}

void work_round(void)
{
    uLongf size = TEXT;
    packed_size = PACKED;
    if (compress2(packed, &packed_size, (const Bytef *)text, TEXT, Z_DEFAULT_COMPRESSION) != Z_OK)
        work_fail("zlib: cannot compress");
    for (int i = 0; i < 3; i++) {
        if (uncompress((Bytef *)again, &size, packed, packed_size) != Z_OK || size != TEXT)
            work_fail("zlib: cannot decompress");
    }
}

uint64_t work_result(void)
{
    if (memcmp(text, again, TEXT) != 0)
        work_fail("zlib: the text has changed");
    return work_sum(0, packed, packed_size);
}

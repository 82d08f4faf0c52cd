/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Compresses text with libbz2 and gets it back.
 */
#include "work.h"

#include <bzlib.h>
#include <string.h>

enum { TEXT = 256 * 1024, PACKED = TEXT + TEXT / 8, BLOCK_OF_100K = 9 };

static char text[TEXT], again[TEXT], packed[PACKED];
static unsigned int packed_size;

/* What a library without standard input and output wants. */
void bz_internal_error(int code);

void bz_internal_error(int code)
{
    (void)code;
    work_fail("bzip2: internal error");
}

void work_prepare(void)
{
    work_text(text, TEXT, 6);
}

void work_round(void)
{
    unsigned int size = TEXT;
    packed_size = PACKED;
    if (BZ2_bzBuffToBuffCompress(packed, &packed_size, text, TEXT, BLOCK_OF_100K, 0, 0) != BZ_OK)
        work_fail("bzip2: cannot compress");
    if (BZ2_bzBuffToBuffDecompress(again, &size, packed, packed_size, 0, 0) != BZ_OK || size != TEXT)
        work_fail("bzip2: cannot decompress");
}

uint64_t work_result(void)
{
    if (memcmp(text, again, TEXT) != 0)
        work_fail("bzip2: the text has changed");
    return work_sum(0, packed, packed_size);
}

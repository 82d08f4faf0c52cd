/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What blocks and its workers say to each other, through two COCARRIERs in the namespace BLOCKS_NAMESPACE.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdint.h>

#define BLOCKS_NAMESPACE "blocks"
#define BLOCKS_WORK "work" /* struct block */
#define BLOCKS_DONE "done" /* struct block_done */

enum { BLOCK_SIZE = 1 << 20 };

struct block {
    uint64_t number, length;
    unsigned char bytes[BLOCK_SIZE];
};

struct block_done {
    uint64_t number;
    uint32_t sum;
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A bit for each byte of a pair of blocks that is looked for. Whoever includes this says by NAME(marks) what a block is
 * made into, by NAME(both) how two such are made one, and by NAME(found) what bits they give.
 */
static inline uint64_t NAME(found_in_pair)(WHOLE first, WHOLE second)
{
    return NAME(found)(first) | (uint64_t)NAME(found)(second) << WIDTH;
}

static inline uint64_t NAME(pair)(const unsigned char *at, WHOLE pattern)
{
    return NAME(found_in_pair)(NAME(marks)(at, 0, pattern), NAME(marks)(at, WIDTH, pattern));
}

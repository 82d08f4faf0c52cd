/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Moving fewer than 16 bytes: everything is loaded before anything is stored.
 */
static inline void move_less16(unsigned char *to, const unsigned char *from, size_t n)
{
    if (n >= 8) {
        quad first = CONST_AT(quad, from, 0), last = CONST_AT(quad, from, n - 8);
        AT(quad, to, 0) = first;
        AT(quad, to, n - 8) = last;
    } else if (n >= 4) {
        word first = CONST_AT(word, from, 0), last = CONST_AT(word, from, n - 4);
        AT(word, to, 0) = first;
        AT(word, to, n - 4) = last;
    } else if (n >= 2) {
        half first = CONST_AT(half, from, 0), last = CONST_AT(half, from, n - 2);
        AT(half, to, 0) = first;
        AT(half, to, n - 2) = last;
    } else if (n) {
        *to = *from;
    }
}

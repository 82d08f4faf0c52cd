/* SPDX-License-Identifier: BSD-2-Clause
 *
 * memcpy is memmove (memmove.c); this file takes the place of the portable one.
 */
typedef int memcpy_is_in_memmove;

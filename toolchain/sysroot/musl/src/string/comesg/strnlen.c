/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strnlen is beside strlen (strlen.c); this file takes the place of the portable one.
 */
typedef int strnlen_is_in_strlen;

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strchrnul is beside strchr (strchr.c); this file takes the place of the portable one.
 */
typedef int strchrnul_is_in_strchr;

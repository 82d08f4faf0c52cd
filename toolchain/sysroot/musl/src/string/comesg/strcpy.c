/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strcpy is beside stpcpy (stpcpy.c); this file takes the place of the portable one.
 */
typedef int strcpy_is_in_stpcpy;

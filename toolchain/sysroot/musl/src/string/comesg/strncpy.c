/* SPDX-License-Identifier: BSD-2-Clause
 *
 * strncpy is beside stpncpy (stpncpy.c); this file takes the place of the portable one.
 */
typedef int strncpy_is_in_stpncpy;

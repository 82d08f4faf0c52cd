/* SPDX-License-Identifier: BSD-2-Clause
 *
 * qsort is beside qsort_r (qsort.c); this file takes the place of the portable one.
 */
typedef int qsort_is_in_qsort;

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which way calls go mostly, where the compiler cannot know: what is straight then takes no jump.
 */
#ifndef COMESG_CORE_LIKELY_H
#define COMESG_CORE_LIKELY_H

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

#endif

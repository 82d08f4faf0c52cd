/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where programs leave what they log: each opens a COCHANNEL under its own name in this namespace, and sends lines.
 */
#ifndef LOGS_H
#define LOGS_H

#define LOGS_NAMESPACE "logs"

enum {
    LOGS_LINE_MAX = 512
}; /* bytes of a line with its end: less than half of a ring, so that it stays in one piece */

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: how calls end that fail, out of the way of those that do not.
 */
#include "lib/libcocall/core_call.h"

int64_t comesg_call_failed(int64_t error)
{
    errno = (int)-error;
    return -1;
}

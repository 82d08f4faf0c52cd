/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting the programs that co-processes ask for: the supervisor's side of core/coexec.c.
 */
#ifndef COMESG_HOST_COEXEC_H
#define COMESG_HOST_COEXEC_H

#include "host/requests.h"

request_handler coexec_begin, coexec_prepare, coexec_cancel;

#endif

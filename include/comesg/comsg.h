/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Everything that libcomsg offers, and coproc_init of libcoproc, which comes first: link with -lcoproc -lcomsg.
 */
#ifndef COMESG_COMSG_H
#define COMESG_COMSG_H

#include <comesg/coevent.h>
#include <comesg/commap.h>
#include <comesg/conamespace.h>
#include <comesg/coport.h>
#include <comesg/coproc.h>
#include <comesg/coservice.h>

#endif

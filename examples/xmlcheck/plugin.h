/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What xmlcheck and its plug-in say to each other.
 *
 * The plug-in is started with one handle, a target of xmlcheck, and calls it once to attach a target of its own. Then
 * xmlcheck calls that for each document, with a struct plugin_request and a window to read the document through.
 */
#ifndef XMLCHECK_PLUGIN_H
#define XMLCHECK_PLUGIN_H

#include <stdint.h>

struct plugin_request {
    uint64_t length; /* of the document, in bytes */
};

struct plugin_reply {
    uint32_t well_formed;
    uint32_t line;     /* of the error, from 1 */
    char message[128]; /* what is wrong there */
    uint64_t elements;
    uint64_t depth;
};

#endif

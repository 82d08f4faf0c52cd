/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Asking the word-count service.  What goes wrong is told on standard error.
 */
#ifndef WORDCOUNT_ASK_H
#define WORDCOUNT_ASK_H

#include "wordcount.h"

#include <comesg/comsg.h>

#include <stdbool.h>

struct service_link {
    coservice_t service;
    cotarget_t target; /* the same for plain calls */
    coport_t results;
    unsigned timeout; /* seconds to wait for a service that starts or is busy */
    uint64_t calls;   /* that were answered */
    struct wordcount_request request;
    struct wordcount_reply reply;
};

/* Finds the service, waiting for it to start. */
bool find_service(struct service_link *link);

/* Asks with link->request, whose `operation` this sets and which has `text_length` bytes of text. True if the answer,
 * in link->reply, is no error. */
bool ask(struct service_link *link, enum wordcount_operation operation, size_t text_length);

#endif

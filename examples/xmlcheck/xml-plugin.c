/* SPDX-License-Identifier: BSD-2-Clause
 *
 * xml-plugin: parses documents for xmlcheck with the Expat library, as it comes. It has no files and no network, only
 * memory of its own and what it may read through the window that comes with a call.
 *
 * It has a bug, as plug-ins do: it walks the tree of elements by recursion, so that a document that is nested deeply
 * enough overflows its stack.
 */
#include "plugin.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/window.h>

#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE = 65536 };

struct element {
    struct element *parent, *first, *next;
};

struct document {
    XML_Parser parser;
    struct element root;
    struct element *open; /* the innermost element that has begun and not ended */
    uint64_t elements;
};

static void begin_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
    struct document *document = data;
    struct element *element = malloc(sizeof *element);
    (void)name;
    (void)attributes;
    if (!element) {
        XML_StopParser(document->parser, XML_FALSE);
        return;
    }
    *element = (struct element){document->open, NULL, document->open->first};
    document->open->first = element;
    document->open = element;
    document->elements++;
}

static void end_element(void *data, const XML_Char *name)
{
    struct document *document = data;
    (void)name;
    document->open = document->open->parent;
}

static uint64_t depth_of(const struct element *element)
{
    uint64_t depth = 0;
    for (const struct element *child = element->first; child; child = child->next) {
        uint64_t below = depth_of(child) + 1;
        depth = below > depth ? below : depth;
    }
    return depth;
}

static void free_below(struct element *top)
{
    struct element *element = top;
    while (top->first) {
        while (element->first)
            element = element->first;
        struct element *parent = element->parent;
        parent->first = element->next;
        free(element);
        element = parent;
    }
}

/* False if the document cannot be read through the window. */
static bool read_document(XML_Parser parser, cowindow_t window, uint64_t length, bool *well_formed)
{
    *well_formed = true;
    for (uint64_t offset = 0; *well_formed && offset <= length; offset += PIECE) {
        size_t piece = length - offset < PIECE ? length - offset : PIECE;
        bool last = offset + piece == length;
        void *buffer = XML_GetBuffer(parser, PIECE);
        if (!buffer || cocopy(COCOPY_OWN, (uintptr_t)buffer, window, offset, piece) < 0)
            return false;
        *well_formed = XML_ParseBuffer(parser, (int)piece, last) == XML_STATUS_OK;
        if (last)
            break;
    }
    return true;
}

static void parse(cowindow_t window, uint64_t length, struct plugin_reply *reply)
{
    struct document document = {.parser = XML_ParserCreate(NULL)};
    bool well_formed;
    *reply = (struct plugin_reply){0};
    if (!document.parser) {
        snprintf(reply->message, sizeof reply->message, "out of memory");
        return;
    }
    document.open = &document.root;
    XML_SetUserData(document.parser, &document);
    XML_SetElementHandler(document.parser, begin_element, end_element);
    if (!read_document(document.parser, window, length, &well_formed)) {
        snprintf(reply->message, sizeof reply->message, "the document cannot be read");
    } else if (!well_formed) {
        reply->line = (uint32_t)XML_GetCurrentLineNumber(document.parser);
        snprintf(reply->message, sizeof reply->message, "%s", XML_ErrorString(XML_GetErrorCode(document.parser)));
    } else {
        reply->well_formed = 1;
        reply->elements = document.elements;
        reply->depth = depth_of(&document.root);
    }
    free_below(&document.root);
    XML_ParserFree(document.parser);
}

static bool introduce(void)
{
    const struct covector *vector = cogetvec();
    cotarget_t own;
    if (vector->count != 1 || coregister(NULL, NULL, &own))
        return false;
    const struct coattachment attachment = {.kind = COHANDLE_TARGET, .handle = own};
    return cocall_oob_until(vector->handles[0], NULL, 0, NULL, 0, &attachment, 1, NULL, NULL) >= 0;
}

int main(void)
{
    struct plugin_request request;
    struct plugin_reply reply = {0};
    struct coattachment window;
    struct cocall_information information = {.size = sizeof information,
                                             .attachments = {.array = &window, .capacity = 1}};
    if (!introduce()) {
        fputs("xml-plugin: xmlcheck starts this program\n", stderr);
        return EXIT_FAILURE;
    }
    ssize_t length = coaccept_oob(NULL, NULL, 0, &request, sizeof request, NULL, 0, &information);
    for (;;) {
        bool good = length == sizeof request && information.attachments.count == 1;
        if (good)
            parse(window.handle, request.length, &reply);
        if (information.attachments.count)
            cohandle_close(window.handle);
        length = coaccept_oob(NULL, &reply, good ? sizeof reply : 0, &request, sizeof request, NULL, 0, &information);
    }
}

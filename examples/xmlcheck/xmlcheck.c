/* SPDX-License-Identifier: BSD-2-Clause
 *
 * xmlcheck: says of each file whether it is well-formed XML.  What reads the documents is a plug-in in a co-process of
 * its own: a document that crashes it, or keeps it busy for ever, harms neither this program nor the next document.
 */
#include "plugin.h"

#include <comesg/cocall.h>
#include <comesg/coexec.h>
#include <comesg/window.h>

#include <errno.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char **environ;

enum { SECONDS_TO_START = 10, SECONDS_TO_PARSE = 20, MEMORY_OF_PLUGIN = 512 << 20, DOCUMENT_MAX = 1 << 30 };

static const char help[] = "Usage: xmlcheck FILE...\n"
                           "\n"
                           "Says of each FILE whether it is well-formed XML, and how many elements it has.\n"
                           "\n"
                           "Exit status: 0 if all are, 1 if not, 2 for wrong usage.\n";

struct plugin {
    char *path;
    cotarget_t target; /* 0: it has to be started */
};

struct document {
    const char *path;
    char *bytes;
    size_t length;
};

static struct timespec after(time_t seconds)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += seconds;
    return time;
}

/* The plug-in calls back with a target of its own. */
static bool await_plugin(struct plugin *plugin)
{
    const struct timespec deadline = after(SECONDS_TO_START);
    struct coattachment target = {0};
    struct cocall_information information = {.size = sizeof information,
                                             .attachments = {.array = &target, .capacity = 1}};
    if (coaccept_oob_until(NULL, NULL, 0, NULL, 0, NULL, 0, &information, &deadline) < 0)
        return false;
    coaccept_nb(NULL, NULL, 0, NULL, 0); /* replies */
    plugin->target = target.handle;
    return information.attachments.count == 1 && cohandle_kind(target.handle) == COHANDLE_TARGET;
}

/* It gets what it needs and nothing else: no system calls on files or networks, the standard error, some memory. */
static bool start_plugin(struct plugin *plugin)
{
    char *const arguments[] = {plugin->path, NULL};
    const struct coexec_descriptor standard_error = {2, 2};
    const struct coexec_quota memory = {COQUOTA_MEMORY, 0, MEMORY_OF_PLUGIN};
    cotarget_t own;
    if (coregister(NULL, NULL, &own))
        return false;
    const struct coexec_options options = {
        .size = sizeof options,
        .flags = COEXEC_SYSTEM_CALLS | COEXEC_DESCRIPTORS | COEXEC_NAMESPACE | COEXEC_NO_PUBLISH,
        .system_calls = COEXEC_CALLS_NONE,
        .descriptors = &standard_error,
        .descriptor_count = 1,
        .quotas = &memory,
        .quota_count = 1,
        .handles = &own,
        .handle_count = 1,
    };
    return coexecve_with(plugin->path, arguments, environ, &options) >= 0 && await_plugin(plugin);
}

/* The window is gone afterwards, whatever the plug-in does with it. */
static bool ask_plugin(const struct plugin *plugin, const struct document *document, struct plugin_reply *reply)
{
    const struct plugin_request request = {document->length};
    const struct timespec deadline = after(SECONDS_TO_PARSE);
    struct coattachment window = {.kind = COHANDLE_WINDOW};
    window.handle = cowindow(document->bytes, document->length ? document->length : 1, CORIGHT_R, COWINDOW_LASTING);
    if (!window.handle)
        return false;
    ssize_t length =
        cocall_oob_until(plugin->target, &request, sizeof request, reply, sizeof *reply, &window, 1, NULL, &deadline);
    int error = errno;
    corevoke(window.handle);
    errno = error;
    return length == sizeof *reply;
}

static bool read_file(struct document *document)
{
    FILE *file = fopen(document->path, "r");
    size_t room = 1 << 16;
    if (!file)
        return false;
    document->bytes = malloc(room);
    while (document->bytes && document->length < DOCUMENT_MAX) {
        size_t read = fread(document->bytes + document->length, 1, room - document->length, file);
        document->length += read;
        if (read == 0)
            break;
        if (document->length == room)
            document->bytes = realloc(document->bytes, room *= 2);
    }
    if (document->length >= DOCUMENT_MAX)
        errno = EFBIG;
    bool good = document->bytes && document->length < DOCUMENT_MAX && !ferror(file);
    fclose(file);
    return good;
}

/* The plug-in is given up; the next document gets a new one. */
static bool give_up(struct plugin *plugin, const struct document *document)
{
    if (errno == ENOLINK)
        printf("%s: the parser crashed\n", document->path);
    else if (errno == ETIMEDOUT)
        printf("%s: the parser has not come to an end in %d s\n", document->path, SECONDS_TO_PARSE);
    else
        printf("%s: the parser cannot be asked: %s\n", document->path, strerror(errno));
    cohandle_close(plugin->target);
    plugin->target = 0;
    return false;
}

static bool check(struct plugin *plugin, const struct document *document)
{
    struct plugin_reply reply;
    if (!plugin->target && !start_plugin(plugin)) {
        fprintf(stderr, "xmlcheck: cannot start %s: %s\n", plugin->path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    if (!ask_plugin(plugin, document, &reply))
        return give_up(plugin, document);
    reply.message[sizeof reply.message - 1] = '\0';
    if (!reply.well_formed) {
        printf("%s: line %u: %s\n", document->path, reply.line, reply.message);
        return false;
    }
    printf("%s: well-formed, %llu elements, %llu deep\n", document->path, (unsigned long long)reply.elements,
           (unsigned long long)reply.depth);
    return true;
}

static bool check_file(struct plugin *plugin, const char *path)
{
    struct document document = {.path = path};
    bool good = read_file(&document);
    if (!good)
        fprintf(stderr, "xmlcheck: cannot read %s: %s\n", path, strerror(errno));
    else
        good = check(plugin, &document);
    free(document.bytes);
    return good;
}

int main(int argc, char **argv)
{
    struct plugin plugin = {0};
    bool good = true;
    if (argc < 2 || strcmp(argv[1], "--help") == 0) {
        fputs(help, argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : EXIT_SUCCESS;
    }
    char *self = strdup(argv[0]);
    if (!self || asprintf(&plugin.path, "%s/xml-plugin", dirname(self)) < 0)
        return EXIT_FAILURE;
    for (int i = 1; i < argc; i++)
        good &= check_file(&plugin, argv[i]);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

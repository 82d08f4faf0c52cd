/* SPDX-License-Identifier: BSD-2-Clause
 *
 * collector: prints what other programs log, each line behind the name of who sent it. It polls all their ports at
 * once, takes up those that appear while it runs, and says when one is closed, be it that its program has died.
 */
#include "logs.h"

#include <comesg/comsg.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES_MAX = 256, NAMES_AT_ONCE = 16, LOOK_EVERY_MS = 50, BUFFER = 4096 };

static const char help[] = "Usage: collector COUNT\n"
                           "\n"
                           "Prints the lines that programs log, until COUNT of them have ended.\n";

struct source {
    char name[CONAME_MAX + 1];
    char line[LOGS_LINE_MAX]; /* its beginning, until its end comes */
    size_t length;
};

static struct source sources[SOURCES_MAX];
static pollcoport_t ports[SOURCES_MAX];
static size_t source_count, closed;

static bool is_known(const char *name)
{
    for (size_t i = 0; i < source_count; i++) {
        if (strcmp(sources[i].name, name) == 0)
            return true;
    }
    return false;
}

/* The name may be gone by now: its program has been killed before anything was taken up. */
static void add_source(conamespace_t logs, const char *name)
{
    coobject_t object = coselect(name, COPORT, logs);
    coport_t port = object ? coobject_subject(object) : 0;
    if (object)
        cohandle_close(object);
    if (!port || source_count == SOURCES_MAX)
        return;
    strcpy(sources[source_count].name, name);
    ports[source_count++] = (pollcoport_t){.coport = port, .events = COPOLL_IN};
}

static void look_for_sources(conamespace_t logs)
{
    struct coname names[NAMES_AT_ONCE];
    uint64_t position = 0;
    for (ssize_t count; (count = colist(logs, &position, names, NAMES_AT_ONCE)) > 0;) {
        for (ssize_t i = 0; i < count; i++) {
            if (names[i].kind == COHANDLE_OBJECT && names[i].type == COPORT && !is_known(names[i].name))
                add_source(logs, names[i].name);
        }
    }
}

static void print_lines(struct source *source, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\n' && source->length < sizeof source->line) {
            source->line[source->length++] = bytes[i];
            continue;
        }
        printf("%s: %.*s\n", source->name, (int)source->length, source->line);
        source->length = 0;
    }
}

static void receive(size_t i)
{
    char buffer[BUFFER];
    void *place = buffer;
    ssize_t length = corecv(ports[i].coport, &place, sizeof buffer);
    if (length > 0) {
        print_lines(&sources[i], buffer, (size_t)length);
    } else if (errno != EAGAIN) {
        printf("%s has ended\n", sources[i].name);
        cohandle_close(ports[i].coport);
        ports[i].coport = 0; /* not polled any more */
        closed++;
    }
}

int main(int argc, char **argv)
{
    size_t wanted = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (wanted == 0) {
        fputs(help, stderr);
        return 2;
    }
    conamespace_t root = coproc_init();
    conamespace_t logs = root ? cocreate(LOGS_NAMESPACE, APPLICATION, root) : 0;
    if (!logs) {
        perror("collector: cannot make the namespace " LOGS_NAMESPACE);
        return EXIT_FAILURE;
    }
    while (closed < wanted) {
        look_for_sources(logs);
        if (copoll(ports, source_count, LOOK_EVERY_MS) < 0) {
            perror("collector: cannot poll");
            return EXIT_FAILURE;
        }
        for (size_t i = 0; i < source_count; i++) {
            if (ports[i].revents)
                receive(i);
        }
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}

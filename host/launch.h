/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting a program as a co-process.
 */
#ifndef COMESG_HOST_LAUNCH_H
#define COMESG_HOST_LAUNCH_H

#include "host/realm.h"

struct program {
    char **arguments; /* NULL-terminated; the first names the program, which is searched in PATH if it has no slash */
    char *path;       /* where it was found; malloc'ed */
    struct image image;
};

/* Finds, reads and verifies. On failure prints why and gives a negative errno. */
int program_load(struct program *program);
void program_free(struct program *program);

/* Starts it in a new region. Gives the member's index, or prints why not and gives a negative errno. */
ssize_t launch(struct host_realm *realm, const struct program *program, char **environment);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The supervisor: starts the programs of a realm, reaps them, reports how they ended.
 */
#ifndef COMESG_HOST_SUPERVISOR_H
#define COMESG_HOST_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>

struct realm_options {
    char ***programs; /* argument vectors; the realm lasts as long as the last one */
    size_t program_count;
    bool bare; /* without the microkernel */
    bool privileged; /* the first one gets a privileged handle */
    bool verbose;
};

enum { EXIT_MICROKERNEL = 125, EXIT_CANNOT_START = 126 };

/* Runs a realm to its end. Gives the exit status for the command: that of the last program, 128 + signal if a signal
 * ended it or the realm, EXIT_CANNOT_START if a program could not be started, EXIT_MICROKERNEL if coprocd has ended. */
int supervise(const struct realm_options *options);

#endif

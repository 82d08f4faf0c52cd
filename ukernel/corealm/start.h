/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting what a realm file names.
 */
#ifndef COMESG_UKERNEL_COREALM_START_H
#define COMESG_UKERNEL_COREALM_START_H

#include "ukernel/corealm/realm_file.h"

/* Makes the objects. False, when it has said which one cannot be made. */
bool start_objects(const char *path, struct realm_file *realm);

/* Starts a program: its pid, or -1 when it has said why not. */
pid_t start_program(const char *path, const struct program *program);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A file that describes a realm, as comesg-realm(5) has it.
 */
#ifndef COMESG_UKERNEL_COREALM_REALM_FILE_H
#define COMESG_UKERNEL_COREALM_REALM_FILE_H

#include <comesg/coexec.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRAMS_MAX = 64, OBJECTS_MAX = 64, WORDS_MAX = 256, HANDLES_GIVEN_MAX = 16 };

enum object_kind { OBJECT_PORT, OBJECT_NAMESPACE, OBJECT_MEMORY };

/* Something that programs are given handles of. */
struct object {
    char *name;
    unsigned line;
    enum object_kind kind;
    int type;      /* of the port or namespace */
    uint64_t size; /* memory, ring or arena; 0: the default */
    cohandle_t handle;
};

struct given {
    const struct object *object;
    uint32_t rights; /* 0: all */
};

enum restart { RESTART_NEVER, RESTART_ALWAYS, RESTART_ON_FAILURE };

struct program {
    char *name;
    unsigned line;
    char *arguments[WORDS_MAX + 1];
    char *environment[WORDS_MAX + 1]; /* beyond that of comesg */
    size_t environment_count;
    char *directory;
    uint32_t flags; /* COEXEC_... */
    uint32_t system_calls;
    uid_t user;
    gid_t group;
    struct coexec_quota quotas[COQUOTA_END];
    size_t quota_count;
    bool has_root;
    struct given root; /* object NULL: none */
    struct given handles[HANDLES_GIVEN_MAX];
    size_t handle_count;
    enum restart restart;
    unsigned restarts_max, restarts_seconds;
};

struct realm_file {
    struct object objects[OBJECTS_MAX];
    size_t object_count;
    struct program programs[PROGRAMS_MAX];
    size_t program_count;
    const struct program *last; /* the realm ends with it */
};

/* Reads a file. False when it has said on standard error, with the number of the line, what is wrong. */
bool realm_file_read(const char *path, struct realm_file *realm);

#endif

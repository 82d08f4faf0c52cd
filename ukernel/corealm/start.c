/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starting what a realm file names.
 */
#include "ukernel/corealm/start.h"

#include <comesg/commap.h>
#include <comesg/conamespace.h>
#include <comesg/coport.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static cohandle_t make(const struct object *object)
{
    const struct coport_options options = {
        .size = sizeof options, .ring_size = object->size, .arena_size = object->size};
    conamespace_t root;
    switch (object->kind) {
    case OBJECT_PORT:
        return open_coport_with(object->type, &options);
    case OBJECT_MEMORY:
        return commap(object->size, PROT_READ | PROT_WRITE);
    default:
        root = coproc_init();
        return root ? cocreate(object->name, object->type, root) : 0;
    }
}

bool start_objects(const char *path, struct realm_file *realm)
{
    for (size_t i = 0; i < realm->object_count; i++) {
        struct object *object = &realm->objects[i];
        object->handle = make(object);
        if (object->handle)
            continue;
        fprintf(stderr, "comesg: %s:%u: cannot make %s: %s\n", path, object->line, object->name, strerror(errno));
        return false;
    }
    return true;
}

static bool is_named(const char *variable, char *const *others, size_t count)
{
    size_t length = strcspn(variable, "=");
    for (size_t i = 0; i < count; i++) {
        if (strncmp(others[i], variable, length) == 0 && others[i][length] == '=')
            return true;
    }
    return false;
}

/* What the program says comes before what comesg has. */
static char **make_environment(const struct program *program)
{
    size_t count = program->environment_count;
    char **variable, **list;
    for (variable = environ; *variable; variable++)
        count++;
    list = calloc(count + 1, sizeof *list);
    if (!list)
        return NULL;
    count = program->environment_count;
    memcpy(list, program->environment, count * sizeof *list);
    for (variable = environ; *variable; variable++) {
        if (!is_named(*variable, program->environment, program->environment_count))
            list[count++] = *variable;
    }
    return list;
}

/* The first executable file of this name on PATH; or the name itself. */
static const char *search_path(const char *name, char found[PATH_MAX])
{
    const char *path = getenv("PATH");
    while (path && *path && !strchr(name, '/')) {
        size_t length = strcspn(path, ":");
        if (snprintf(found, PATH_MAX, "%.*s/%s", (int)length, length ? path : ".", name) < PATH_MAX &&
            access(found, X_OK) == 0)
            return found;
        path += length + (path[length] == ':');
    }
    return name;
}

/* A handle with the rights that the program is given. */
static cohandle_t weaken(const struct given *given)
{
    if (!given->object)
        return 0;
    return given->rights ? corestrict(given->object->handle, given->rights) : codup(given->object->handle);
}

static const char *explain(int error)
{
    if (error == ENOEXEC)
        return "not a program made by cocc, or one that the verifier refuses (coverify says why)";
    if (error == EPERM)
        return "a user, group or quota that comesg itself may not have";
    return strerror(error);
}

static pid_t run(const struct program *program, char **environment)
{
    char found[PATH_MAX];
    cohandle_t handles[HANDLES_GIVEN_MAX], root = weaken(&program->root);
    struct coexec_options options = {
        .size = sizeof options,
        .flags = program->flags | (program->has_root ? COEXEC_NAMESPACE : 0),
        .system_calls = program->system_calls,
        .uid = program->user,
        .gid = program->group,
        .directory = program->directory,
        .handles = handles,
        .handle_count = program->handle_count,
        .quotas = program->quotas,
        .quota_count = program->quota_count,
        .root = root,
    };
    for (size_t i = 0; i < program->handle_count; i++)
        handles[i] = weaken(&program->handles[i]);
    pid_t pid = coexecve_with(search_path(program->arguments[0], found), (char *const *)program->arguments, environment,
                              &options);
    int error = errno;
    for (size_t i = 0; i < program->handle_count; i++)
        cohandle_close(handles[i]);
    if (root)
        cohandle_close(root);
    errno = error;
    return pid;
}

pid_t start_program(const char *path, const struct program *program)
{
    char **environment = make_environment(program);
    pid_t pid = environment ? run(program, environment) : -1;
    if (pid < 0)
        fprintf(stderr, "comesg: %s:%u: cannot start %s (%s): %s\n", path, program->line, program->name,
                program->arguments[0], explain(errno));
    free(environment);
    return pid;
}

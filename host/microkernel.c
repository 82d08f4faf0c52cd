/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The programs of the microkernel: in the folder that COMESG_UKERNEL names, or beside the command: ../ukernel from
 * where it was built, ../libexec/comesg from where it is installed.
 */
#include "host/microkernel.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* coprocd in `folder`, or NULL. */
static char *find_in(const char *folder)
{
    char *path;
    if (asprintf(&path, "%s/coprocd", folder) < 0)
        return NULL;
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* The folder above that of the command. */
static bool find_root(char root[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", root, PATH_MAX - 1);
    if (length <= 0)
        return false;
    root[length] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(root, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    return true;
}

static char *find_beside(char **folder)
{
    static const char *const places[] = {"ukernel", "libexec/comesg"};
    char root[PATH_MAX], *path = NULL;
    if (!find_root(root))
        return NULL;
    for (size_t i = 0; !path && i < sizeof places / sizeof places[0]; i++) {
        if (asprintf(folder, "%s/%s", root, places[i]) < 0)
            return NULL;
        path = find_in(*folder);
    }
    return path;
}

bool microkernel_find(char *arguments[MICROKERNEL_ARGUMENTS], bool verbose)
{
    char *folder = getenv("COMESG_UKERNEL");
    char *path = folder ? find_in(folder) : find_beside(&folder);
    if (!path) {
        fprintf(stderr,
                "comesg: there is no microkernel (coprocd) in %s: set COMESG_UKERNEL to where it is, or run the "
                "programs without it (--bare)\n",
                folder ? folder : "../ukernel");
        return false;
    }
    *arguments++ = path;
    if (verbose)
        *arguments++ = (char *)"-v";
    *arguments++ = folder;
    *arguments = NULL;
    return true;
}

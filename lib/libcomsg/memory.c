/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: checked copies, by the core, which takes a fault for an error.
 */
#include "lib/libcomsg/memory.h"

#include <comesg/window.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

int comesg_copy(void *to, const void *from, size_t size)
{
    if (cocopy(COCOPY_OWN, (uintptr_t)to, COCOPY_OWN, (uintptr_t)from, size) == (ssize_t)size)
        return 0;
    errno = EFAULT;
    return -1;
}

/* Memory may end behind the string: nothing is read beyond the page in which its 0 is. */
ssize_t comesg_copy_string(char *to, const char *from, size_t size)
{
    const size_t page = 4096;
    char piece[256];
    for (size_t done = 0;;) {
        size_t length = page - (uintptr_t)(from + done) % page;
        if (length > sizeof piece)
            length = sizeof piece;
        if (comesg_copy(piece, from + done, length))
            return -1;
        size_t used = strnlen(piece, length);
        if (used > size - done) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(to + done, piece, used);
        done += used;
        if (used < length)
            return (ssize_t)done;
    }
}

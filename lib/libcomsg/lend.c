/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: letting ipcd copy from or to a buffer of the program.
 */
#include "lib/libcomsg/port.h"

#include <comesg/window.h>

#include <errno.h>
#include <sys/mman.h>

static int lend_substitute(struct lent *lent, const void *buf, size_t len, uint32_t rights)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        errno = ENOMEM;
        return -1;
    }
    *lent = (struct lent){.substitute = memory, .length = len};
    if (rights == CORIGHT_W || cocopy(COCOPY_OWN, (uintptr_t)memory, COCOPY_OWN, (uintptr_t)buf, len) == (ssize_t)len)
        lent->window = cowindow(memory, len, rights, COWINDOW_LASTING);
    if (lent->window)
        return 0;
    int error = errno;
    munmap(memory, len);
    errno = error;
    return -1;
}

/* Writes a byte over itself. */
static bool writable(const char *byte)
{
    return cocopy(COCOPY_OWN, (uintptr_t)byte, COCOPY_OWN, (uintptr_t)byte, 1) == 1;
}

int port_lend(struct lent *lent, const void *buf, size_t len, uint32_t rights)
{
    *lent = (struct lent){.window = cowindow((void *)(uintptr_t)buf, len, rights, COWINDOW_LASTING)};
    if (lent->window)
        return 0;
    bool refused = errno == EINVAL || errno == EACCES || errno == EFAULT;
    if (!refused)
        return -1;
    if (rights == CORIGHT_R || (errno == EINVAL && writable(buf) && writable((const char *)buf + len - 1)))
        return lend_substitute(lent, buf, len, rights);
    errno = EFAULT;
    return -1;
}

int port_take_back(struct lent *lent, void *buf, size_t written)
{
    ssize_t copied = 0;
    cohandle_close(lent->window);
    if (lent->substitute && written)
        copied = cocopy(COCOPY_OWN, (uintptr_t)buf, COCOPY_OWN, (uintptr_t)lent->substitute, written);
    if (lent->substitute)
        munmap(lent->substitute, lent->length);
    if (copied >= 0)
        return 0;
    errno = EFAULT;
    return -1;
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The cache of sealed texts. A lock guards the list and the counts of references: the event loop releases texts while
 * the worker thread finds and makes them.
 */
#include "host/sealed_text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Known to kernels from 6.3 on, and not yet to the libc headers of Debian 12. */
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

#define BASE_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
/* A test build sets this to 0 and must then fail the tests of the seals. */
#ifndef SEALED_TEXT_SEALS
#define SEALED_TEXT_SEALS (BASE_SEALS | F_SEAL_EXEC)
#endif

struct sealed_text {
    struct sealed_text *next; /* most recently used first */
    int fd;                   /* read-only */
    const uint8_t *view;      /* read-only mapping of the whole file */
    size_t size;
    uint32_t offset;
    size_t references;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sealed_text *texts;

static int create_memory_file(void)
{
    int fd = memfd_create("comesg-text", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("comesg-text", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return fd;
}

static bool write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool seal(int fd)
{
    if (fcntl(fd, F_ADD_SEALS, SEALED_TEXT_SEALS) == 0)
        return true;
    return errno == EINVAL && fcntl(fd, F_ADD_SEALS, SEALED_TEXT_SEALS & ~F_SEAL_EXEC) == 0;
}

/* A shared mapping of a read-only descriptor can never become writable, not by mprotect and not by a forced write
 * through /proc/PID/mem, which would quietly make a private copy of a private mapping. */
static int reopen_read_only(int fd)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int create_sealed_file(const uint8_t *bytes, size_t size)
{
    int fd = create_memory_file();
    if (fd < 0)
        return -1;
    int read_only = -1;
    if (write_all(fd, bytes, size) && seal(fd))
        read_only = reopen_read_only(fd);
    int error = errno;
    close(fd);
    errno = error;
    return read_only;
}

static bool same_text(const struct sealed_text *text, const uint8_t *bytes, size_t size, uint32_t offset)
{
    return text->offset == offset && text->size == size && memcmp(text->view, bytes, size) == 0;
}

static void destroy(struct sealed_text *text)
{
    munmap((void *)text->view, text->size);
    close(text->fd);
    free(text);
}

static struct sealed_text *open_text(int fd, size_t size, uint32_t offset)
{
    struct sealed_text *text = malloc(sizeof *text);
    void *view = text == NULL ? MAP_FAILED : mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (view == MAP_FAILED) {
        free(text);
        close(fd);
        errno = ENOMEM;
        return NULL;
    }
    *text = (struct sealed_text){.fd = fd, .view = view, .size = size, .offset = offset, .references = 1};
    return text;
}

struct sealed_text *sealed_text_create(const uint8_t *bytes, size_t size, uint32_t offset)
{
    int fd = create_sealed_file(bytes, size);
    if (fd < 0)
        return NULL;
    struct sealed_text *text = open_text(fd, size, offset);
    if (text == NULL)
        return NULL;
    /* Between the write and the seal another process may have opened the file through /proc. */
    if (!same_text(text, bytes, size, offset)) {
        destroy(text);
        errno = EIO;
        return NULL;
    }
    pthread_mutex_lock(&lock);
    text->next = texts;
    texts = text;
    pthread_mutex_unlock(&lock);
    return text;
}

static void move_to_front(struct sealed_text **link)
{
    struct sealed_text *text = *link;
    *link = text->next;
    text->next = texts;
    texts = text;
}

static struct sealed_text *find(const uint8_t *bytes, size_t size, uint32_t offset)
{
    for (struct sealed_text **link = &texts; *link != NULL; link = &(*link)->next) {
        if (!same_text(*link, bytes, size, offset))
            continue;
        move_to_front(link);
        texts->references++;
        return texts;
    }
    return NULL;
}

struct sealed_text *sealed_text_find(const uint8_t *bytes, size_t size, uint32_t offset)
{
    pthread_mutex_lock(&lock);
    struct sealed_text *text = find(bytes, size, offset);
    pthread_mutex_unlock(&lock);
    return text;
}

struct sealed_text *sealed_text_reference(struct sealed_text *text)
{
    pthread_mutex_lock(&lock);
    text->references++;
    pthread_mutex_unlock(&lock);
    return text;
}

/* Keeps the most recently used of the unused texts, within both bounds. */
static void drop_unused(void)
{
    size_t count = 0, bytes = 0;
    struct sealed_text **link = &texts;
    while (*link != NULL) {
        struct sealed_text *text = *link;
        if (text->references == 0) {
            count++;
            bytes += text->size;
        }
        if (text->references == 0 && (count > SEALED_TEXT_UNUSED_MAX || bytes > SEALED_TEXT_UNUSED_BYTES_MAX)) {
            count--;
            bytes -= text->size;
            *link = text->next;
            destroy(text);
        } else {
            link = &text->next;
        }
    }
}

void sealed_text_release(struct sealed_text *text)
{
    if (text == NULL)
        return;
    pthread_mutex_lock(&lock);
    text->references--;
    if (text->references == 0)
        drop_unused();
    pthread_mutex_unlock(&lock);
}

int sealed_text_map(const struct sealed_text *text, const struct span *span, size_t region)
{
    return span_map_fixed(span, region, text->offset, text->size, PROT_READ | PROT_EXEC, MAP_SHARED, text->fd, 0);
}

int sealed_text_descriptor(const struct sealed_text *text)
{
    return text->fd;
}

const char *sealed_text_problem(int error)
{
    switch (error) {
    case EACCES:
        return "executable memory files are forbidden: set the sysctl vm.memfd_noexec to 0 or 1";
    case ENOENT:
        return "cannot reopen a memory file: mount /proc";
    case EMFILE:
    case ENFILE:
        return "too many open files: raise the limit (ulimit -n)";
    case EFBIG:
        return "larger than the file size limit: raise it (ulimit -f)";
    case EIO:
        return "the sealed copy differs from the verified bytes: another process wrote to it, nothing was loaded";
    default:
        return "not enough memory for the program's text";
    }
}

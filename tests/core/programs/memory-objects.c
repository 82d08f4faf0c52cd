/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory objects that a program makes, attaches, revokes and detaches.
 */
#include <comesg/commap.h>
#include <comesg/window.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 4096 };

static unsigned failures;

static void check(bool good, const char *what)
{
    printf("%s %s\n", good ? "good" : "bad", what);
    failures += !good;
}

static bool refused(cohandle_t result, int error)
{
    return result == 0 && errno == error;
}

static bool no_address(const void *result, int error)
{
    return result == NULL && errno == error;
}

static bool failed(long result, int error)
{
    return result == -1 && errno == error;
}

/* Whether a byte can be written, without a fault. */
static bool writable(const char *address)
{
    char byte = 'w';
    return cocopy(COCOPY_OWN, (uintptr_t)address, COCOPY_OWN, (uintptr_t)&byte, 1) == 1;
}

static void making(void)
{
    check(refused(commap(0, PROT_READ), EINVAL) && refused(commap(1, PROT_NONE), EINVAL) &&
              refused(commap(1, PROT_READ | 8), EINVAL),
          "what makes no object");
    check(refused(commap(1, PROT_READ | PROT_EXEC), ENOTSUP), "no executable one");
    check(refused(commap(SIZE_MAX, PROT_READ), ENOMEM) && refused(commap(2UL << 30, PROT_READ), EDQUOT),
          "none too large");
    comemory_t object = commap(PAGE + 1, PROT_READ | PROT_WRITE);
    check(cohandle_kind(object) == COHANDLE_MEMORY && comap_size(object) == 2 * PAGE, "whole pages");
    check(refused(corestrict(object, CORIGHT_CALL), EINVAL), "its rights");
    cohandle_close(object);
    check(failed(comap_size(object), EBADF) && no_address(comap_attach(object, PROT_READ), EBADF), "a closed handle");
}

static void attaching(void)
{
    comemory_t object = commap(2 * PAGE, PROT_READ | PROT_WRITE), reader = corestrict(object, CORIGHT_R);
    char *one = comap_attach(object, PROT_READ | PROT_WRITE), *two = comap_attach(reader, PROT_READ);
    check(one && two && one != two && one[0] == 0 && two[2 * PAGE - 1] == 0, "two mappings, filled with zeros");
    strcpy(one + PAGE, "shared");
    check(strcmp(two + PAGE, "shared") == 0, "of the same memory");
    check(no_address(comap_attach(reader, PROT_WRITE), EACCES), "not with more rights than the handle");
    check(no_address(comap_attach(object, 0), EINVAL) && no_address(comap_attach(object, PROT_EXEC), ENOTSUP) &&
              no_address(comap_attach(12345, PROT_READ), EBADF),
          "wrong arguments");
    check(writable(one) && !writable(two), "a mapping to read cannot be written");
    check(failed(mprotect(two, PAGE, PROT_READ | PROT_WRITE), EBUSY) && !writable(two), "mprotect changes no mapping");
    check(failed(munmap(two, PAGE), EBUSY) && failed(madvise(one, PAGE, MADV_DONTNEED), EBUSY),
          "munmap and madvise do not");
    check(mmap(one, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EBUSY,
          "nor does mmap");
    check(refused(cowindow(one, 1, CORIGHT_R, 0), EINVAL), "no window into it");
    cohandle_close(object);
    cohandle_close(reader);
    strcpy(one, "still");
    check(strcmp(two, "still") == 0, "mappings outlive their handles");
    check(failed(comap_detach(one + PAGE), EINVAL) && failed(comap_detach(NULL), EINVAL) &&
              failed(comap_detach(&failures), EINVAL),
          "what is no address of a mapping");
    check(comap_detach(one) == 0 && comap_detach(two) == 0 && failed(comap_detach(two), EINVAL), "comap_detach");
    check(!writable(one) && !writable(two), "leaves nothing");
}

static void revoking(void)
{
    comemory_t object = commap(4 * PAGE, PROT_READ | PROT_WRITE), copy = codup(object), other = codup(copy);
    char *kept = comap_attach(object, PROT_READ | PROT_WRITE), *lost = comap_attach(copy, PROT_READ | PROT_WRITE),
         *orphan = comap_attach(other, PROT_READ);
    strcpy(kept, "secret");
    check(strcmp(lost, "secret") == 0 && strcmp(orphan, "secret") == 0, "three mappings");
    check(cohandle_close(other) == 0 && corevoke(copy) == 0, "corevoke");
    check(lost[0] == 0 && orphan[0] == 0, "zero pages where the object was, also where the handle had been closed");
    check(strcmp(kept, "secret") == 0, "what was not derived from it stays");
    lost[0] = 'x';
    check(strcmp(kept, "secret") == 0 && orphan[0] == 0 && !writable(orphan), "private ones");
    check(failed(comap_size(copy), EBADF) && comap_size(object) == 4 * PAGE, "the handles");
    check(comap_detach(lost) == 0 && comap_detach(orphan) == 0 && comap_detach(kept) == 0, "they are detached alike");
    check(corevoke(object) == 0, "corevoke of the rest");
}

static void going(void)
{
    bool good = true;
    for (unsigned i = 0; i < 40 && good; i++) {
        comemory_t object = commap(300UL << 20, PROT_READ | PROT_WRITE);
        char *address = comap_attach(object, PROT_READ | PROT_WRITE);
        good = address != NULL;
        if (good)
            address[i * PAGE] = 1;
        good = good && cohandle_close(object) == 0 && comap_detach(address) == 0;
    }
    check(good, "memory returns with the last handle and the last mapping");
    void *addresses[300];
    unsigned count = 0;
    comemory_t object = commap(PAGE, PROT_READ);
    while (count < 300 && (addresses[count] = comap_attach(object, PROT_READ)))
        count++;
    check(count == 256 && errno == EDQUOT, "the quota of mappings");
    while (count-- > 0)
        comap_detach(addresses[count]);
    check(comap_attach(object, PROT_READ) != NULL, "room again");
}

int main(void)
{
    making();
    attaching();
    revoking();
    going();
    return failures != 0;
}

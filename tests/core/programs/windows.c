/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Windows into a program's own memory: what may be made one of, what cocopy checks, single use by several threads, and
 * the end of a copy under way before corevoke returns.
 */
#include <comesg/cocall.h>
#include <comesg/window.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, LARGE = 4 << 20 };

static unsigned failures;
static char data[3 * PAGE];
static const char constant[64] = "constant";

static void check(bool good, const char *what)
{
    printf("%s %s\n", good ? "good" : "bad", what);
    failures += !good;
}

static uint64_t own(const void *pointer)
{
    return (uintptr_t)pointer;
}

static bool refused(void *address, size_t length, uint32_t rights, uint32_t flags, int error)
{
    return cowindow(address, length, rights, flags) == 0 && errno == error;
}

static bool fails(ssize_t result, int side, int error)
{
    return result == side && errno == error;
}

static void making(void)
{
    char stack[16];
    char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + PAGE, PAGE, PROT_READ);
    munmap(pages + 2 * PAGE, PAGE);
    check(cowindow(data, sizeof data, CORIGHT_R | CORIGHT_W, 0) != 0, "a window into data");
    check(cowindow(stack, sizeof stack, CORIGHT_R | CORIGHT_W, 0) != 0, "into the stack");
    check(cowindow((void *)constant, sizeof constant, CORIGHT_R, 0) != 0, "into constants, to read");
    check(refused((void *)constant, sizeof constant, CORIGHT_W, 0, EACCES), "not to write");
    check(refused((void *)(uintptr_t)making, 16, CORIGHT_R, 0, EFAULT), "not into code");
    check(cowindow(pages + 1, 2 * PAGE - 1, CORIGHT_R, 0) != 0, "into mappings of any alignment");
    check(refused(pages, PAGE + 1, CORIGHT_W, 0, EACCES), "not to write what is read-only");
    check(refused(pages + PAGE, PAGE + 1, CORIGHT_R, 0, EFAULT), "not beyond what is mapped");
    check(refused((void *)8, 8, CORIGHT_R, 0, EFAULT), "not outside of the region");
    check(refused(data, SIZE_MAX, CORIGHT_R, 0, EFAULT), "not of any length");
    check(refused(data, 0, CORIGHT_R, 0, EINVAL), "not of no length");
    check(refused(data, 1, 0, 0, EINVAL) && refused(data, 1, CORIGHT_CALL | CORIGHT_R, 0, EINVAL), "with rights");
    check(refused(data, 1, CORIGHT_R, 2, EINVAL), "with known flags");
}

static void copying(void)
{
    char buffer[256] = "";
    cowindow_t window = cowindow(data + 100, 200, CORIGHT_R | CORIGHT_W, COWINDOW_LASTING);
    cowindow_t reader = corestrict(window, CORIGHT_R);
    cosealed_t sealed = coseal(1, UINT32_MAX);
    cotarget_t target = 0;
    coregister(NULL, NULL, &target);
    check(cohandle_kind(window) == COHANDLE_WINDOW, "it is a window");
    check(cocopy(window, 10, COCOPY_OWN, own("hello"), 6) == 6 && strcmp(data + 110, "hello") == 0, "to a window");
    check(cocopy(COCOPY_OWN, own(buffer), window, 10, 6) == 6 && strcmp(buffer, "hello") == 0, "from a window");
    check(cocopy(window, 100, reader, 10, 6) == 6 && strcmp(data + 200, "hello") == 0, "between windows");
    check(cocopy(window, 0, COCOPY_OWN, own(buffer), 200) == 200, "all of it");
    check(fails(cocopy(window, 1, COCOPY_OWN, own(buffer), 200), COCOPY_DESTINATION, EFAULT), "not beyond its end");
    check(fails(cocopy(COCOPY_OWN, own(buffer), window, 201, 1), COCOPY_SOURCE, EFAULT), "nor from there");
    check(fails(cocopy(window, UINT64_MAX, COCOPY_OWN, own(buffer), 2), COCOPY_DESTINATION, EFAULT) &&
              fails(cocopy(window, 2, COCOPY_OWN, own(buffer), SIZE_MAX), COCOPY_DESTINATION, EFAULT) &&
              fails(cocopy(COCOPY_OWN, own(buffer), COCOPY_OWN, UINT64_MAX, 2), COCOPY_SOURCE, EFAULT),
          "no sum wraps");
    check(fails(cocopy(reader, 0, COCOPY_OWN, own(buffer), 1), COCOPY_DESTINATION, EACCES), "a right is needed");
    check(fails(cocopy(COCOPY_OWN, own(buffer), sealed, 0, 1), COCOPY_SOURCE, EBADF) &&
              fails(cocopy(target, 0, COCOPY_OWN, own(buffer), 1), COCOPY_DESTINATION, EBADF),
          "other handles are no windows");
    check(fails(cocopy(COCOPY_OWN, 8, COCOPY_OWN, own(buffer), 1), COCOPY_DESTINATION, EFAULT),
          "own memory is checked");
    check(fails(cocopy(COCOPY_OWN, own(making), COCOPY_OWN, own(buffer), 1), COCOPY_DESTINATION, EFAULT),
          "code is not written");
    check(cocopy(window, 200, COCOPY_OWN, 0, 0) == 0 && cocopy(window, 7, reader, 8, 0) == 0, "nothing");
    cohandle_close(window);
    check(fails(cocopy(window, 0, COCOPY_OWN, own(buffer), 1), COCOPY_DESTINATION, EBADF), "a closed window");
    check(cocopy(COCOPY_OWN, own(buffer), reader, 0, 1) == 1, "one derived from it");
    corevoke(reader);
}

static void faults(void)
{
    char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cowindow_t window = cowindow(pages, 2 * PAGE, CORIGHT_R | CORIGHT_W, 0);
    memset(data, 'x', sizeof data);
    mprotect(pages + PAGE, PAGE, PROT_NONE);
    check(fails(cocopy(window, 0, COCOPY_OWN, own(data), 2 * PAGE), COCOPY_DESTINATION, EFAULT) &&
              pages[PAGE - 1] == 'x',
          "a destination that faults, after a part");
    check(fails(cocopy(COCOPY_OWN, own(data), window, 10, 2 * PAGE - 10), COCOPY_SOURCE, EFAULT),
          "a source that faults");
    munmap(pages, 2 * PAGE);
    check(fails(cocopy(COCOPY_OWN, own(data), window, 0, 1), COCOPY_SOURCE, EFAULT),
          "memory that is not there any more");
    char *again = mmap(pages, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    again[5] = 'z';
    check(cocopy(COCOPY_OWN, own(data), window, 5, 1) == 1 && data[0] == 'z', "and what is there later");
}

static atomic_uint uses;
static cowindow_t raced[64];
static pthread_barrier_t barrier;

static void *use_all(void *unused)
{
    (void)unused;
    char byte;
    for (unsigned i = 0; i < 64; i++) {
        if (i % 16 == 0)
            pthread_barrier_wait(&barrier);
        if (cocopy(COCOPY_OWN, own(&byte), raced[i], 0, 1) == 1)
            uses++;
    }
    return NULL;
}

static void single_use(void)
{
    char buffer[16];
    cowindow_t window = cowindow(data, 8, CORIGHT_R, COWINDOW_SINGLE_USE), other = codup(window);
    check(cocopy(COCOPY_OWN, own(buffer), window, 0, 0) == 0 &&
              fails(cocopy(COCOPY_OWN, own(buffer), window, 0, 9), COCOPY_SOURCE, EFAULT) &&
              fails(cocopy(window, 0, COCOPY_OWN, own(buffer), 1), COCOPY_DESTINATION, EACCES),
          "what copies nothing does not use up");
    check(cocopy(COCOPY_OWN, own(buffer), other, 0, 8) == 8, "the first use");
    check(fails(cocopy(COCOPY_OWN, own(buffer), window, 0, 8), COCOPY_SOURCE, EBADF), "the second");
    cowindow_t to = cowindow(data, 8, CORIGHT_W, COWINDOW_SINGLE_USE);
    check(fails(cocopy(to, 0, window, 0, 1), COCOPY_SOURCE, EBADF) && cocopy(to, 0, COCOPY_OWN, own(buffer), 1) == 1,
          "the other side's fault does not use up");
    cohandle_close(window);
    cohandle_close(other);
    cohandle_close(to);
    bool good = true;
    for (unsigned i = 0; i < 5000 && good; i++) {
        window = cowindow(data, 8, CORIGHT_R, COWINDOW_SINGLE_USE);
        good = window != 0 && (i % 2 == 0 || cocopy(COCOPY_OWN, own(buffer), window, 0, 8) == 8) &&
               cohandle_close(window) == 0;
    }
    check(good, "tokens are used again, also those that were not used up");
    static cowindow_t many[2000];
    unsigned count = 0;
    while (count < 2000 && (many[count] = cowindow(data, 8, CORIGHT_R, COWINDOW_SINGLE_USE)) != 0)
        count++;
    check(count == 1024 && errno == EDQUOT, "1024 of them at a time");
    good = true;
    for (unsigned i = 0; i < count; i++)
        good = good && cocopy(COCOPY_OWN, own(buffer), many[i], 0, 8) == 8 && cohandle_close(many[i]) == 0;
    check(good, "each is used once");
    pthread_t threads[4];
    pthread_barrier_init(&barrier, NULL, 4);
    for (unsigned i = 0; i < 64; i++)
        raced[i] = cowindow(data, 8, CORIGHT_R, COWINDOW_SINGLE_USE);
    for (unsigned i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, use_all, NULL);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    check(uses == 64, "once, whoever comes first");
}

static char *large_from, *large_to;
static cowindow_t large;
static atomic_bool stop;
static atomic_uint copies;

static void *copy_large(void *unused)
{
    (void)unused;
    while (!stop) {
        if (cocopy(large, 0, COCOPY_OWN, own(large_from), LARGE) != LARGE)
            break;
        copies++;
    }
    return NULL;
}

/* After corevoke nobody writes any more, though somebody was in the middle of it. */
static void revoking(void)
{
    bool good = true;
    large_from = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    large_to = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(large_from, 'n', LARGE);
    for (unsigned round = 0; round < 20; round++) {
        pthread_t thread;
        copies = 0;
        cowindow_t root = cowindow(large_to, LARGE, CORIGHT_W, 0);
        large = codup(root);
        pthread_create(&thread, NULL, copy_large, NULL);
        while (copies < 3)
            sched_yield();
        good = good && corevoke(root) == 0;
        memset(large_to, 'o', LARGE);
        pthread_join(thread, NULL);
        for (unsigned i = 0; i < LARGE; i += 64)
            good = good && large_to[i] == 'o';
    }
    check(good, "no copy outlives corevoke");
}

int main(void)
{
    making();
    copying();
    faults();
    single_use();
    revoking();
    return failures != 0;
}

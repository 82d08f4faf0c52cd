/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes what a system call points at while the core reads it. One thread puts foreign addresses, which come from the
 * input, and good ones by turns into every structure with pointers; another unmaps the buffers; the first makes the
 * calls. Nothing may be read from or written to a foreign address, and nobody may crash.
 */
#include "support.h"

#include <poll.h>
#include <pthread.h>
#include <sys/uio.h>

enum { ADDRESSES = 4096, ROUNDS = 20000, GOOD = 'g', LENGTH = 256 };

static uint64_t addresses[ADDRESSES];
static unsigned count;
static volatile bool go, stop;

static char good[PAGE];
static char *unstable; /* comes and goes */
static volatile struct iovec vector[2];
static volatile struct timespec duration;
static struct pollfd polled[2];
static volatile char name[8] = "victim";
static volatile uint32_t word;

/* The end of a thread would change the realm's table of slots, which is compared. */
static _Noreturn void stay(void)
{
    for (;;)
        pause_milliseconds(1000);
}

static void *change(void *argument)
{
    (void)argument;
    while (!go)
        pause_milliseconds(1);
    for (unsigned i = 0; !stop; i++) {
        uint64_t foreign = addresses[i % count];
        vector[i & 1].iov_base = (void *)foreign;
        vector[~i & 1].iov_len = i % 7 ? LENGTH : ~0UL;
        duration.tv_nsec = i % 3 ? 1 : -1;
        *(volatile int *)&polled[0].fd = i & 1 ? -1 : 77;
        name[i % 6] = (char)(i % 5 ? "victim"[i % 6] : '/');
        word = i;
        vector[i & 1].iov_base = i & 2 ? good : unstable;
        vector[~i & 1].iov_len = LENGTH;
    }
    stay();
}

static void *unmap(void *argument)
{
    (void)argument;
    while (!go)
        pause_milliseconds(1);
    while (!stop) {
        mprotect(unstable, PAGE, PROT_NONE);
        mprotect(unstable, PAGE, PROT_READ | PROT_WRITE);
        munmap(unstable, PAGE);
        mmap(unstable, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }
    stay();
}

/* Bytes from the pipe are those of the two buffers: nothing else has been read. */
static unsigned strange(const char *bytes, ssize_t length)
{
    unsigned wrong = 0;
    for (ssize_t i = 0; i < length; i++)
        wrong += bytes[i] != GOOD && bytes[i] != 0;
    return wrong;
}

static unsigned attack(const int ends[2], unsigned *transfers)
{
    static char bytes[4 * LENGTH];
    struct iovec *const list = (struct iovec *)vector;
    cotarget_t target;
    unsigned wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        ssize_t length = writev(ends[1], list, 2);
        if (length > 0) {
            *transfers += 1;
            length = i & 1 ? read(ends[0], bytes, sizeof bytes) : readv(ends[0], list, 2);
            wrong += i & 1 ? strange(bytes, length) : 0;
        }
        while (poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 0) == 1)
            wrong += strange(bytes, read(ends[0], bytes, sizeof bytes));
        nanosleep((struct timespec *)&duration, (struct timespec *)&duration);
        poll(polled, 2, 0);
        colookup((const char *)name, &target);
        syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, &duration);
        colookup("victim", (cotarget_t *)(unstable + PAGE / 2));
    }
    return wrong;
}

int main(void)
{
    static char line[64], buffer[4096];
    pthread_t changer, unmapper;
    int ends[2];
    setvbuf(stdin, buffer, _IOFBF, sizeof buffer);
    memset(good, GOOD, sizeof good);
    unstable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(unstable != MAP_FAILED && pipe(ends) == 0, "mmap, pipe");
    addresses[count++] = region_base() + REGION_STRIDE;
    find("last"); /* so that the slots of the other programs are taken */
    need(pthread_create(&changer, NULL, change, NULL) == 0, "pthread_create");
    need(pthread_create(&unmapper, NULL, unmap, NULL) == 0, "pthread_create");
    printf("# ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) && line[0] != '.') {
        if (count < ADDRESSES)
            addresses[count++] = strtoul(line, NULL, 16);
    }
    vector[0] = vector[1] = (struct iovec){good, LENGTH};
    go = true;
    unsigned transfers = 0, wrong = attack(ends, &transfers);
    stop = true;
    printf("# done: %u addresses, %u transfers, %u bytes from elsewhere\n", count, transfers, wrong);
    fflush(stdout);
    (void)!fgets(line, sizeof line, stdin);
    return 0;
}

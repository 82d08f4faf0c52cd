/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Descriptors while another thread of the program puts a second file under each number that programs can use: before
 * one system call of the core, for each of them. A program that is started is the file that was looked at, and so is a
 * descriptor that is passed on.
 */
#include "core/descriptors.h"
#include "core/handles.h"
#include "core/kernel.h"
#include "tests/loader/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST = 3, HIDDEN = 300, OWN = HIDDEN + HIDDEN_DESCRIPTORS, OWN_END, CONTENT = 64 };

static struct realm realm = {.hidden_descriptor = HIDDEN};
static struct coprocess coprocess = {.realm = &realm, .system_calls = COEXEC_CALLS_ALL};
static struct thread_block block = {.coprocess = &coprocess};
static struct launch_plan *plan;
static int calls, others_at;
static int second; /* what the other thread has */

static void others(void)
{
    for (int number = FIRST; number < HIDDEN; number++) {
        if (fcntl(number, F_GETFD) >= 0)
            dup2(second, number);
    }
}

/* What the core needs of the kernel, and of others. */
long core_kernel(long number, long a, long b, long c, long d, long e, long f)
{
    if (calls++ == others_at)
        others();
    long result = syscall(number, a, b, c, d, e, f);
    return result < 0 ? -errno : result;
}

long core_kernel_wait_for_program(long number, long a, long b, long c, long d, long e, long f)
{
    return core_kernel(number, a, b, c, d, e, f);
}

long core_kernel_wait(long number, long a, long b, long c, long d, long e, long f)
{
    return core_kernel(number, a, b, c, d, e, f);
}

uint64_t core_copy(void *to, const void *from, uint64_t length)
{
    memcpy(to, from, length);
    return 0;
}

/* The supervisor gives a plan, and can start nothing. */
int64_t core_request(struct thread_block *requester, uint32_t operation, const uint64_t arguments[REQUEST_ARGUMENTS])
{
    (void)requester, (void)arguments;
    if (operation == REQUEST_LAUNCH_BEGIN)
        return (int64_t)plan;
    return operation == REQUEST_LAUNCH_CANCEL ? 0 : -EAGAIN;
}

long core_clone(uint64_t flags, void *stack, const volatile void *parent_tid, const _Atomic uint32_t *child_tid,
                int (*function)(void *), void *argument)
{
    (void)flags, (void)stack, (void)parent_tid, (void)child_tid, (void)function, (void)argument;
    return -EAGAIN;
}

int core_start(void *argument)
{
    (void)argument;
    return 0;
}

int64_t core_handle_read(const struct thread_block *actor, uint64_t value, struct handle *copy)
{
    (void)actor, (void)value, (void)copy;
    return -EBADF;
}

int64_t core_handle_pass(struct thread_block *actor, struct coprocess *from, uint64_t value, struct coprocess *to,
                         uint32_t rights, uint64_t *new_value)
{
    (void)actor, (void)from, (void)value, (void)to, (void)rights, (void)new_value;
    return -EBADF;
}

static void close_all(void)
{
    for (int number = FIRST; number < OWN; number++)
        close(number);
}

static int make_file(char *path, char content, mode_t mode)
{
    char bytes[CONTENT];
    memset(bytes, content, sizeof bytes);
    int file = mkstemp(path);
    need(file >= 0 && write(file, bytes, sizeof bytes) == sizeof bytes && fchmod(file, mode) == 0, "a file");
    int own = fcntl(file, F_DUPFD, OWN);
    close(file);
    return own;
}

static char program_path[] = "/tmp/numbers-program.XXXXXX", secret_path[] = "/tmp/numbers-secret.XXXXXX";
static char *program_arguments[] = {program_path, NULL};

static void test_start(void)
{
    int program = make_file(program_path, 'p', 0755), number = 0, read = 0, strange = 0;
    const char *content = (const char *)plan + LAUNCH_FILE;
    second = make_file(secret_path, 's', 0600);
    const uint64_t arguments[] = {(uint64_t)program_path, (uint64_t)program_arguments, 0, 0};
    do {
        close_all();
        memset(plan, 0, LAUNCH_FILE + CONTENT);
        calls = 0;
        others_at = number;
        core_coexec(&block, arguments);
        read += content[0] == 'p';
        strange += content[0] != 'p' && content[0] != 0;
    } while (number++ < calls);
    unlink(program_path);
    unlink(secret_path);
    close(program);
    close(second);
    ok(read > 5, "a program is read while its number becomes another file's at each of %d system calls", number);
    ok(strange == 0, "what may not be executed is not read (%d)", strange);
}

/* At first the number is that of a file that may not be passed on. */
static void test_pass(void)
{
    int number = 0, refused = 0, passed = 0, bad = open("/proc/self/stat", O_RDONLY), ends[2];
    bad = fcntl(bad, F_DUPFD, OWN);
    need(pipe(ends) == 0 && (second = fcntl(ends[0], F_DUPFD, OWN)) >= OWN && bad >= OWN, "descriptors");
    do {
        struct stat status, expected;
        close_all();
        dup2(bad, FIRST);
        block.sent_count = block.sent_descriptors = 1;
        block.sent[0] = (struct coattachment){.kind = COHANDLE_DESCRIPTOR, .descriptor = FIRST};
        calls = 0;
        others_at = number;
        int64_t error = core_hold_descriptors(&block);
        refused += error == -EACCES;
        passed += !error && (fstat(block.sent[0].descriptor, &status) || fstat(second, &expected) ||
                             status.st_ino != expected.st_ino || status.st_dev != expected.st_dev);
        if (!error)
            core_release_descriptors(&block);
    } while (number++ < calls);
    ok(refused > 2, "a descriptor is looked at while its number becomes another file's at each of %d system calls",
       number);
    ok(passed == 0, "what may not be passed on is not (%d)", passed);
}

int main(void)
{
    const struct rlimit files = {OWN + 100, OWN + 100};
    need(setrlimit(RLIMIT_NOFILE, &files) == 0, "descriptors");
    plan = mmap(NULL, LAUNCH_FILE + CONTENT, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    need(plan != MAP_FAILED, "a plan");
    block.region_base = (uint64_t)program_path - (1 << 20); /* all the program's data counts as its region */
    test_start();
    test_pass();
    return done_testing();
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starts itself with each set of classes of system calls. The new co-process makes calls of all kinds and sends what
 * they give; its own standard input is a folder that it was given.
 */
#include "support.h"

#include <comesg/coexec.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

static const char *self;
static char buffer[512];

/* Every system call that names a file, and others. */
#define FILES(name, ...)                                                                                               \
    {                                                                                                                  \
#name, SYS_##name, COEXEC_CALLS_FILES,                                                                         \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define NETWORK(name, ...)                                                                                             \
    {                                                                                                                  \
#name, SYS_##name, COEXEC_CALLS_NETWORK,                                                                       \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define ALWAYS(name, ...)                                                                                              \
    {                                                                                                                  \
#name, SYS_##name, 0,                                                                                          \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define NEVER(name, ...)                                                                                               \
    {                                                                                                                  \
#name, SYS_##name, UINT32_MAX,                                                                                 \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define B (uint64_t) buffer
#define NOWHERE (uint64_t) "/there/is/no/such"
#define FOLDER (uint64_t) "."
static const struct attempt {
    const char *name;
    long number;
    uint32_t class;
    uint64_t arguments[6];
} attempts[] = {
    FILES(open, NOWHERE, O_RDONLY),
    FILES(openat, 0, FOLDER, O_RDONLY | O_CLOEXEC),
    FILES(openat, 0, (uint64_t) "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600),
    FILES(stat, NOWHERE, B),
    FILES(lstat, NOWHERE, B),
    FILES(newfstatat, 0, FOLDER, B, 0),
    FILES(readlink, NOWHERE, B, 10),
    FILES(readlinkat, 0, FOLDER, B, 10),
    FILES(access, NOWHERE, R_OK),
    FILES(faccessat, 0, FOLDER, R_OK),
    FILES(getcwd, B, sizeof buffer),
    FILES(chdir, NOWHERE),
    FILES(fchdir, 0),
    FILES(mkdir, NOWHERE, 0700),
    FILES(rmdir, NOWHERE),
    FILES(unlink, NOWHERE),
    FILES(rename, NOWHERE, NOWHERE),
    NETWORK(socket, AF_INET, SOCK_STREAM, 0),
    NETWORK(bind, 0, B, 16),
    NETWORK(connect, 0, B, 16),
    ALWAYS(listen, 0, 1),
    ALWAYS(accept4, 0, 0, 0, 0),
    ALWAYS(sendto, 0, B, 0, 0, 0, 0),
    ALWAYS(recvfrom, 0, B, 0, 0, 0, 0),
    ALWAYS(getsockopt, 0, SOL_SOCKET, SO_ERROR, B, B),
    ALWAYS(shutdown, 0, SHUT_RD),
    ALWAYS(fstat, 0, B),
    ALWAYS(getdents64, 0, B, sizeof buffer),
    ALWAYS(write, 1, B, 0),
    ALWAYS(writev, 1, B, 0),
    ALWAYS(read, 0, B, 0),
    ALWAYS(lseek, 0, 0, SEEK_SET),
    ALWAYS(dup, 0),
    ALWAYS(dup2, 0, 50),
    ALWAYS(close, 50),
    ALWAYS(fcntl, 0, F_GETFD, 0),
    ALWAYS(poll, B, 0, 0),
    ALWAYS(select, 0, 0, 0, 0, B),
    ALWAYS(epoll_create1, 0),
    ALWAYS(pipe, B),
    ALWAYS(mmap, 0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, UINT64_MAX, 0),
    ALWAYS(clock_gettime, CLOCK_REALTIME, B),
    ALWAYS(getrandom, B, 8, 0),
    ALWAYS(futex, B, 1, 1, 0),
    ALWAYS(getpid, 0),
    ALWAYS(getuid, 0),
    ALWAYS(sched_yield, 0),
    NEVER(socketpair, AF_UNIX, SOCK_STREAM, 0, B),
    NEVER(execve, NOWHERE),
    NEVER(ptrace, 0),
    NEVER(process_vm_readv, 0),
    NEVER(mount, NOWHERE, NOWHERE),
    NEVER(bpf, 0),
    NEVER(io_uring_setup, 1, B),
    NEVER(userfaultfd, 0),
    NEVER(personality, 0xffffffff),
    NEVER(unshare, 0),
    NEVER(setns, 0, 0),
    NEVER(pidfd_open, 1, 0),
    NEVER(open_by_handle_at, 0, B, 0),
};
enum { ATTEMPTS = sizeof attempts / sizeof attempts[0] };

struct results {
    bool missing[ATTEMPTS]; /* ENOSYS */
    int start_error;        /* of starting a co-process with all classes */
    int weaker_error;       /* with none */
    bool reads;             /* what it was given as descriptor 0 */
};

static int start_error(uint32_t classes)
{
    const struct coexec_options options = {
        .size = sizeof options, .flags = COEXEC_SYSTEM_CALLS, .system_calls = classes};
    return coexecve_with(self, (char *[]){(char *)self, "end", NULL}, NULL, &options) < 0 ? errno : 0;
}

static int report(void)
{
    static struct results results;
    for (size_t i = 0; i < ATTEMPTS; i++) {
        const uint64_t *a = attempts[i].arguments;
        long result = syscall(attempts[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
        results.missing[i] = result == -1 && errno == ENOSYS;
    }
    results.start_error = start_error(COEXEC_CALLS_ALL);
    results.weaker_error = start_error(COEXEC_CALLS_NONE);
    struct stat status;
    results.reads = fstat(0, &status) == 0 && S_ISDIR(status.st_mode);
    return call(cogetvec()->handles[0], &results, sizeof results, NULL, 0) < 0;
}

static void check(const char *name, uint32_t classes, const char *folder, cotarget_t own)
{
    static struct results results;
    int directory = open(folder, O_RDONLY | O_DIRECTORY);
    const struct coexec_descriptor descriptors[] = {{directory, 0}, {1, 1}, {2, 2}};
    const struct coexec_options options = {
        .size = sizeof options,
        .flags = COEXEC_SYSTEM_CALLS | COEXEC_DESCRIPTORS,
        .system_calls = classes,
        .handles = &own,
        .handle_count = 1,
        .descriptors = descriptors,
        .descriptor_count = 3,
    };
    bool files = classes & COEXEC_CALLS_FILES;
    int wrong = 0;
    need(coexecve_with(self, (char *[]){(char *)self, "report", NULL}, NULL, &options) > 0, "coexecve");
    need(coaccept(NULL, NULL, 0, &results, sizeof results) == sizeof results, "coaccept");
    coaccept_nb(NULL, NULL, 0, NULL, 0);
    for (size_t i = 0; i < ATTEMPTS; i++) {
        bool missing = (attempts[i].class & ~classes) || attempts[i].class == UINT32_MAX;
        if (results.missing[i] == missing)
            continue;
        printf("# %s: %s %s\n", name, attempts[i].name, missing ? "works" : "is missing");
        wrong++;
    }
    ok(wrong == 0, "%s: these system calls, and no others", name);
    ok(results.reads, "%s: what was passed on can be used", name);
    ok(results.start_error == (!files                        ? ENOSYS
                               : classes == COEXEC_CALLS_ALL ? 0
                                                             : EPERM),
       "%s: with all classes: %s", name, strerror(results.start_error));
    ok(results.weaker_error == (files ? 0 : ENOSYS), "%s: with none: %s", name, strerror(results.weaker_error));
    close(directory);
}

int main(int argc, char **argv)
{
    cotarget_t own;
    self = argv[0];
    setvbuf(stdout, NULL, _IONBF, 0);
    need(argc > 1, "a folder");
    if (strcmp(argv[1], "end") == 0)
        return 0;
    if (strcmp(argv[1], "report") == 0)
        return report();
    need(coregister(NULL, NULL, &own) == 0, "coregister");
    check("none", COEXEC_CALLS_NONE, argv[1], own);
    check("files", COEXEC_CALLS_FILES, argv[1], own);
    check("network", COEXEC_CALLS_NETWORK, argv[1], own);
    check("files and network", COEXEC_CALLS_FILES | COEXEC_CALLS_NETWORK, argv[1], own);
    check("all", COEXEC_CALLS_ALL, argv[1], own);
    return done_testing();
}

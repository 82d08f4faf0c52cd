/* SPDX-License-Identifier: BSD-2-Clause
 *
 * System calls with every kind of pointer that is not the program's own, calls that do not exist, and memory that is
 * not the program's to change. With an argument it waits for a byte of input before the first attack and after the
 * last; with "words", only threads end whose words are somebody else's.
 */
#include "support.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>

#define CORE_BELOW_REGIONS (260UL << 30)

static char good[8192], good_path[] = "/";
static struct timespec no_time;
static int zeros, nothing, folder, datagrams;
static int option_length = 4;

/* One pointer of one system call. */
struct probe {
    const char *name;
    long number;
    uint64_t arguments[6];
    unsigned pointer;
    bool null_allowed;
};

enum { MISALIGNED_ALLOWED = 0 };
#define P 0
#define G (uint64_t) good
#define PATH_ARGUMENT (uint64_t) good_path

static const struct probe *probes(unsigned *count)
{
    uint64_t zero = (uint64_t)zeros, null = (uint64_t)nothing, here = (uint64_t)AT_FDCWD;
    uint64_t net = (uint64_t)datagrams, length = (uint64_t)&option_length, sealed = coseal(1, 1);
    static struct probe list[96];
    const struct probe all[] = {
        {"read", SYS_read, {zero, P, 2}, 1, false},
        {"write", SYS_write, {null, P, 2}, 1, false},
        {"pread64", SYS_pread64, {zero, P, 2}, 1, false},
        {"pwrite64", SYS_pwrite64, {null, P, 2}, 1, false},
        {"readv", SYS_readv, {zero, P, 1}, 1, false},
        {"writev", SYS_writev, {null, P, 1}, 1, false},
        {"open", SYS_open, {P, O_RDONLY}, 0, false},
        {"openat", SYS_openat, {here, P, O_RDONLY}, 1, false},
        {"fstat", SYS_fstat, {zero, P}, 1, false},
        {"stat of a path", SYS_stat, {P, G}, 0, false},
        {"stat", SYS_stat, {PATH_ARGUMENT, P}, 1, false},
        {"lstat of a path", SYS_lstat, {P, G}, 0, false},
        {"lstat", SYS_lstat, {PATH_ARGUMENT, P}, 1, false},
        {"newfstatat of a path", SYS_newfstatat, {here, P, G, 0}, 1, false},
        {"newfstatat", SYS_newfstatat, {here, PATH_ARGUMENT, P, 0}, 2, false},
        {"access", SYS_access, {P, R_OK}, 0, false},
        {"faccessat", SYS_faccessat, {here, P, R_OK}, 1, false},
        {"pipe", SYS_pipe, {P}, 0, false},
        {"pipe2", SYS_pipe2, {P, 0}, 0, false},
        {"TCGETS", SYS_ioctl, {zero, TCGETS, P}, 2, false},
        {"TIOCGWINSZ", SYS_ioctl, {zero, TIOCGWINSZ, P}, 2, false},
        {"getcwd", SYS_getcwd, {P, 100}, 0, false},
        {"readlink of a path", SYS_readlink, {P, G, 100}, 0, false},
        {"readlink", SYS_readlink, {(uint64_t) "/proc/self", P, 2}, 1, false},
        {"readlinkat of a path", SYS_readlinkat, {here, P, G, 100}, 1, false},
        {"readlinkat", SYS_readlinkat, {here, (uint64_t) "/proc/self", P, 2}, 2, false},
        {"chdir", SYS_chdir, {P}, 0, false},
        {"mkdir", SYS_mkdir, {P, 0700}, 0, false},
        {"rmdir", SYS_rmdir, {P}, 0, false},
        {"unlink", SYS_unlink, {P}, 0, false},
        {"rename from", SYS_rename, {P, PATH_ARGUMENT}, 0, false},
        {"rename to", SYS_rename, {PATH_ARGUMENT, P}, 1, false},
        {"getdents64", SYS_getdents64, {(uint64_t)folder, P, 512}, 1, false},
        {"poll", SYS_poll, {P, 1, 0}, 0, false},
        {"bind", SYS_bind, {net, P, 16}, 1, false},
        {"connect", SYS_connect, {net, P, 16}, 1, false},
        {"accept", SYS_accept, {net, P, length}, 1, true},
        {"accept4 length", SYS_accept4, {net, G, P, 0}, 2, true},
        {"getsockname", SYS_getsockname, {net, P, length}, 1, false},
        {"getpeername length", SYS_getpeername, {net, G, P}, 2, false},
        {"sendto", SYS_sendto, {net, P, 2}, 1, false},
        {"sendto address", SYS_sendto, {net, G, 2, 0, P, 16}, 4, true},
        {"recvfrom", SYS_recvfrom, {net, P, 2}, 1, false},
        {"recvfrom address", SYS_recvfrom, {net, G, 2, MSG_DONTWAIT, P, length}, 4, true},
        {"recvfrom length", SYS_recvfrom, {net, G, 2, MSG_DONTWAIT, G, P}, 5, true},
        {"sendmsg", SYS_sendmsg, {net, P, 0}, 1, false},
        {"recvmsg", SYS_recvmsg, {net, P, MSG_DONTWAIT}, 1, false},
        {"setsockopt", SYS_setsockopt, {net, SOL_SOCKET, SO_REUSEADDR, P, 4}, 3, false},
        {"getsockopt", SYS_getsockopt, {net, SOL_SOCKET, SO_ERROR, P, length}, 3, false},
        {"getsockopt length", SYS_getsockopt, {net, SOL_SOCKET, SO_ERROR, G, P}, 4, false},
        {"clock_gettime", SYS_clock_gettime, {CLOCK_MONOTONIC, P}, 1, false},
        {"clock_getres", SYS_clock_getres, {CLOCK_MONOTONIC, P}, 1, true},
        {"gettimeofday", SYS_gettimeofday, {P, 0}, 0, true},
        {"getrandom", SYS_getrandom, {P, 16, 0}, 0, false},
        {"futex wake", SYS_futex, {P, 1, 1, 0}, 0, false},
        {"futex wait", SYS_futex, {P, 0, 0x12345, (uint64_t)&no_time}, 0, false},
        {"futex requeue", SYS_futex, {G, 3, 0, 1, P}, 4, false},
        {"futex timeout", SYS_futex, {G, 0, 0x12345, P}, 3, true},
        {"nanosleep", SYS_nanosleep, {P, 0}, 0, false},
        {"nanosleep rest", SYS_nanosleep, {(uint64_t)&no_time, P}, 1, true},
        {"clock_nanosleep", SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, P, 0}, 2, false},
        {"clock_nanosleep rest", SYS_clock_nanosleep, {CLOCK_MONOTONIC, 0, (uint64_t)&no_time, P}, 3, true},
        {"uname", SYS_uname, {P}, 0, false},
        {"rt_sigprocmask set", SYS_rt_sigprocmask, {SIG_BLOCK, P, 0, 8}, 1, true},
        {"rt_sigprocmask old", SYS_rt_sigprocmask, {SIG_BLOCK, 0, P, 8}, 2, true},
        {"rt_sigaction new", SYS_rt_sigaction, {SIGUSR1, P, 0, 8}, 1, true},
        {"rt_sigaction old", SYS_rt_sigaction, {SIGUSR1, 0, P, 8}, 2, true},
        {"coregister name", COMESG_CALL_COREGISTER, {P, 0, G}, 0, true},
        {"coregister target", COMESG_CALL_COREGISTER, {0, 0, P}, 2, false},
        {"colookup name", COMESG_CALL_COLOOKUP, {P, G}, 0, false},
        {"copool_copy", COMESG_CALL_COPOOL_COPY, {G, P}, 1, false},
        {"coroot", COMESG_CALL_COROOT, {P}, 0, false},
        {"colookup target", COMESG_CALL_COLOOKUP, {PATH_ARGUMENT, P}, 1, false},
        {"cowindow", COMESG_CALL_COWINDOW, {P, 1, CORIGHT_R, 0, G}, 0, false},
        {"cowindow result", COMESG_CALL_COWINDOW, {G, 1, CORIGHT_R, 0, P}, 4, false},
        {"cocopy to", COMESG_CALL_COCOPY, {0, P, 0, G, 1}, 1, false},
        {"coseal result", COMESG_CALL_COSEAL, {1, 1, P}, 2, false},
        {"codup result", COMESG_CALL_CODUP, {G, P}, 1, false},
        {"corestrict result", COMESG_CALL_CORESTRICT, {G, 1, P}, 2, false},
        {"copool workers", COMESG_CALL_COPOOL, {P, 1, 0, G}, 0, false},
        {"copool result", COMESG_CALL_COPOOL, {G, 0, 0, P}, 3, false},
        {"commap result", COMESG_CALL_COMMAP, {PAGE, PROT_READ, P}, 2, false},
        {"counseal word", COMESG_CALL_COUNSEAL, {sealed, P, G}, 1, true},
        {"counseal rights", COMESG_CALL_COUNSEAL, {sealed, G, P}, 2, true},
        {"coport_wait", COMESG_CALL_COPORT_WAIT, {P, 1, 0}, 0, false},
        {"coexecve path", COMESG_CALL_COEXEC, {P, 0, 0, 0}, 0, false},
    };
    memcpy(list, all, sizeof all);
    *count = sizeof all / sizeof all[0];
    return list;
}

/* Addresses of others: regions around this one, core memory, the rest of the process and the kernel. */
static unsigned bad_pointers(uint64_t *list)
{
    uint64_t base = region_base(), offset = (uint64_t)good - base;
    unsigned count = 0;
    const uint64_t odd[] = {8,
                            0xffffffff,
                            -1UL,
                            -4096UL,
                            1UL << 63,
                            base - 1,
                            base - 8,
                            base + REGION_SIZE,
                            base + REGION_SIZE - 1,
                            offset,
                            (uint64_t)good | 1UL << 63,
                            (uint64_t)good | 1UL << 47,
                            0x7ffff7ff0000,
                            0x555555556000,
                            0xffffffffff600000};
    for (unsigned i = 0; i < sizeof odd / sizeof odd[0]; i++)
        list[count++] = odd[i];
    for (uint64_t i = 1; i < 4; i++) {
        list[count++] = base + i * REGION_STRIDE + offset;
        list[count++] = base - i * REGION_STRIDE + offset;
        list[count++] = base - i * REGION_STRIDE + 0xfffe0000;
        list[count++] = base - i * REGION_STRIDE + 0x70000000;
    }
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t core = base - i * REGION_STRIDE - CORE_BELOW_REGIONS;
        list[count++] = core;
        list[count++] = core + 0x40;
        for (uint64_t slot = 0; slot < 4; slot++) {
            list[count++] = core + 0x1000000000 + slot * 0x400000;
            list[count++] = core + 0x2000100080 + slot * 0x200000;
            list[count++] = core + 0x20000ffff8 + slot * 0x200000;
            list[count++] = core + 0x2000111000 + slot * 0x200000;
        }
    }
    return count;
}

static bool faults(const struct probe *probe, uint64_t pointer)
{
    uint64_t a[6];
    memcpy(a, probe->arguments, sizeof a);
    a[probe->pointer] = pointer;
    errno = 0;
    long result = syscall(probe->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    bool misaligned = probe->number == SYS_futex && pointer % 4 && errno == EINVAL;
    if (result == -1 && (errno == EFAULT || misaligned))
        return true;
    printf("# %s with %#lx gives %ld, %s\n", probe->name, (unsigned long)pointer, result, strerror(errno));
    return false;
}

static void test_pointers(void)
{
    static uint64_t pointers[256];
    unsigned pointer_count = bad_pointers(pointers), probe_count;
    const struct probe *list = probes(&probe_count);
    for (unsigned i = 0; i < probe_count; i++) {
        unsigned wrong = list[i].null_allowed ? 0 : !faults(&list[i], 0);
        for (unsigned p = 0; p < pointer_count; p++)
            wrong += !faults(&list[i], pointers[p]);
        ok(wrong == 0, "%s: EFAULT for every foreign pointer", list[i].name);
    }
}

static bool gives(long expected, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    errno = 0;
    long result = syscall(number, a, b, c, d, 0, 0);
    return expected < 0 ? result == -1 && errno == -expected : result == expected;
}

static void test_lengths(void)
{
    static const long numbers[] = {SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_getdents64};
    const uint64_t end = region_base() + REGION_SIZE - (uint64_t)good;
    const uint64_t lengths[] = {end + 1, 1UL << 32, 1UL << 63, -1UL, -(uint64_t)good, -(uint64_t)good + 1};
    unsigned wrong = 0;
    for (unsigned n = 0; n < 5; n++) {
        for (unsigned i = 0; i < 6; i++)
            wrong += !gives(-EFAULT, numbers[n], (uint64_t)zeros, (uint64_t)good, lengths[i], 0);
    }
    for (unsigned i = 0; i < 6; i++) {
        wrong += !gives(-EFAULT, SYS_getrandom, (uint64_t)good, lengths[i], 0, 0);
        wrong += !gives(-EFAULT, SYS_getcwd, (uint64_t)good, lengths[i], 0, 0);
        wrong += !gives(-EFAULT, SYS_sendto, (uint64_t)datagrams, (uint64_t)good, lengths[i], MSG_DONTWAIT);
        wrong += !gives(-EFAULT, SYS_recvfrom, (uint64_t)datagrams, (uint64_t)good, lengths[i], MSG_DONTWAIT);
        wrong += !gives(-EFAULT, SYS_readlink, PATH_ARGUMENT, (uint64_t)good, lengths[i], 0);
        wrong += !gives(-EFAULT, SYS_readlinkat, (uint64_t)AT_FDCWD, PATH_ARGUMENT, (uint64_t)good, lengths[i]);
        wrong +=
            syscall(SYS_setsockopt, datagrams, SOL_SOCKET, SO_REUSEADDR, good, lengths[i]) != -1 || errno != EFAULT;
    }
    ok(wrong == 0, "EFAULT for lengths that leave the region or wrap (%u wrong)", wrong);
    wrong = 0;
    const uint64_t counts[] = {1UL << 60, 1UL << 28, 1UL << 63, -1UL, (1UL << 60) + 1, 1UL << 61};
    for (unsigned i = 0; i < 6; i++) {
        wrong += !gives(-EINVAL, SYS_readv, (uint64_t)zeros, (uint64_t)good, counts[i], 0);
        wrong += !gives(-EINVAL, SYS_writev, (uint64_t)nothing, (uint64_t)good, counts[i], 0);
        wrong += !gives(-EINVAL, SYS_poll, (uint64_t)good, counts[i], 0, 0);
    }
    ok(wrong == 0, "EINVAL for counts whose product wraps (%u wrong)", wrong);
}

static void test_vectors(void)
{
    static uint64_t pointers[256];
    unsigned count = bad_pointers(pointers), wrong = 0;
    for (unsigned p = 0; p < count; p++) {
        for (unsigned place = 0; place < 3; place++) {
            struct iovec vector[3] = {{good, 8}, {good + 8, 8}, {good + 16, 8}};
            vector[place] = (struct iovec){(void *)pointers[p], 8};
            wrong += !gives(-EFAULT, SYS_readv, (uint64_t)zeros, (uint64_t)vector, 3, 0);
            wrong += !gives(-EFAULT, SYS_writev, (uint64_t)nothing, (uint64_t)vector, 3, 0);
        }
    }
    struct iovec longs[] = {{good, 1UL << 63}, {good, -1UL}, {good, 1UL << 32}, {good, -(uint64_t)good}};
    for (unsigned i = 0; i < 4; i++)
        wrong += !gives(-EFAULT, SYS_readv, (uint64_t)zeros, (uint64_t)&longs[i], 1, 0);
    ok(wrong == 0, "EFAULT for every foreign pointer in a vector (%u wrong)", wrong);
    struct iovec empty = {NULL, 0};
    ok(gives(0, SYS_readv, (uint64_t)zeros, (uint64_t)&empty, 1, 0), "an empty part needs no buffer");
}

/* The contract, written down a second time. */
static const long admitted[] = {
    SYS_read,
    SYS_write,
    SYS_pread64,
    SYS_pwrite64,
    SYS_readv,
    SYS_writev,
    SYS_open,
    SYS_openat,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_stat,
    SYS_lstat,
    SYS_newfstatat,
    SYS_readlink,
    SYS_readlinkat,
    SYS_access,
    SYS_faccessat,
    SYS_dup,
    SYS_dup2,
    SYS_dup3,
    SYS_pipe,
    SYS_pipe2,
    SYS_fcntl,
    SYS_ioctl,
    SYS_getcwd,
    SYS_chdir,
    SYS_fchdir,
    SYS_mkdir,
    SYS_rmdir,
    SYS_unlink,
    SYS_rename,
    SYS_getdents64,
    SYS_ftruncate,
    SYS_fsync,
    SYS_select,
    SYS_pselect6,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_socket,
    SYS_bind,
    SYS_connect,
    SYS_listen,
    SYS_shutdown,
    SYS_accept,
    SYS_accept4,
    SYS_getsockname,
    SYS_getpeername,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_setsockopt,
    SYS_getsockopt,
    SYS_umask,
    SYS_poll,
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mprotect,
    SYS_madvise,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_gettimeofday,
    SYS_sched_yield,
    SYS_getrandom,
    SYS_futex,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_getpid,
    SYS_getppid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_arch_prctl,
    SYS_set_tid_address,
    SYS_rt_sigprocmask,
    SYS_rt_sigaction,
    SYS_kill,
    SYS_tkill,
    SYS_exit,
    SYS_exit_group,
    COMESG_CALL_COREGISTER,
    COMESG_CALL_COLOOKUP,
    COMESG_CALL_COGETPID,
    COMESG_CALL_GETMXCSR,
    COMESG_CALL_SETMXCSR,
    COMESG_CALL_THREAD_CREATE,
    COMESG_CALL_CODUP,
    COMESG_CALL_CORESTRICT,
    COMESG_CALL_COREVOKE,
    COMESG_CALL_COHANDLE_CLOSE,
    COMESG_CALL_COHANDLE_KIND,
    COMESG_CALL_COPOOL,
    COMESG_CALL_COPOOL_ADD,
    COMESG_CALL_COPOOL_REMOVE,
    COMESG_CALL_COPOOL_END,
    COMESG_CALL_COPOOL_COPY,
    COMESG_CALL_COSEAL,
    COMESG_CALL_COUNSEAL,
    COMESG_CALL_COWINDOW,
    COMESG_CALL_COCOPY,
    COMESG_CALL_COEXEC,
    COMESG_CALL_COGETVEC,
    COMESG_CALL_CODEATH,
    COMESG_CALL_COKILL,
    COMESG_CALL_COIDENTIFY,
    COMESG_CALL_COROOT,
    COMESG_CALL_COMINT_SEAL,
    COMESG_CALL_COMINT,
    COMESG_CALL_COMINT_READ,
    COMESG_CALL_COMINT_READ_CALLER,
    COMESG_CALL_COMINT_SURVEY,
    COMESG_CALL_COVAULT,
    COMESG_CALL_COVAULT_PUT,
    COMESG_CALL_COVAULT_GET,
    COMESG_CALL_COVAULT_DROP,
    COMESG_CALL_COVAULT_LIST,
    COMESG_CALL_COCALLER,
    COMESG_CALL_COWAKE,
    COMESG_CALL_COPORT_CONTROL,
    COMESG_CALL_COPORT_PUBLISH,
    COMESG_CALL_COPORT_SHUT,
    COMESG_CALL_CORING_SEND,
    COMESG_CALL_CORING_RECEIVE,
    COMESG_CALL_COPORT_WAIT,
    COMESG_CALL_COPORT_TYPE,
    COMESG_CALL_COALIVE,
    COMESG_CALL_COLAUNCHER,
    COMESG_CALL_COTARGET_IDENTITY,
    COMESG_CALL_COMMAP,
    COMESG_CALL_COMAP_ATTACH,
    COMESG_CALL_COMAP_DETACH,
    COMESG_CALL_COMAP_SIZE,
};

static bool is_admitted(long number)
{
    for (unsigned i = 0; i < sizeof admitted / sizeof admitted[0]; i++) {
        if (admitted[i] == number)
            return true;
    }
    return false;
}

static void test_numbers(void)
{
    unsigned wrong = 0;
    for (long number = 0; number <= 600; number++) {
        if (!is_admitted(number) && !gives(-ENOSYS, number, (uint64_t)good, (uint64_t)good, 1, 0)) {
            printf("# number %ld is not ENOSYS\n", number);
            wrong++;
        }
        wrong += !gives(-ENOSYS, number | 0x40000000, (uint64_t)good, (uint64_t)good, 1, 0);
        wrong += !gives(-ENOSYS, number | 1L << 32, (uint64_t)good, (uint64_t)good, 1, 0);
        wrong += !gives(-ENOSYS, number | 1L << 63, (uint64_t)good, (uint64_t)good, 1, 0);
        wrong += !gives(-ENOSYS, -1 - number, (uint64_t)good, (uint64_t)good, 1, 0);
    }
    for (long number = 601; number < 0x2000; number++)
        wrong += !is_admitted(number) && !gives(-ENOSYS, number, (uint64_t)good, (uint64_t)good, 1, 0);
    ok(wrong == 0, "ENOSYS for everything that is not admitted (%u wrong)", wrong);
}

static long map(uint64_t address, uint64_t length, int protection, int flags)
{
    long result = syscall(SYS_mmap, address, length, protection, flags, -1, 0);
    return result == -1 ? -errno : result;
}

static bool same_bytes(void)
{
    static const unsigned char *const text = (const unsigned char *)same_bytes;
    return text[0] == 0xf3 || text[0] != 0;
}

static void test_mappings(void)
{
    const int private = MAP_PRIVATE | MAP_ANONYMOUS, fixed = private | MAP_FIXED;
    uint64_t base = region_base(), text = (uint64_t)same_bytes & ~0xfffUL, data = (uint64_t)good & ~0xfffUL;
    uint64_t stack = (uint64_t)&base & ~0xfffUL, heap = (uint64_t)syscall(SYS_brk, 0);
    heap = ((uint64_t)syscall(SYS_brk, heap + 2 * PAGE) - PAGE) & ~0xfffUL;
    ok(map(0, PAGE, PROT_READ | PROT_EXEC, private) == -EACCES, "no executable mapping");
    ok(map(0, PAGE, PROT_READ | PROT_WRITE | 8, private) == -EACCES, "no unknown protection");
    ok(map(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS) == -EOPNOTSUPP, "no shared mapping");
    ok(map(0, PAGE, PROT_READ, private | MAP_GROWSDOWN) == -EOPNOTSUPP &&
           map(0, PAGE, PROT_READ, private | MAP_LOCKED) == -EOPNOTSUPP &&
           map(0, PAGE, PROT_READ, private | MAP_HUGETLB) == -EOPNOTSUPP,
       "no other kind");
    enum { OWN_PLACES = 4 };
    const uint64_t places[] = {data,
                               stack,
                               heap,
                               base + 0x10000, /* the program's headers */
                               text,
                               base,
                               base + 0x1000,
                               base + 0xf000,
                               base + 0xffff0000,
                               base + REGION_SIZE - PAGE,
                               base + REGION_SIZE,
                               base - PAGE,
                               base - REGION_STRIDE + 0x70000000,
                               base + REGION_STRIDE + 0x70000000,
                               base - CORE_BELOW_REGIONS,
                               base - CORE_BELOW_REGIONS - REGION_STRIDE,
                               0x70000000,
                               PAGE,
                               -(uint64_t)PAGE};
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        /* Data of the image, heap and stack are the program's: only their rights are. */
        bool own = i < OWN_PLACES;
        unsigned before = wrong;
        wrong += map(places[i], PAGE, PROT_READ | PROT_WRITE, fixed) != -EINVAL;
        wrong += map(places[i], PAGE, PROT_READ | PROT_WRITE, private | MAP_FIXED_NOREPLACE) >= 0;
        wrong += !gives(-EINVAL, SYS_munmap, places[i], PAGE, 0, 0);
        wrong += !own && !gives(-ENOMEM, SYS_mprotect, places[i], PAGE, PROT_READ | PROT_WRITE, 0);
        wrong += !own && !gives(-ENOMEM, SYS_madvise, places[i], PAGE, MADV_DONTNEED, 0);
        wrong += !gives(-ENOMEM, SYS_mprotect, places[i], PAGE, PROT_READ | PROT_EXEC, 0) &&
                 !(own && gives(-EACCES, SYS_mprotect, places[i], PAGE, PROT_READ | PROT_EXEC, 0));
        if (wrong != before)
            printf("# place %u, %#lx: %u wrong\n", i, (unsigned long)places[i], wrong - before);
    }
    ok(wrong == 0, "no mapping over text, data, stack, heap or others (%u wrong)", wrong);
    long page = map(0, 2 * PAGE, PROT_READ | PROT_WRITE, private);
    wrong = 0;
    wrong += map((uint64_t)page, REGION_SIZE - PAGE, PROT_READ, fixed) != -EINVAL;
    wrong += map((uint64_t)page, -PAGE, PROT_READ, fixed) >= 0;
    wrong += map((uint64_t)page, base + 0xffff0000 - (uint64_t)page, PROT_READ, fixed) != -EINVAL;
    wrong += !gives(-EINVAL, SYS_munmap, (uint64_t)page, base + 0xffff0000 - (uint64_t)page, 0, 0);
    wrong += !gives(-EINVAL, SYS_munmap, (uint64_t)page, -(uint64_t)page, 0, 0);
    wrong += !gives(-EINVAL, SYS_munmap, (uint64_t)page + 1, PAGE, 0, 0);
    wrong += !gives(-ENOMEM, SYS_mprotect, (uint64_t)page, -(uint64_t)page, PROT_READ, 0);
    wrong += !gives(-ENOMEM, SYS_mprotect, text - PAGE, 3 * PAGE, PROT_READ | PROT_WRITE, 0);
    wrong += !gives(-EINVAL, SYS_madvise, (uint64_t)page, PAGE, MADV_REMOVE, 0);
    wrong += !gives(-EINVAL, SYS_madvise, (uint64_t)page, PAGE, MADV_HWPOISON, 0);
    ok(page > 0 && wrong == 0, "no mapping call reaches past its own (%u wrong)", wrong);
    uint64_t top = (uint64_t)syscall(SYS_brk, 0);
    const uint64_t breaks[] = {0, base, text, base + 0x60001000, base + REGION_SIZE, base + REGION_STRIDE, -1UL};
    wrong = 0;
    for (unsigned i = 0; i < 7; i++)
        wrong += (uint64_t)syscall(SYS_brk, breaks[i]) != top;
    ok(wrong == 0, "brk stays behind the image and before the mappings (%u wrong)", wrong);
    ok(same_bytes(), "text is still there");
}

static void test_files(void)
{
    static const char *const refused[] = {"/proc/self/mem",
                                          "/proc/thread-self/mem",
                                          "/proc/self/maps",
                                          "/proc/self/pagemap",
                                          "/proc/self/clear_refs",
                                          "/proc/self/coredump_filter",
                                          "/proc/self/task",
                                          "/proc",
                                          "/proc/sys/kernel/core_pattern",
                                          "/proc/sysrq-trigger",
                                          "/sys",
                                          "/sys/kernel/mm/transparent_hugepage/enabled",
                                          "/dev/mem",
                                          "/dev/kmem",
                                          "/dev/port",
                                          "/dev/kmsg",
                                          "/dev/ptmx",
                                          "/dev/fuse",
                                          "/dev/kvm",
                                          "/dev/userfaultfd",
                                          "/dev/vda"};
    unsigned wrong = 0, seen = 0;
    for (unsigned i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int file = open(refused[i], O_RDONLY);
        int error = errno;
        seen += file == -1 && error == EACCES;
        if (file >= 0 || (error != EACCES && error != ENOENT && error != ENXIO && error != EPERM && error != ENODEV)) {
            printf("# open of %s gives %d, %s\n", refused[i], file, strerror(error));
            wrong++;
        }
    }
    ok(wrong == 0 && seen >= 8, "no file that reaches into processes or the kernel (%u wrong, %u seen)", wrong, seen);
    char pid_path[64];
    snprintf(pid_path, sizeof pid_path, "/proc/%d/mem", getppid());
    ok(open(pid_path, O_RDWR) == -1 && errno == EACCES, "not the supervisor's memory");
    unsigned through = 0;
    for (int descriptor = 0; descriptor < 300; descriptor++) {
        snprintf(pid_path, sizeof pid_path, "/proc/%d/fd/%d", descriptor % 2 ? getppid() : getpid(), descriptor / 2);
        through += open(pid_path, O_RDONLY | O_NONBLOCK) >= 0;
    }
    ok(through == 0 && open("/proc/self/fd/1", O_WRONLY) == -1 && (errno == ELOOP || errno == EACCES),
       "nothing by way of what some process has open (%u seen)", through);
    ok(chdir("/proc/self") == 0 && open("mem", O_RDWR) == -1 && errno == EACCES && chdir("/") == 0,
       "not by a relative path");
    ok(open("/dev/null", O_PATH) == -1 && errno == EINVAL && open("/dev/null", O_RDONLY | O_ASYNC) == -1 &&
           errno == EINVAL && open("/tmp", O_TMPFILE | O_RDWR, 0600) == -1 && errno == EINVAL,
       "no other way of opening");
    static const long commands[] = {F_SETOWN,     F_SETSIG,    F_SETLK,     F_SETLKW,    F_NOTIFY, F_SETLEASE,
                                    F_SETPIPE_SZ, F_ADD_SEALS, F_SETOWN_EX, F_GETOWN_EX, 36 /* F_OFD_GETLK */};
    wrong = 0;
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        wrong += !gives(-EINVAL, SYS_fcntl, (uint64_t)zeros, (uint64_t)commands[i], (uint64_t)good, 0);
    wrong += !gives(-EINVAL, SYS_fcntl, (uint64_t)zeros, F_SETFL, O_ASYNC, 0);
    wrong += !gives(-EINVAL, SYS_fcntl, (uint64_t)zeros, F_GETFL | 1UL << 32, 0, 0);
    ok(wrong == 0, "fcntl aims no signals and takes no pointers (%u wrong)", wrong);
    static const uint64_t requests[] = {0x5412 /* TIOCSTI */, 0x5452 /* FIOASYNC */, 0x541c /* TIOCLINUX */, 0x5402,
                                        TCGETS | 1UL << 32};
    wrong = 0;
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++)
        wrong += !gives(-ENOTTY, SYS_ioctl, (uint64_t)zeros, requests[i], (uint64_t)good, 0);
    ok(wrong == 0, "ioctl asks only what a terminal is like (%u wrong)", wrong);
}

static void test_signals(void)
{
    uint64_t self = (uint64_t)getpid(), supervisor = (uint64_t)getppid();
    const uint64_t others[] = {1, supervisor, supervisor + 1, 0, -1UL, -self, self + 1000, 1UL << 31};
    unsigned wrong = 0;
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] == self)
            continue;
        for (uint64_t signal = 0; signal <= 64; signal += 9) {
            wrong += !gives(-EPERM, SYS_kill, others[i], signal, 0, 0);
            wrong += !gives(-EPERM, SYS_tkill, others[i], signal, 0, 0);
        }
    }
    ok(wrong == 0, "EPERM for signals to others (%u wrong)", wrong);
    static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, 32, 63, 64, 65, 255};
    wrong = 0;
    for (unsigned i = 0; i < sizeof stops / sizeof stops[0]; i++)
        wrong += !gives(-EPERM, SYS_kill, self, (uint64_t)stops[i], 0, 0);
    wrong += !gives(0, SYS_kill, self, 0, 0, 0);
    ok(wrong == 0, "nobody stops himself (%u wrong)", wrong);
    struct sigaction action = {.sa_handler = SIG_IGN};
    ok(sigaction(SIGSEGV, &action, NULL) == -1 && sigaction(SIGSTKFLT, &action, NULL) == -1,
       "no handler for the core's signals");
}

static uint64_t words[256];
static volatile int threads[256];

static void *end_with_word(void *number)
{
    threads[(uint64_t)number] = (int)syscall(SYS_gettid);
    syscall(SYS_set_tid_address, words[(uint64_t)number]);
    syscall(SYS_exit, 0);
    return NULL;
}

/* The kernel would write to that address when the thread ends. */
static void test_threads(void)
{
    unsigned count = bad_pointers(words), ended = 0;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (uint64_t i = 0; i < count; i++) {
        pthread_t thread;
        int attempts = 0;
        need(pthread_create(&thread, &detached, end_with_word, (void *)i) == 0, "a thread");
        while ((threads[i] == 0 || syscall(SYS_tkill, threads[i], 0) == 0) && attempts++ < 5000)
            pause_milliseconds(1);
        ended += attempts < 5000;
    }
    ok(ended == count, "threads end whose word is somebody else's (%u of %u)", ended, count);
}

static void test_narrow_calls(void)
{
    unsigned wrong = 0;
    for (uint64_t operation = 0; operation < 256; operation++) {
        uint64_t plain = operation & ~128UL;
        if (plain != 0 && plain != 1 && plain != 3)
            wrong += !gives(-ENOSYS, SYS_futex, (uint64_t)good, operation, 1, 0);
    }
    ok(wrong == 0, "futexes wait and wake: none with inheritance or two words (%u wrong)", wrong);
    static const uint64_t codes[] = {0,
                                     0x1000,
                                     0x1001,
                                     0x1003,
                                     0x1004,
                                     0x1011,
                                     0x1012,
                                     0x1023,
                                     0x1025,
                                     0x2003,
                                     0x5001 /* SHSTK */,
                                     0x1002UL | 1UL << 32};
    wrong = 0;
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++)
        wrong += !gives(-EINVAL, SYS_arch_prctl, codes[i], (uint64_t)good, 0, 0);
    ok(wrong == 0, "arch_prctl sets the thread pointer alone (%u wrong)", wrong);
    const uint64_t clocks[] = {CLOCK_PROCESS_CPUTIME_ID,     CLOCK_THREAD_CPUTIME_ID, 8, 9, 12,
                               ~(uint64_t)getppid() << 3 | 2};
    wrong = 0;
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        wrong += !gives(-EINVAL, SYS_clock_gettime, clocks[i], (uint64_t)good, 0, 0);
        wrong += !gives(-EINVAL, SYS_clock_nanosleep, clocks[i], 0, (uint64_t)&no_time, 0);
    }
    ok(wrong == 0, "no clock of a process or thread (%u wrong)", wrong);
}

static void synchronise(bool wanted, const char *what)
{
    char byte;
    if (!wanted)
        return;
    printf("%s\n", what);
    fflush(stdout);
    need(read(0, &byte, 1) == 1, "input");
}

int main(int argc, char **argv)
{
    zeros = open("/dev/zero", O_RDWR);
    nothing = open("/dev/null", O_RDWR);
    folder = open("/", O_RDONLY | O_DIRECTORY);
    datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    need(zeros >= 0 && nothing >= 0 && folder >= 0 && datagrams >= 0, "open");
    synchronise(argc > 1, "# ready");
    if (argc > 1 && strcmp(argv[1], "words") == 0) {
        test_threads();
        synchronise(true, "# done");
        return done_testing();
    }
    test_pointers();
    test_lengths();
    test_vectors();
    test_numbers();
    test_mappings();
    test_files();
    test_signals();
    test_narrow_calls();
    if (argc == 1)
        test_threads();
    synchronise(argc > 1, "# done");
    return done_testing();
}

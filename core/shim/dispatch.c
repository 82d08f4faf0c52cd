/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which system calls exist, where each is executed, and what is checked before. Everything else is ENOSYS.
 */
#include "core/deaths.h"
#include "core/ports.h"
#include "core/shim/shim.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>

enum {
    /* Who may make it; without either everybody, for it concerns only the co-process itself, or a descriptor that the
     * program has or was given. */
    FILES = COEXEC_CALLS_FILES,     /* names a file */
    NETWORK = COEXEC_CALLS_NETWORK, /* makes a socket, or gives it an address */
    CLASSES = FILES | NETWORK,
    MEMBER = 0x10, /* only parts of the microkernel may make it */

    HOME = 0,
    IN_PLACE = 0x20, /* does not depend on the process that executes it */
};

/* What an argument has to be, if anything. */
enum {
    PATH = 1, /* the kernel copies it itself; one without an end stops at the unmapped page behind the region */
    BYTES_MAX = 0xfff,  /* up to here: the address of so many bytes of the region */
    OR_NULL = 0x1000,   /* the same, or 0 */
    BUFFER = 0x2000,    /* the address of as many bytes as the next argument says */
    DESCRIPTOR = 0x4000 /* one that programs can use */
};

struct admitted {
    core_operation *operation;
    core_maker *maker; /* or this */
    uint16_t arguments[6];
    uint8_t flags;
    uint8_t result; /* of a maker: the argument that says where the handle goes */
};

#define CALL(name, function, how, ...)                                                                                 \
    [SYS_##name] = {.operation = (function), .flags = (how), .arguments = {__VA_ARGS__}}
#define FORWARD(name, how, ...) CALL(name, shim_forward, how, __VA_ARGS__)

/* The kernel writes no more than these, however long they are said to be. */
enum { ADDRESS = sizeof(struct sockaddr_storage), LENGTH = sizeof(socklen_t), OPTION = 64, PAIR = 2 * sizeof(int) };

static const struct admitted system_calls[] = {
    FORWARD(read, HOME, DESCRIPTOR, BUFFER),
    FORWARD(write, HOME, DESCRIPTOR, BUFFER),
    FORWARD(pread64, HOME, DESCRIPTOR, BUFFER),
    FORWARD(pwrite64, HOME, DESCRIPTOR, BUFFER),
    CALL(readv, shim_vector, HOME, DESCRIPTOR),
    CALL(writev, shim_vector, HOME, DESCRIPTOR),
    CALL(open, shim_open, FILES, PATH),
    CALL(openat, shim_openat, FILES, DESCRIPTOR, PATH),
    FORWARD(close, HOME, DESCRIPTOR),
    FORWARD(lseek, HOME, DESCRIPTOR),
    FORWARD(fstat, HOME, DESCRIPTOR, sizeof(struct stat)),
    FORWARD(stat, FILES, PATH, sizeof(struct stat)),
    FORWARD(lstat, FILES, PATH, sizeof(struct stat)),
    FORWARD(newfstatat, FILES, DESCRIPTOR, PATH, sizeof(struct stat)),
    FORWARD(readlink, FILES, PATH, BUFFER),
    FORWARD(readlinkat, FILES, DESCRIPTOR, PATH, BUFFER),
    FORWARD(access, FILES, PATH),
    FORWARD(faccessat, FILES, DESCRIPTOR, PATH),
    CALL(dup, shim_new_descriptor, HOME, DESCRIPTOR),
    CALL(dup2, shim_duplicate_to, HOME, DESCRIPTOR, DESCRIPTOR),
    CALL(dup3, shim_duplicate_to, HOME, DESCRIPTOR, DESCRIPTOR),
    CALL(pipe, shim_pipe, HOME, PAIR),
    CALL(pipe2, shim_pipe2, HOME, PAIR),
    CALL(fcntl, shim_fcntl, HOME, DESCRIPTOR),
    CALL(ioctl, shim_ioctl, HOME, DESCRIPTOR),
    FORWARD(getcwd, FILES, BUFFER),
    FORWARD(chdir, FILES, PATH),
    FORWARD(fchdir, FILES, DESCRIPTOR),
    FORWARD(mkdir, FILES, PATH),
    FORWARD(rmdir, FILES, PATH),
    FORWARD(unlink, FILES, PATH),
    FORWARD(rename, FILES, PATH, PATH),
    FORWARD(getdents64, HOME, DESCRIPTOR, BUFFER),
    FORWARD(ftruncate, HOME, DESCRIPTOR),
    FORWARD(fsync, HOME, DESCRIPTOR),
    FORWARD(umask, HOME),
    CALL(socket, shim_socket, NETWORK),
    CALL(bind, shim_with_address, NETWORK, DESCRIPTOR),
    CALL(connect, shim_with_address, NETWORK, DESCRIPTOR),
    FORWARD(listen, HOME, DESCRIPTOR),
    FORWARD(shutdown, HOME, DESCRIPTOR),
    CALL(accept, shim_new_descriptor, HOME, DESCRIPTOR, OR_NULL | ADDRESS, OR_NULL | LENGTH),
    CALL(accept4, shim_new_descriptor, HOME, DESCRIPTOR, OR_NULL | ADDRESS, OR_NULL | LENGTH),
    FORWARD(getsockname, HOME, DESCRIPTOR, ADDRESS, LENGTH),
    FORWARD(getpeername, HOME, DESCRIPTOR, ADDRESS, LENGTH),
    CALL(sendto, shim_sendto, HOME, DESCRIPTOR, BUFFER),
    CALL(recvfrom, shim_recvfrom, HOME, DESCRIPTOR, BUFFER, 0, 0, OR_NULL | ADDRESS, OR_NULL | LENGTH),
    CALL(sendmsg, shim_sendmsg, HOME, DESCRIPTOR),
    CALL(recvmsg, shim_recvmsg, HOME, DESCRIPTOR),
    CALL(setsockopt, shim_setsockopt, HOME, DESCRIPTOR, 0, 0, BUFFER),
    CALL(getsockopt, shim_getsockopt, HOME, DESCRIPTOR, 0, 0, OPTION, LENGTH),
    CALL(poll, shim_poll, HOME),
    CALL(select, shim_select, HOME),
    CALL(pselect6, shim_pselect6, HOME),
    CALL(epoll_create1, shim_new_descriptor, HOME),
    FORWARD(epoll_ctl, HOME, DESCRIPTOR, 0, DESCRIPTOR, OR_NULL | sizeof(struct epoll_event)),
    CALL(epoll_pwait, shim_epoll_pwait, HOME, DESCRIPTOR),
    CALL(brk, shim_brk, IN_PLACE),
    CALL(mmap, shim_mmap, HOME), /* of a file; anonymous memory is dealt with before */
    CALL(munmap, shim_munmap, IN_PLACE),
    CALL(mprotect, shim_mprotect, IN_PLACE),
    CALL(madvise, shim_madvise, IN_PLACE),
    CALL(clock_gettime, shim_clock, IN_PLACE, 0, sizeof(struct timespec)),
    CALL(clock_getres, shim_clock, IN_PLACE, 0, OR_NULL | sizeof(struct timespec)),
    FORWARD(gettimeofday, IN_PLACE, OR_NULL | sizeof(struct timeval), OR_NULL | sizeof(struct timezone)),
    FORWARD(sched_yield, IN_PLACE),
    FORWARD(getrandom, IN_PLACE, BUFFER),
    CALL(futex, shim_futex, IN_PLACE),
    CALL(nanosleep, shim_nanosleep, HOME, 0, OR_NULL | sizeof(struct timespec)),
    CALL(clock_nanosleep, shim_clock_nanosleep, HOME, 0, 0, sizeof(struct timespec), OR_NULL | sizeof(struct timespec)),
    FORWARD(getpid, HOME),
    FORWARD(getppid, HOME),
    FORWARD(gettid, HOME),
    FORWARD(getuid, HOME),
    FORWARD(geteuid, HOME),
    FORWARD(getgid, HOME),
    FORWARD(getegid, HOME),
    FORWARD(uname, IN_PLACE, sizeof(struct utsname)),
    CALL(set_tid_address, shim_set_tid_address, HOME),
    CALL(arch_prctl, shim_arch_prctl, IN_PLACE),
    CALL(rt_sigprocmask, shim_rt_sigprocmask, IN_PLACE),
    CALL(rt_sigaction, shim_rt_sigaction, HOME),
    CALL(kill, shim_kill, HOME),
    CALL(tkill, shim_tkill, HOME),
    CALL(exit, shim_exit, HOME),
    CALL(exit_group, shim_exit_group, HOME),
};

#define CORE(number, function, how)                                                                                    \
    [COMESG_CALL_##number - COMESG_CALL_COREGISTER] = {.operation = (function), .flags = (how)}
#define MAKES(number, function, how, place)                                                                            \
    [COMESG_CALL_##number - COMESG_CALL_COREGISTER] = {.maker = (function), .flags = (how), .result = (place)}

static const struct admitted core_calls[] = {
    MAKES(COREGISTER, core_register, IN_PLACE, 2),
    MAKES(COLOOKUP, core_lookup, IN_PLACE, 1),
    CORE(COGETPID, shim_cogetpid, IN_PLACE),
    CORE(GETMXCSR, shim_getmxcsr, IN_PLACE),
    CORE(SETMXCSR, shim_setmxcsr, IN_PLACE),
    MAKES(CODUP, shim_codup, IN_PLACE, 1),
    MAKES(CORESTRICT, shim_corestrict, IN_PLACE, 2),
    CORE(COREVOKE, shim_corevoke, HOME),
    CORE(COHANDLE_CLOSE, shim_cohandle_close, IN_PLACE),
    CORE(COHANDLE_KIND, shim_cohandle_kind, IN_PLACE),
    MAKES(COSEAL, shim_coseal, IN_PLACE, 2),
    CORE(COUNSEAL, shim_counseal, IN_PLACE),
    MAKES(COWINDOW, core_window_make, IN_PLACE, 4),
    CORE(COCOPY, core_window_copy, IN_PLACE),
    MAKES(COPOOL, core_pool_make, IN_PLACE, 3),
    MAKES(COPOOL_COPY, core_pool_copy, IN_PLACE, 1),
    CORE(COPOOL_ADD, core_pool_add, IN_PLACE),
    CORE(COPOOL_REMOVE, core_pool_remove, IN_PLACE),
    CORE(COPOOL_END, core_pool_end, IN_PLACE),
    MAKES(COMMAP, core_object_make, HOME, 2),
    CORE(COMAP_ATTACH, core_object_attach, HOME),
    CORE(COMAP_DETACH, core_object_detach, HOME),
    CORE(COMAP_SIZE, core_object_size, IN_PLACE),
    CORE(THREAD_CREATE, core_thread_create, HOME),
    CORE(COEXEC, core_coexec, HOME),
    CORE(COGETVEC, core_vector, IN_PLACE),
    CORE(CODEATH, core_death_read, HOME),
    CORE(COKILL, core_kill, HOME),
    CORE(COIDENTIFY, core_identify, IN_PLACE),
    CORE(COROOT, core_root, IN_PLACE),
    MAKES(COMINT_SEAL, core_seal_make, IN_PLACE | MEMBER, 1),
    MAKES(COMINT, core_mint, IN_PLACE | MEMBER, 4),
    CORE(COMINT_READ, shim_comint_read, IN_PLACE | MEMBER),
    CORE(COMINT_READ_CALLER, shim_comint_read_caller, IN_PLACE | MEMBER),
    CORE(COMINT_SURVEY, core_mint_survey, IN_PLACE | MEMBER),
    MAKES(COVAULT, core_vault_make, IN_PLACE | MEMBER, 0),
    CORE(COVAULT_PUT, core_vault_put, IN_PLACE | MEMBER),
    MAKES(COVAULT_GET, core_vault_get, IN_PLACE | MEMBER, 3),
    CORE(COVAULT_DROP, core_vault_drop, IN_PLACE | MEMBER),
    CORE(COVAULT_LIST, core_vault_list, IN_PLACE | MEMBER),
    CORE(COCALLER, shim_cocaller, IN_PLACE | MEMBER),
    CORE(COWAKE, core_wake_cookie, IN_PLACE | MEMBER),
    MAKES(COPORT_CONTROL, core_port_make, IN_PLACE | MEMBER, 2),
    CORE(COPORT_PUBLISH, core_port_publish, IN_PLACE | MEMBER),
    CORE(COPORT_SHUT, core_port_shut, IN_PLACE | MEMBER),
    CORE(CORING_SEND, core_ring_send, IN_PLACE),
    CORE(CORING_RECEIVE, core_ring_receive, IN_PLACE),
    CORE(COPORT_WAIT, core_port_wait, IN_PLACE),
    CORE(COPORT_TYPE, core_port_type, IN_PLACE),
    CORE(COALIVE, shim_coalive, IN_PLACE | MEMBER),
    CORE(COLAUNCHER, shim_colauncher, IN_PLACE | MEMBER),
    CORE(COTARGET_IDENTITY, shim_cotarget_identity, IN_PLACE | MEMBER),
};

static const struct admitted *find(uint64_t number)
{
    static const struct admitted refused = {0};
    if (number - COMESG_CALL_COREGISTER < sizeof core_calls / sizeof core_calls[0])
        return &core_calls[number - COMESG_CALL_COREGISTER];
    if (number < sizeof system_calls / sizeof system_calls[0])
        return &system_calls[number];
    return &refused;
}

static int64_t check_argument(const struct thread_block *block, unsigned argument, const uint64_t *value)
{
    if (argument == DESCRIPTOR)
        return core_is_hidden(block, *value) ? -EBADF : 0;
    if ((argument & OR_NULL) && *value == 0)
        return 0;
    return core_in_region(block, *value, argument == BUFFER ? value[1] : argument & BYTES_MAX) ? 0 : -EFAULT;
}

static int64_t check_arguments(const struct thread_block *block, const struct admitted *call)
{
    int64_t error = 0;
    for (unsigned i = 0; i < sizeof call->arguments / sizeof call->arguments[0] && !error; i++)
        error = check_argument(block, call->arguments[i], &block->arguments[1 + i]);
    return error;
}

int64_t shim_forward(struct thread_block *block, const uint64_t *a)
{
    return core_kernel_wait_for_program(shim_number(block), (long)a[0], (long)a[1], (long)a[2], (long)a[3], (long)a[4],
                                        (long)a[5]);
}

static int64_t move_home(struct thread_block *block)
{
    block->resume_kind = RESUME_SYSTEM_CALL;
    return CORE_MOVE_HOME;
}

/* Gives a new handle to the program. Nothing is made if the place for it faults; should it fault only then, the handle
 * is taken back. */
static int64_t make(struct thread_block *block, const struct admitted *call)
{
    const uint64_t *arguments = &block->arguments[1];
    uint64_t value = 0;
    int64_t error = core_put(block, arguments[call->result], &value, sizeof value);
    if (!error)
        error = call->maker(block, arguments, &value);
    if (!error && (error = core_put(block, arguments[call->result], &value, sizeof value)))
        core_handle_close(block, block->coprocess, value);
    return error;
}

static inline int64_t execute_once(struct thread_block *block, const struct admitted *call)
{
    return likely(call->operation) ? call->operation(block, &block->arguments[1]) : make(block, call);
}

/* A program has no signal handlers, so that only the core's own signal interrupts a call, which is then made again: on
 * the home thread if this kernel thread is needed below. Calls with a time limit keep it in call_deadline. */
static __attribute__((noinline)) int64_t execute_again(struct thread_block *block, const struct admitted *call)
{
    int64_t result;
    do {
        if (block->force_out || shim_cancelled(block))
            return -EINTR;
        if (core_must_leave(block))
            return move_home(block);
        result = execute_once(block, call);
    } while (result == -EINTR);
    return result;
}

static inline int64_t execute(struct thread_block *block, const struct admitted *call)
{
    if (unlikely(call->flags & MEMBER) && !block->coprocess->microkernel)
        return -EPERM;
    int64_t result = execute_once(block, call);
    return unlikely(result == -EINTR) ? execute_again(block, call) : result;
}

enum { MAP_ANONYMOUS_FLAG = 0x20 };

/* arguments: number, then six. CORE_MOVE_HOME if this must be executed by the home thread and is not. */
int64_t core_system_call_again(struct thread_block *block)
{
    uint64_t number = (uint64_t)shim_number(block);
    const struct admitted *call = find(number);
    if ((!call->operation && !call->maker) || call->flags & CLASSES & ~block->coprocess->system_calls)
        return -ENOSYS;
    int64_t error = check_arguments(block, call);
    if (error)
        return error;
    bool anonymous = number == SYS_mmap && (block->arguments[4] & MAP_ANONYMOUS_FLAG);
    if (!(call->flags & IN_PLACE) && !anonymous && core_borrowed(block))
        return move_home(block);
    return shim_cancelled(block) ? -EINTR : execute(block, call);
}

/* Most often it is a call of the core's own, which everybody may make, and any kernel thread. */
int64_t core_system_call(struct thread_block *block)
{
    uint64_t place = block->arguments[0] - COMESG_CALL_COREGISTER;
    block->call_deadline = 0;
    if (likely(place < sizeof core_calls / sizeof core_calls[0] && core_calls[place].flags & IN_PLACE))
        return execute(block, &core_calls[place]);
    return core_system_call_again(block);
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which system calls exist, and where each is executed. Everything else is ENOSYS.
 */
#include "core/shim/shim.h"

struct admitted {
    shim_handler *handler;
    bool in_place;         /* does not depend on the process that executes it */
    bool takes_descriptor; /* as its first argument */
    uint32_t class;        /* COEXEC_CALLS_*: who may make it; 0: everybody, it concerns only the co-process itself */
};

#define HOME(name) [SYS_##name] = {.handler = shim_##name}
#define IN_PLACE(name) [SYS_##name] = {.handler = shim_##name, .in_place = true}
/* Of a descriptor that the program has or was given. */
#define DESCRIPTOR(name) [SYS_##name] = {.handler = shim_##name, .takes_descriptor = true}
/* Names a file. */
#define FILE(name) [SYS_##name] = {.handler = shim_##name, .class = COEXEC_CALLS_FILES}
#define FILE_AT(name) [SYS_##name] = {.handler = shim_##name, .takes_descriptor = true, .class = COEXEC_CALLS_FILES}

/* Makes a socket, or gives it an address. */
#define NETWORK(name) [SYS_##name] = {.handler = shim_##name, .class = COEXEC_CALLS_NETWORK}
#define NETWORK_AT(name)                                                                                               \
    [SYS_##name] = {.handler = shim_##name, .takes_descriptor = true, .class = COEXEC_CALLS_NETWORK}

static const struct admitted system_calls[] = {
    DESCRIPTOR(read),
    DESCRIPTOR(write),
    DESCRIPTOR(pread64),
    DESCRIPTOR(pwrite64),
    DESCRIPTOR(readv),
    DESCRIPTOR(writev),
    FILE(open),
    FILE_AT(openat),
    DESCRIPTOR(close),
    DESCRIPTOR(lseek),
    DESCRIPTOR(fstat),
    FILE(stat),
    FILE(lstat),
    FILE_AT(newfstatat),
    FILE(readlink),
    FILE_AT(readlinkat),
    FILE(access),
    FILE_AT(faccessat),
    DESCRIPTOR(dup),
    DESCRIPTOR(dup2),
    DESCRIPTOR(dup3),
    HOME(pipe),
    HOME(pipe2),
    DESCRIPTOR(fcntl),
    DESCRIPTOR(ioctl),
    FILE(getcwd),
    FILE(chdir),
    FILE_AT(fchdir),
    FILE(mkdir),
    FILE(rmdir),
    FILE(unlink),
    FILE(rename),
    DESCRIPTOR(getdents64),
    DESCRIPTOR(ftruncate),
    DESCRIPTOR(fsync),
    NETWORK(socket),
    NETWORK_AT(bind),
    NETWORK_AT(connect),
    DESCRIPTOR(listen),
    DESCRIPTOR(shutdown),
    DESCRIPTOR(accept),
    DESCRIPTOR(accept4),
    DESCRIPTOR(getsockname),
    DESCRIPTOR(getpeername),
    DESCRIPTOR(sendto),
    DESCRIPTOR(recvfrom),
    DESCRIPTOR(sendmsg),
    DESCRIPTOR(recvmsg),
    DESCRIPTOR(setsockopt),
    DESCRIPTOR(getsockopt),
    HOME(umask),
    HOME(poll),
    HOME(select),
    HOME(pselect6),
    HOME(epoll_create1),
    DESCRIPTOR(epoll_ctl),
    DESCRIPTOR(epoll_pwait),
    IN_PLACE(brk),
    HOME(mmap), /* of a file; anonymous memory is dealt with before */
    IN_PLACE(munmap),
    IN_PLACE(mprotect),
    IN_PLACE(madvise),
    IN_PLACE(clock_gettime),
    IN_PLACE(clock_getres),
    IN_PLACE(gettimeofday),
    IN_PLACE(sched_yield),
    IN_PLACE(getrandom),
    IN_PLACE(futex),
    HOME(nanosleep),
    HOME(clock_nanosleep),
    HOME(getpid),
    HOME(getppid),
    HOME(gettid),
    HOME(getuid),
    HOME(geteuid),
    HOME(getgid),
    HOME(getegid),
    IN_PLACE(uname),
    HOME(set_tid_address),
    IN_PLACE(set_robust_list),
    IN_PLACE(arch_prctl),
    IN_PLACE(rt_sigprocmask),
    HOME(rt_sigaction),
    HOME(kill),
    HOME(tgkill),
    HOME(tkill),
    HOME(exit),
    HOME(exit_group),
};

#define CORE_HOME(number, name) [COMESG_CALL_##number - COMESG_CALL_COREGISTER] = {.handler = shim_##name}
#define CORE_IN_PLACE(number, name)                                                                                    \
    [COMESG_CALL_##number - COMESG_CALL_COREGISTER] = {.handler = shim_##name, .in_place = true}

static const struct admitted core_calls[] = {
    CORE_IN_PLACE(COREGISTER, coregister),
    CORE_IN_PLACE(COLOOKUP, colookup),
    CORE_IN_PLACE(COGETPID, cogetpid),
    CORE_IN_PLACE(GETMXCSR, getmxcsr),
    CORE_IN_PLACE(SETMXCSR, setmxcsr),
    CORE_IN_PLACE(CODUP, codup),
    CORE_IN_PLACE(CORESTRICT, corestrict),
    CORE_HOME(COREVOKE, corevoke),
    CORE_IN_PLACE(COHANDLE_CLOSE, cohandle_close),
    CORE_IN_PLACE(COHANDLE_KIND, cohandle_kind),
    CORE_IN_PLACE(COSEAL, coseal),
    CORE_IN_PLACE(COUNSEAL, counseal),
    CORE_IN_PLACE(COWINDOW, cowindow),
    CORE_IN_PLACE(COCOPY, cocopy),
    CORE_IN_PLACE(COPOOL, copool),
    CORE_IN_PLACE(COPOOL_COPY, copool_copy),
    CORE_IN_PLACE(COPOOL_ADD, copool_add),
    CORE_IN_PLACE(COPOOL_REMOVE, copool_remove),
    CORE_IN_PLACE(COPOOL_END, copool_end),
    CORE_HOME(COMMAP, commap),
    CORE_HOME(COMAP_ATTACH, comap_attach),
    CORE_HOME(COMAP_DETACH, comap_detach),
    CORE_IN_PLACE(COMAP_SIZE, comap_size),
    CORE_HOME(THREAD_CREATE, thread_create),
    CORE_HOME(COEXEC, coexec),
    CORE_IN_PLACE(COGETVEC, cogetvec),
    CORE_HOME(CODEATH, codeath),
    CORE_HOME(COKILL, cokill),
    CORE_IN_PLACE(COIDENTIFY, coidentify),
    CORE_IN_PLACE(COROOT, coroot),
    CORE_IN_PLACE(COMINT_SEAL, comint_seal),
    CORE_IN_PLACE(COMINT, comint),
    CORE_IN_PLACE(COMINT_READ, comint_read),
    CORE_IN_PLACE(COMINT_READ_CALLER, comint_read_caller),
    CORE_IN_PLACE(COMINT_SURVEY, comint_survey),
    CORE_IN_PLACE(COVAULT, covault),
    CORE_IN_PLACE(COVAULT_PUT, covault_put),
    CORE_IN_PLACE(COVAULT_GET, covault_get),
    CORE_IN_PLACE(COVAULT_DROP, covault_drop),
    CORE_IN_PLACE(COVAULT_LIST, covault_list),
    CORE_IN_PLACE(COCALLER, cocaller),
    CORE_IN_PLACE(COWAKE, cowake),
    CORE_IN_PLACE(COPORT_CONTROL, coport_control),
    CORE_IN_PLACE(COPORT_PUBLISH, coport_publish),
    CORE_IN_PLACE(COPORT_SHUT, coport_shut),
    CORE_IN_PLACE(CORING_SEND, coring_send),
    CORE_IN_PLACE(CORING_RECEIVE, coring_receive),
    CORE_IN_PLACE(COPORT_WAIT, coport_wait),
    CORE_IN_PLACE(COPORT_TYPE, coport_type),
    CORE_IN_PLACE(COALIVE, coalive),
    CORE_IN_PLACE(COLAUNCHER, colauncher),
    CORE_IN_PLACE(COTARGET_IDENTITY, cotarget_identity),
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

enum { MAP_ANONYMOUS_FLAG = 0x20 };

static int64_t move_home(struct thread_block *block)
{
    block->resume_kind = RESUME_SYSTEM_CALL;
    return CORE_MOVE_HOME;
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
        result = call->handler(block, &block->arguments[1]);
    } while (result == -EINTR);
    return result;
}

static inline int64_t execute(struct thread_block *block, const struct admitted *call)
{
    int64_t result = call->handler(block, &block->arguments[1]);
    return unlikely(result == -EINTR) ? execute_again(block, call) : result;
}

/* arguments: number, then six. CORE_MOVE_HOME if this must be executed by the home thread and is not. */
int64_t core_system_call_again(struct thread_block *block)
{
    uint64_t number = block->arguments[0] & ~(uint64_t)COMESG_CANCELLATION_POINT;
    const struct admitted *call = find(number);
    if (!call->handler || call->class & ~block->coprocess->system_calls)
        return -ENOSYS;
    if (call->takes_descriptor && core_is_hidden(block, block->arguments[1]))
        return -EBADF;
    bool in_place = call->in_place || (number == SYS_mmap && (block->arguments[4] & MAP_ANONYMOUS_FLAG));
    if (!in_place && core_borrowed(block))
        return move_home(block);
    return shim_cancelled(block) ? -EINTR : execute(block, call);
}

/* Most often it is a call of the core's own, which everybody may make, and any kernel thread. */
int64_t core_system_call(struct thread_block *block)
{
    uint64_t place = block->arguments[0] - COMESG_CALL_COREGISTER;
    block->call_deadline = 0;
    if (likely(place < sizeof core_calls / sizeof core_calls[0] && core_calls[place].in_place))
        return execute(block, &core_calls[place]);
    return core_system_call_again(block);
}

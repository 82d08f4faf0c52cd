/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Walking a kernel thread of a co-process instruction by instruction with ptrace.
 *
 * Breakpoints are those of the debug registers: text is sealed, and shared with other co-processes.
 */
#include "tracer.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { PATIENCE = 5000 };

static void tick(int signal)
{
    (void)signal;
}

/* Interrupts a waitpid, again and again in case the first came too early; 0: not any more. */
static void set_alarm(unsigned milliseconds)
{
    const struct timeval first = {milliseconds / 1000, milliseconds % 1000 * 1000};
    const struct timeval again = {0, milliseconds ? 10000 : 0};
    const struct itimerval timer = {again, first};
    const struct sigaction action = {.sa_handler = tick};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static bool await_status(pid_t pid, int *status, unsigned milliseconds)
{
    set_alarm(milliseconds);
    bool came = waitpid(pid, status, __WALL) == pid;
    set_alarm(0);
    return came;
}

bool tracer_halt(pid_t pid)
{
    int status;
    return ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0 && await_status(pid, &status, PATIENCE) && WIFSTOPPED(status);
}

bool tracer_stop(pid_t pid)
{
    return ptrace(PTRACE_SEIZE, pid, 0, 0) == 0 && tracer_halt(pid);
}

static bool set_debug_register(pid_t pid, int number, uint64_t value)
{
    return ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[number]), value) == 0;
}

bool tracer_break_at(pid_t pid, uint64_t address)
{
    return set_debug_register(pid, 7, 0) && set_debug_register(pid, 0, address) &&
           (address == 0 || set_debug_register(pid, 7, 1));
}

bool tracer_continue(pid_t pid)
{
    return ptrace(PTRACE_CONT, pid, 0, 0) == 0;
}

bool tracer_await(pid_t pid, unsigned milliseconds)
{
    int status;
    while (await_status(pid, &status, milliseconds) && WIFSTOPPED(status)) {
        if (WSTOPSIG(status) == SIGTRAP && status >> 16 == 0)
            return true;
        int signal = status >> 16 ? 0 : WSTOPSIG(status);
        if (ptrace(PTRACE_CONT, pid, 0, signal))
            return false;
    }
    return false;
}

bool tracer_step(pid_t pid, unsigned milliseconds)
{
    int status;
    return ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0 && await_status(pid, &status, milliseconds) &&
           WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
}

bool tracer_release(pid_t pid)
{
    return tracer_break_at(pid, 0) && ptrace(PTRACE_DETACH, pid, 0, 0) == 0;
}

bool tracer_bury(pid_t pid)
{
    int status;
    while (await_status(pid, &status, PATIENCE)) {
        if (!WIFSTOPPED(status))
            return true;
    }
    return false;
}

bool tracer_registers(pid_t pid, struct user_regs_struct *registers)
{
    return ptrace(PTRACE_GETREGS, pid, 0, registers) == 0;
}

size_t tracer_vectors(pid_t pid, void *buffer, size_t size)
{
    struct iovec place = {buffer, size};
    return ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &place) ? 0 : place.iov_len;
}

bool tracer_read(pid_t pid, uint64_t address, void *buffer, size_t size)
{
    unsigned char *bytes = buffer;
    for (size_t done = 0; done < size; done += sizeof(long)) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKDATA, pid, address + done, 0);
        if (errno)
            return false;
        for (size_t i = 0; i < sizeof word && done + i < size; i++)
            bytes[done + i] = (unsigned char)((unsigned long)word >> 8 * i);
    }
    return true;
}

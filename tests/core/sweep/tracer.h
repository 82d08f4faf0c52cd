/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Walking a kernel thread of a co-process instruction by instruction with ptrace.
 */
#ifndef COMESG_TESTS_CORE_SWEEP_TRACER_H
#define COMESG_TESTS_CORE_SWEEP_TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

/* All of these return false if the thread did not do it in time, or is gone. */

/* Seizes and stops the thread. */
bool tracer_stop(pid_t pid);
/* Stops it again, wherever it is. */
bool tracer_halt(pid_t pid);
/* Arranges for a stopped thread to stop again when it comes to this address, in its own process only; 0: not any more.
 */
bool tracer_break_at(pid_t pid, uint64_t address);
/* Lets it go on; a signal that stops it on the way, like the recall signal, is delivered. */
bool tracer_continue(pid_t pid);
/* Waits until it stops by a breakpoint or a step. */
bool tracer_await(pid_t pid, unsigned milliseconds);
/* Makes it execute one instruction, which may be a system call that waits. */
bool tracer_step(pid_t pid, unsigned milliseconds);
bool tracer_release(pid_t pid);
/* Waits for the end of a traced process that has been killed. */
bool tracer_bury(pid_t pid);

bool tracer_registers(pid_t pid, struct user_regs_struct *registers);
/* Vector and floating-point registers, as the kernel shows them to debuggers; the bytes, or 0. */
size_t tracer_vectors(pid_t pid, void *buffer, size_t size);
bool tracer_read(pid_t pid, uint64_t address, void *buffer, size_t size);

#endif

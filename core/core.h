/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the parts of the core offer each other and the supervisor.  Core code runs in every co-process: it makes raw
 * system calls only, uses general registers only and keeps nothing in static variables that change.
 */
#ifndef COMESG_CORE_CORE_H
#define COMESG_CORE_CORE_H

#include "core/handles.h"
#include "core/thread_block.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <ucontext.h>

/* Sent by the supervisor to a kernel thread that has to leave a co-process. Never given to programs. */
#define CORE_SIGNAL_RECALL 16 /* SIGSTKFLT: a signal that nobody uses, and that does not queue up */

/* Flags register in the core: interrupts enabled, nothing else. */
#define CORE_FLAGS_CLEAR 0x202

/* An operation that a program asks for, with the six arguments of its call: the result, or a negative errno. */
typedef int64_t core_operation(struct thread_block *, const uint64_t *arguments);
/* One that makes a handle: 0 and its value, or a negative errno. The caller gives it to the program. */
typedef int64_t core_maker(struct thread_block *, const uint64_t *arguments, uint64_t *value);

#pragma GCC visibility push(hidden)

/* kernel.S */
long core_kernel(long number, long a, long b, long c, long d, long e, long f);
/* The same for what may wait: a signal that comes before the system call is not slept through, but gives -EINTR. */
long core_kernel_wait(long number, long a, long b, long c, long d, long e, long f);
/* The same for the system call that the running program makes: nor is a cancellation slept through. */
long core_kernel_wait_for_program(long number, long a, long b, long c, long d, long e, long f);
uint64_t core_copy(void *to, const void *from, uint64_t length);
void core_signal_return(void);
_Noreturn void core_continue(const ucontext_t *);
long core_clone(uint64_t flags, void *stack, const volatile void *parent_tid, const _Atomic uint32_t *child_tid,
                int (*function)(void *), void *argument);

/* switcher.S, once for CPUs with AVX and once for those without. */
struct switcher {
    void (*gates[8])(void); /* as in a thread block */
    void (*control_stack_sentinel)(void);
    void (*force_out)(void);
    void (*move_home)(void);
    void (*start_thread)(struct thread_block *);
};
extern const struct switcher core_switcher_avx, core_switcher_sse;

/* Set once, before the first co-process exists. */
extern bool core_cpu_has_avx;

/* slot.c */

/* Takes a free slot for a thread of this co-process and makes it accessible: its thread block, which core_block_prepare
 * has to fill, or NULL if there is no slot or no memory for it. */
struct thread_block *core_slot_take(struct coprocess *);
/* The thread block is prepared: from here on everybody may look at it. */
void core_slot_use(struct thread_block *);
/* For the supervisor, when all threads of a co-process are gone: frees its slots. */
void core_slots_free(const struct coprocess *);
void core_slot_drop_stacks(const struct thread_block *);

/* block.c: prepares a thread block in its slot. */
void core_block_prepare(struct thread_block *block, struct coprocess *coprocess);

/* For the supervisor, when the kernel thread that ran the context of `block` is dead and reaped: empties the stacks and
 * lets the home thread start at the recovery entry. The caller then sets the claim to RUNNING and wakes the home
 * thread. */
void core_block_recover(struct thread_block *block);

/* start.c: the first code of a new process, on the park stack of `block`. */
int core_start(void *block);

/* threads.c */
core_operation core_thread_create;
_Noreturn void core_thread_exit(struct thread_block *, int status);
/* Also its incarnation: the thread may be gone soon, and its slot another's. */
struct thread_block *core_find_thread(const struct coprocess *, uint64_t tid, uint32_t *incarnation);
void core_thread_cancel(struct thread_block *, uint32_t incarnation);

/* filter.c */
int64_t core_install_filter(void);

/* crossing.c: the slow paths of the switcher; results as described there. */
struct resumption {
    int64_t result;
    uint64_t exit; /* EXIT_* */
};
int64_t core_request_fault(struct thread_block *caller, struct thread_block *callee, uint64_t address);
int64_t core_callee_fault(struct thread_block *callee);
int64_t core_coaccept_slow(struct thread_block *);
int64_t core_reply_fault(struct thread_block *callee, uint64_t address);
void core_park(struct thread_block *);
struct resumption core_home_resume(struct thread_block *);
void core_wake_home(struct thread_block *);
int64_t core_reply_from_home(struct thread_block *callee);
void core_fail_caller(struct thread_block *callee);
bool core_check_pad(struct thread_block *, uint64_t pad);
int64_t core_hand_over(struct thread_block *caller, struct thread_block *callee);
int64_t core_forced_out(struct thread_block *callee);
void core_control_flow_fault(struct thread_block *);
bool core_is_landing_pad(const struct thread_block *, uint64_t pad);

/* call.c: exit is 0 if the call ends with this result, or the thread block of the callee that is to be entered with a
 * request of this length. */
struct resumption core_cocall(struct thread_block *);
struct resumption core_cocall_with(struct thread_block *);
struct resumption core_resume_call(struct thread_block *);
/* At the exit of a call: what its result is when the caller has been told what came with the reply. */
int64_t core_cocall_finish(struct thread_block *, int64_t result);

/* accept.c */
int64_t core_coaccept_with(struct thread_block *);
int64_t core_release(struct thread_block *callee);
void core_accept_again(struct thread_block *callee);
void core_sleep_parked(struct thread_block *);

/* waiting.c */
void core_serve_waiters(struct thread_block *callee);
/* True if only those who wait for this context, or run it, have handles to the port of this reference. */
bool core_waits_for_itself(const struct thread_block *, uint64_t reference);
/* The context does not wait any more: it has what it waited for, or is lost, or its co-process ends. */
void core_end_waiting(struct thread_block *);
/* Those who wait for this target look again. */
enum { WAITS_FOR_ANY = 0 };
void core_wake_waiters_for(struct realm *, uint64_t target);

/* recall.c */
/* Asked wherever a context might wait: if true, it must go on on its home thread (CORE_MOVE_HOME). On its home thread
 * it pauses here while the process is to be stopped or ended. */
bool core_must_leave(struct thread_block *);
void core_pause(struct thread_block *home);
/* True if this kernel thread runs contexts of others. */
bool core_lends(const struct realm *, uint32_t owner);
/* Before a process ends by its own doing: returns when no kernel thread of it but `mine` runs contexts of others, nor
 * will. Theirs have moved to their own home threads. */
void core_stop_lending(const struct thread_block *mine);
void core_recall(struct thread_block *home, struct thread_block *running, bool verified, ucontext_t *);
struct resumption core_attention(struct thread_block *, int64_t result, uint64_t exit);
_Noreturn void core_resume_frame(const struct thread_block *);

/* poll.c: makes the wake-up that was put off while this kernel thread was borrowed. */
void core_wake_owed(struct thread_block *home);

/* deadline.c: nanoseconds of CLOCK_MONOTONIC; 0: none */
uint64_t core_now(void);
/* For the call that `caller` is about to make. It ends by itself, at the caller's next exit from the core. */
void core_deadline_begin(struct thread_block *caller, uint64_t deadline);
void core_deadline_begin_wait(struct thread_block *caller, uint64_t deadline);
void core_deadline_end(struct thread_block *caller);
uint64_t core_deadline(const struct thread_block *caller);
bool core_deadline_over(const struct thread_block *caller);
/* Until when a context may wait, if its own deadline is `own`: then somebody below in its chain of calls needs its
 * kernel thread. */
uint64_t core_earliest_deadline(const struct thread_block *, uint64_t own);

/* fault.c */
_Noreturn void core_end_home_thread(struct thread_block *);
void core_install_signal_stack(const struct thread_block *);
void core_install_signal_handlers(struct thread_block *, bool keep_ignored);
bool core_set_ignored(int signal, bool ignore);
/* Its default is to end the process, and not to stop it or to do nothing. */
bool core_signal_ends(int signal);
void core_record_fault(struct thread_block *, int signal, uint64_t address, uint64_t pc);

/* request.c */
void core_notify_supervisor(struct realm *);

/* Asks the supervisor for an operation of request.h and waits for its answer. Only on the home thread of `block`.
 * -EINTR if the thread has to end: then it must leave core code at once. */
int64_t core_request(struct thread_block *, uint32_t operation, const uint64_t arguments[REQUEST_ARGUMENTS]);

/* coexec.c */
core_operation core_coexec, core_vector, core_root;
/* Copies a string out of the program: its bytes, with the end; 0 if that is not within `room`; or -EFAULT. */
int64_t core_fetch_string(const struct thread_block *, char *to, uint64_t address, uint64_t room);

/* names.c */
core_maker core_register, core_lookup;
void core_forget_names(const struct thread_block *);

/* windows.c */
core_maker core_window_make;
core_operation core_window_copy;

/* The context of `block` is about to touch memory of these co-processes (NULL: none), though it holds no claim there.
 * Afterwards it must look once more at what allows it to. */
void core_working_begin(struct thread_block *, struct coprocess *first, struct coprocess *second);
void core_working_end(struct thread_block *);
bool core_working_on(const struct thread_block *, const struct coprocess *);
/* Waits until nobody does what began before. */
void core_await_workers(const struct thread_block *actor, const struct coprocess *);

/* shim/files.c */

/* Opens an existing file for reading, if it is one of those that programs may open: its descriptor or a negative errno.
 */
int64_t core_open_data(struct thread_block *, const char *path);
/* Reads so much of the file at this position, if there is as much: bytes read, or a negative errno. */
int64_t core_read_file(const struct thread_block *, int64_t descriptor, uint64_t to, uint64_t size, uint64_t position);
/* What a descriptor stands for may be used by programs. */
bool core_admissible(int descriptor);
/* Moves a descriptor to a number that no other thread of the program can put another file under, or closes it and gives
 * -EMFILE. */
int64_t core_hide_descriptor(const struct thread_block *, int64_t visible);
/* Gives the number under which the program may use a new descriptor, or a negative errno. Errors are handed on. */
int64_t core_place_descriptor(struct thread_block *, int64_t descriptor);
/* As which file a descriptor of this thread can be opened or looked at; slashes that are too many do no harm. */
enum { CORE_DESCRIPTOR_PATH = sizeof "/proc/thread-self/fd//////////////" };
void core_descriptor_path(char path[CORE_DESCRIPTOR_PATH], int64_t descriptor);
/* The process may have this descriptor from now on. */
void core_note_descriptor(struct coprocess *, int64_t descriptor);

/* objects.c: all on the home thread, but for the size. */
core_maker core_object_make;
core_operation core_object_size, core_object_attach, core_object_detach;

/* shim/ */
int64_t core_system_call(struct thread_block *);
int64_t core_system_call_again(struct thread_block *); /* after a move home in its middle */
int64_t core_prepare_memory(const struct coprocess *);
/* Whether [start, end), region offsets, is memory of which a window may be made: 0, -EFAULT not mapped or code, -EACCES
 * not writable, -EINVAL an attached memory object. */
int64_t core_memory_allows(struct thread_block *, uint64_t start, uint64_t end, bool write);
/* Takes a place for a memory object: region offset, -EDQUOT or -ENOMEM. It stays inaccessible; until it is given back,
 * no call for memory touches it. */
int64_t core_memory_reserve(struct thread_block *, uint64_t length, uint64_t protection);
int64_t core_memory_unreserve(struct thread_block *, uint64_t start);

#pragma GCC visibility pop

/* Where the coaccept of the context continues. False if that ends its co-process. */
static inline bool core_set_pad(struct thread_block *block, uint64_t pad)
{
    if (unlikely(pad != block->checked_pad) && !core_check_pad(block, pad))
        return false;
    block->pad = pad;
    block->accept_cookie = 0;
    return true;
}

static inline bool core_borrowed(const struct thread_block *block)
{
    return block->owner_word != owner_word(block->home.owner);
}

/* No instruction of this kernel thread runs any more. */
static inline bool core_thread_is_dead(const struct kernel_thread *thread)
{
    return thread->pid == 0 || thread->tid_word == 0;
}

/* True if the kernel thread `owner` runs this context for its caller. */
static inline bool core_lent_to(const struct thread_block *block, uint32_t owner)
{
    uint64_t claim = block->claim;
    return claim_state(claim) == CLAIM_LENT && claim_owner(claim) == owner;
}

/* True if [address, address + length) lies wholly in the region of `block`. No bytes lie anywhere. */
static inline bool core_in_region(const struct thread_block *block, uint64_t address, uint64_t length)
{
    if (length == 0)
        return true;
    uint64_t offset = address - block->region_base;
    return offset < COMESG_REGION_SIZE && length <= COMESG_REGION_SIZE - offset;
}

/* Copies out of the program of `block`, and into it: 0, or -EFAULT if that is not wholly its memory. */
static inline int64_t core_fetch(const struct thread_block *block, void *to, uint64_t address, uint64_t size)
{
    return core_in_region(block, address, size) && !core_copy(to, (const void *)address, size) ? 0 : -EFAULT;
}

static inline int64_t core_put(const struct thread_block *block, uint64_t address, const void *from, uint64_t size)
{
    return core_in_region(block, address, size) && !core_copy((void *)address, from, size) ? 0 : -EFAULT;
}

static inline struct thread_block *core_block_of(const struct realm *realm, uint32_t owner)
{
    return (struct thread_block *)(realm->core_area + CORE_SLOTS + (uint64_t)(owner - 1) * CORE_SLOT_SIZE +
                                   SLOT_THREAD_BLOCK);
}

static inline uint64_t core_slot_of(const struct thread_block *block)
{
    return (uint64_t)block - SLOT_THREAD_BLOCK;
}

/* The same, from a thread block that is at hand. */
static inline struct thread_block *core_neighbour(const struct thread_block *block, uint32_t owner)
{
    return (struct thread_block *)(block->slots + (uint64_t)owner * CORE_SLOT_SIZE);
}

static inline uint32_t core_owner_of(const struct realm *realm, const struct thread_block *block)
{
    return (uint32_t)(((uint64_t)block - realm->core_area - CORE_SLOTS) / CORE_SLOT_SIZE) + 1;
}

/* What lies from *limit on was never used. */
static inline void core_raise_limit(_Atomic uint32_t *limit, uint32_t wanted)
{
    uint32_t now = *limit;
    while (now < wanted && !atomic_compare_exchange_weak(limit, &now, wanted))
        ;
}

/* Never used again. */
static inline uint64_t core_coprocess_identity(const struct coprocess *coprocess)
{
    return (uint64_t)coprocess->incarnation << 32 | coprocess->index;
}

/* The home block of the kernel thread that runs this context. */
static inline struct thread_block *core_running_home(const struct thread_block *block)
{
    return core_neighbour(block, claim_owner(block->owner_word));
}

static inline struct kernel_thread *core_running_thread(const struct thread_block *block)
{
    return &core_running_home(block)->home;
}

/* Programs cannot use the descriptors of the core. */
static inline bool core_is_hidden(const struct thread_block *block, uint64_t descriptor)
{
    return (uint32_t)descriptor - (uint32_t)block->coprocess->realm->hidden_descriptor < HIDDEN_DESCRIPTORS;
}

/* The thread block of the first slot from *slot on that is in use, or NULL; counts *slot on to the one behind it. */
static inline struct thread_block *core_next_block(const struct realm *realm, uint32_t *slot)
{
    while (*slot < realm->slot_limit) {
        uint32_t use = realm->slot_use[(*slot)++];
        if (use != 0 && !(use & SLOT_PREPARING))
            return core_block_of(realm, *slot);
    }
    return NULL;
}

/* The same for the threads of one co-process. */
static inline struct thread_block *core_next_thread(const struct coprocess *coprocess, uint32_t *index)
{
    while (*index < THREADS_MAX) {
        uint32_t owner = coprocess->threads[(*index)++];
        if (owner)
            return core_block_of(coprocess->realm, owner);
    }
    return NULL;
}

#endif

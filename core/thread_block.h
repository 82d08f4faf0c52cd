/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The structures of core memory.  None of it is reachable by verified code.  Slots, and so thread blocks, are
 * type-stable: once used as one they are never anything else, so that a stale pointer still finds a claim word.
 */
#ifndef COMESG_CORE_THREAD_BLOCK_H
#define COMESG_CORE_THREAD_BLOCK_H

#include "comesg/abi.h"
#include "comesg/handle.h"
#include "core/launch.h"
#include "core/layout.h"
#include "core/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coprocess;
struct pool;

/* One kernel thread of a co-process. Its thread block is its home block. It is gone for good once pid or tid_word is 0:
 * then no instruction of it runs any more. */
struct kernel_thread {
    uint32_t owner;                /* slot index + 1: what claim words name */
    int32_t pid;                   /* of its process; 0 once that has been reaped */
    int32_t tid;                   /* signals go to (pid, tid) */
    _Atomic uint32_t tid_word;     /* 1 from before the thread exists; the kernel clears it when the thread ends */
    _Atomic uint32_t wake_count;   /* futex of the parked thread: counted up when its block's claim has become HOME */
    _Atomic uint32_t no_lending;   /* futex: not 0: contexts of others leave this thread, and its own pauses */
    _Atomic uint32_t paused;       /* it does */
    _Atomic uint64_t sleeps_until; /* while parked; 0: it is awake */
    struct thread_block *_Atomic blocked; /* the context that it sleeps for, which waits for another */
};

/* States of `wait`, the word on which a caller sleeps whose callee has moved to its home thread. Bits 0-7 state, 8-31
 * the kernel thread that copies the reply, 32-63 the number of the wait, so that a late reply cannot match a later
 * wait. */
enum wait_state {
    WAIT_NONE = 0,
    WAIT_WAITING = 1,
    WAIT_COPYING = 2, /* the callee's kernel thread is writing into the caller's buffer */
    WAIT_DONE = 3,    /* reply_result is valid */
};

/* In accept_deadline: none. */
#define NO_DEADLINE UINT64_MAX

/* Why a claim says ACCEPTING_WITH. The first three are those of comesg/call_options.h. */
enum accept_flags {
    ACCEPT_NB = 1,       /* that accept_deadline has passed is EAGAIN, not ETIMEDOUT */
    ACCEPT_DEADLINE = 2, /* accept_deadline matters: the home thread must know */
    ACCEPT_SLOW = 4,     /* runs on its home thread from the start */
    ACCEPT_TOLD = 16,    /* wants to be told more than the bytes */
};

/* What a call goes to. */
struct call_target {
    uint64_t object; /* address of a thread block or a pool */
    uint32_t incarnation;
};

struct thread_block {
    void (*gates[8])(void);
    uint64_t thread_pointer; /* untrusted value, only ever handed back */
    uint64_t region_base;
    struct handle_entry *handles;
    uint32_t handle_limit;
    uint32_t incarnation; /* counted up when the slot is given to a new thread; handles name it */
    uint64_t cookie;
    uint64_t checked_pad; /* the last address found to be a landing pad: text never changes */
    uint64_t slots;       /* + CORE_SLOT_SIZE * owner: the thread block of any kernel thread */
    uint64_t unused;

    _Atomic uint64_t claim;
    struct thread_block *caller; /* valid while LENT or HOME */
    uint64_t owner_word;         /* claim word addend of the kernel thread that runs this context */
    uint32_t mxcsr; /* its exception flags only count while a system call of this is made by another kernel thread */
    _Atomic uint16_t force_out; /* this co-process is being ended: leave at the next exit */
    _Atomic uint16_t look;      /* the next exit goes through core_attention; written by whoever runs this context */
    uint64_t control_sp;
    uint64_t data_sp;
    uint64_t in_address; /* checked buffer that a request (in coaccept) or reply (in cocall) is copied to */
    uint64_t in_length;
    uint64_t pad;
    uint64_t recovery;          /* landing pad to restart at when the context is lost; 0: the co-process ends */
    _Atomic uint32_t waiters;   /* somebody waits for this to accept, perhaps */
    uint32_t accept_flags;      /* ACCEPT_*, while it accepts */
    uint64_t offered;           /* bytes that the callee offered for a reply */
    uint64_t accept_cookie;     /* for RESUME_ACCEPT */
    _Atomic uint32_t cancelled; /* incarnation of the thread that has been cancelled */
    uint32_t unused2[5];

    uint64_t saved_rbx;
    uint64_t saved_rbp;
    uint64_t saved_r12;
    uint64_t arguments[7];

    struct coprocess *coprocess;
    struct thread_block *callee; /* who is waited for while `wait` is not WAIT_NONE */
    _Atomic uint64_t wait;
    uint64_t wait_number;
    int64_t reply_result;
    uint64_t reply_wait; /* the caller's wait word that this block's reply must match */
    int64_t resume_result;
    uint64_t resume_exit;
    uint64_t call_deadline; /* when the present system call has waited enough; 0: not known yet, or without limit */
    int32_t caller_pid;     /* while HOME: the caller may be gone by now; so for the next two */
    uint64_t caller_identity;
    uint64_t caller_cookie;
    uint32_t resume_kind;
    bool reply_copied;    /* the caller has its reply, but has not been told */
    uint64_t initial_sp;  /* where its data stack begins, and begins again after a recovery */
    uint64_t signal_mask; /* only remembered */
    uint64_t clear_tid;   /* address in the program that gets 0, and a wake-up, when the thread ends; unchecked */

    /* Co-processes whose memory this context touches though it holds no claim there, and how often it has. */
    struct coprocess *_Atomic working[2];
    _Atomic uint64_t working_number;
    struct pool *_Atomic changes; /* the pool that this context changes: none is made of its place meanwhile */

    /* Co-processes whose handle tables this context looks into or changes: they are not cleared meanwhile. Void when
     * the kernel thread that runs the context is dead. */
    struct coprocess *_Atomic tables[2];
    _Atomic bool revoking; /* entries of any table may be REVOKED in the name of that kernel thread */

    /* The present call, if the switcher's fast path does not make it. */
    struct call_target target;
    bool target_is_pool;
    uint32_t call_flags;

    /* Attachments that this context sends, and how many of them are still to be passed on. */
    uint32_t sent_count;
    struct coattachment sent[COATTACHMENT_MAX];
    /* Where the program of this wants to be told what it receives; 0: nowhere. */
    uint64_t information;
    uint64_t information_array, information_capacity;
    /* What has been received and not been reported. */
    uint32_t received_count, dropped;
    struct coattachment received[COATTACHMENT_MAX];
    /* Descriptors among what this context sends: still to be held; held; counted in the quota. */
    uint32_t sent_descriptors, held_descriptors, counted_descriptors;
    /* Where descriptors wait to be received: index + 1, or 0; and what the word of that lane says then. */
    uint32_t lane;
    uint64_t lane_word;

    _Atomic uint64_t accept_deadline; /* while it accepts: when its home thread ends that; or NO_DEADLINE */

    /* Waiting for ports: the first is a futex, counted up by whoever wants this to look again. */
    _Atomic uint32_t wakes;
    uint32_t wakes_seen;
    _Atomic uint32_t waker_cpu; /* of the last of these, plus 1 */
    _Atomic bool waits_for_ports;
    bool waits_long;    /* the last time it did */
    uint32_t owed_wake; /* slot + 1 of a thread that sleeps there, which this kernel thread is to wake; 0: none */

    struct supervisor_request request;
    _Atomic uint64_t launch; /* how far the launch has come that this thread waits for; a futex, see launch.h */
    struct kernel_thread home;
};

#define TB_ASSERT(field, offset) _Static_assert(offsetof(struct thread_block, field) == (offset), #field)
TB_ASSERT(thread_pointer, COMESG_THREAD_POINTER);
TB_ASSERT(region_base, TB_REGION_BASE);
TB_ASSERT(handles, TB_HANDLES);
TB_ASSERT(handle_limit, TB_HANDLE_LIMIT);
TB_ASSERT(incarnation, TB_INCARNATION);
TB_ASSERT(cookie, TB_COOKIE);
TB_ASSERT(checked_pad, TB_CHECKED_PAD);
TB_ASSERT(slots, TB_SLOTS);
TB_ASSERT(claim, TB_CLAIM);
TB_ASSERT(caller, TB_CALLER);
TB_ASSERT(owner_word, TB_OWNER_WORD);
TB_ASSERT(mxcsr, TB_MXCSR);
TB_ASSERT(force_out, TB_FORCE_OUT);
TB_ASSERT(control_sp, TB_CONTROL_SP);
TB_ASSERT(data_sp, TB_DATA_SP);
TB_ASSERT(in_address, TB_IN_ADDRESS);
TB_ASSERT(in_length, TB_IN_LENGTH);
TB_ASSERT(pad, TB_PAD);
TB_ASSERT(recovery, TB_RECOVERY);
TB_ASSERT(waiters, TB_WAITERS);
TB_ASSERT(offered, TB_OFFERED);
TB_ASSERT(accept_cookie, TB_ACCEPT_COOKIE);
TB_ASSERT(cancelled, TB_CANCELLED);
TB_ASSERT(saved_rbx, TB_SAVED_RBX);
TB_ASSERT(saved_rbp, TB_SAVED_RBP);
TB_ASSERT(saved_r12, TB_SAVED_R12);
TB_ASSERT(arguments, TB_ARGUMENTS);
_Static_assert(sizeof(struct thread_block) <= 4096, "a thread block fits its page");

/* What a home thread does when its block's claim has become HOME. */
enum resume_kind {
    RESUME_SYSTEM_CALL, /* execute the system call in `arguments`, return its result */
    RESUME_RESULT,      /* return resume_result by resume_exit */
    RESUME_WAIT,        /* go on waiting for the reply of `callee` */
    RESUME_CALL,        /* go on waiting until the target of the call accepts */
    RESUME_RECEIVE,     /* receive the descriptors of the request, return resume_result from coaccept */
    RESUME_ACCEPT,      /* begin coaccept_with again */
    RESUME_FRAME,       /* continue the context in the slot's frame area */
    RESUME_RECOVERY,    /* the context was lost: start at the recovery entry; the claim is RUNNING, not HOME */
};

/* Heap and mappings of a region: sorted, disjoint, never adjacent with equal protection. Region offsets. Their number
 * bounds the mappings of the address space, which all co-processes share, that one of them can cause: twice as many. */
#define MEMORY_RANGES 512
struct memory_range {
    uint64_t start, end;
    uint64_t protection;
};
struct memory_table {
    uint64_t program_break;
    uint32_t count;
    struct memory_range ranges[MEMORY_RANGES];
};

enum { NAMES_PER_COPROCESS = 64, COPROCESS_NAME = 64, THREADS_MAX = 256 };
enum { TOKENS_PER_COPROCESS = 1024, ATTACHED_PER_COPROCESS = 256 };

/* How far the end of a co-process is with its handles. */
enum handles_closed {
    HANDLES_OPEN = 0,
    HANDLES_CLOSING = 1, /* nobody may begin to use the table; what was derived from them is still being relinked */
    HANDLES_CLOSED = 2,  /* and the table may be cleared at any time */
};

/* Why a co-process had to be ended by the core, for its exit report. */
struct fault_record {
    int32_t signal; /* 0: none */
    uint64_t address;
    uint64_t pc; /* region offset */
};

struct coprocess {
    uint64_t region_base;
    uint32_t index;
    uint32_t incarnation; /* counted up when the record is given to a new co-process; never 0 in use */
    _Atomic int32_t pid;
    _Atomic uint32_t dying;
    _Atomic uint32_t continued; /* by somebody other than the supervisor, since it was stopped */
    struct fault_record fault;
    uint32_t context_lost; /* a caller's kernel thread died while it ran this co-process */
    char name[COPROCESS_NAME];
    struct realm *realm;
    struct thread_block *block;            /* of its first thread */
    _Atomic uint32_t threads[THREADS_MAX]; /* owners of its kernel threads; 0: free */

    /* Region offsets, page aligned, set by the loader. */
    uint64_t text_start, text_end;
    uint64_t image_end;
    uint64_t entry;
    uint64_t initial_sp; /* offset of argc */

    /* How it was started. */
    const struct launch_plan *plan; /* valid until `entered` */
    _Atomic uint32_t entered;       /* the program runs, or has run */
    uint32_t start_error;           /* errno, if it could not be */
    uint32_t start_step;
    uint32_t system_calls; /* COEXEC_CALLS_* */
    bool may_publish;
    _Atomic uint32_t vaults;
    uint64_t quota[COQUOTA_END];
    _Atomic uint32_t held_descriptors; /* all that its threads are sending */
    _Atomic uint32_t descriptor_limit; /* no descriptor is higher, but for those that threads are about to get */
    bool microkernel;                  /* it is a part of it */
    uint64_t launcher;                 /* identity of who has started it; 0: the command line */
    bool namespace_chosen;             /* its launcher, or that of its launcher, chose `root` */
    uint64_t root;                     /* handle of the namespace that was chosen; 0: none */
    uint32_t vector_count;
    uint64_t vector[LAUNCH_HANDLES];

    _Atomic uint64_t ignored_signals; /* bit n - 1 for signal n */
    uint32_t name_count;

    uint32_t handle_limit;           /* handles have smaller indices */
    _Atomic uint32_t handle_used;    /* entries from here on were never used */
    _Atomic uint32_t handle_hint;    /* where a free entry may be */
    _Atomic bool handles_passed;     /* something in another table was derived from one of these handles */
    _Atomic uint32_t handles_closed; /* enum handles_closed */

    /* The lock names the kernel thread that holds it. Changes are made to the table that is not valid; one store makes
     * it the valid one. */
    uint64_t data_start;                           /* what is writable of the image: from here to its end */
    _Atomic uint64_t tokens[TOKENS_PER_COPROCESS]; /* of single-use windows into this co-process: windows.c */
    /* Where memory objects are attached: region offsets, end << 32 | start; 0: none. */
    _Atomic uint64_t attached[ATTACHED_PER_COPROCESS];
    _Atomic uint32_t attached_limit;

    _Atomic uint32_t memory_lock;
    _Atomic uint32_t memory_waiting; /* threads that sleep on the lock, or died while they did */
    _Atomic uint32_t memory_valid;   /* index in memory */
    struct memory_table memory[2];
};
_Static_assert(sizeof(struct coprocess) <= COPROCESS_HANDLES, "a co-process record fits its place");

/* Names of the realm. An entry is live from the store of `block` to its removal, both by a holder of the lock; the lock
 * names the kernel thread that holds it, so that the supervisor can free it when that thread dies. */
enum { NAME_SIZE = 92, NAMES = 16384, REQUEST_SLOTS = 65536 };
struct name_entry {
    _Atomic(struct thread_block *) block;
    uint32_t incarnation;
    char name[NAME_SIZE];
};

/* What slot_use says of a slot: 0 free, else the index + 1 of the co-process whose it is, and perhaps one of these. */
enum {
    SLOT_PREPARING = 0x40000000, /* its thread block may not exist yet */
    SLOT_LEFT = 0x20000000,      /* its thread has nothing more to do with the core: free when the thread is gone */
    SLOT_COPROCESS = 0x1fffffff,
};

/* Who waits until somebody accepts, indexed by the slot of the waiting context. */
struct waiting {
    _Atomic uint64_t target; /* address of a thread block or a pool; 0: does not wait */
    _Atomic uint64_t ticket; /* those who wait for the same take turns in this order */
    uint32_t incarnation;    /* of the target */
    _Atomic uint32_t wake;   /* futex: counted up when it is worth looking again */
};

/* A pair of connected sockets that descriptors take from one co-process to another: descriptors.c. */
struct lane {
    _Atomic uint64_t word;
    _Atomic uint64_t since;  /* when something was sent */
    _Atomic uint32_t sender; /* index + 1 of its co-process; 0: none */
};
enum { LANES = 32, LANE_DESCRIPTORS = 2 * LANES };

/* Descriptors that a co-process may be sending at a time. */
enum { HELD_DESCRIPTORS = 256 };

/* Descriptors from hidden_descriptor on that programs cannot use: those of the lanes, which are open all the time, two
 * for each thread, and those that are being sent. */
enum { HIDDEN_DESCRIPTORS = LANE_DESCRIPTORS + 2 * THREADS_MAX + HELD_DESCRIPTORS };

struct realm {
    uint64_t core_area;
    uint64_t regions_start, regions_end;
    const struct switcher *switcher;
    int32_t supervisor_pid;
    int32_t hidden_descriptor; /* where the hidden ones begin, in every co-process and the supervisor */
    struct lane lanes[LANES];
    _Atomic uint64_t deaths, deaths_begun;         /* records of deaths that have been written, and begun */
    _Atomic uint32_t death_events;                 /* futex: counted up with each */
    _Atomic uint64_t watch;                        /* until when the watcher of deadlines sleeps */
    _Atomic uint32_t watch_events;                 /* its futex */
    _Atomic uint64_t deadlines[SLOTS_MAX];         /* of the present call of each thread block; 0: none */
    _Atomic uint32_t fault_events;                 /* futex: counted up when somebody needs the supervisor */
    _Atomic uint64_t requests[REQUEST_SLOTS / 64]; /* a bit per slot that has made a request */
    bool guard_pages;                              /* the kernel can put guards into a mapping */
    _Atomic uint32_t slot_limit;                   /* slots from here on were never used */
    _Atomic uint32_t slot_use[SLOTS_MAX];
    _Atomic bool slot_accessible[SLOTS_MAX]; /* stays so */
    _Atomic uint32_t name_lock;
    uint32_t name_limit;                     /* entries from here on were never used */
    _Atomic uint32_t coprocess_limit;        /* records from here on were never used */
    _Atomic uint32_t references_closed;      /* handles that say that something is still referred to */
    _Atomic uint32_t object_limit;           /* memory objects from here on were never used */
    _Atomic bool objects_dropped;            /* some memory object may be referred to by nothing */
    _Atomic uint32_t relinked_while_revoked; /* derivation.c */
    struct name_entry names[NAMES];
    _Atomic uint64_t tickets;
    _Atomic uint32_t waiting_limit; /* entries from here on were never used */
    _Atomic uint32_t pool_limit;    /* pools from here on were never used */
    _Atomic uint32_t port_limit;    /* places for ports from here on are not accessible */
    struct waiting waiting[SLOTS_MAX];
};
_Static_assert(sizeof(struct realm) <= CORE_POOLS / 2, "the realm fits its place");

/* A memory object. Only the supervisor writes it, but for `fresh`. */
enum { OBJECTS_MAX = 16384 };
struct memory_object {
    _Atomic uint32_t incarnation; /* counted up when it goes */
    _Atomic bool fresh;           /* its maker has not made a handle to it yet */
    uint64_t size;                /* 0: free */
    struct coprocess *owner;      /* whose quota it counts in */
    uint32_t owner_incarnation;
};

static inline uint64_t claim_word(uint64_t generation, uint32_t owner, unsigned state)
{
    return generation << 32 | (uint64_t)owner << CLAIM_OWNER_SHIFT | state;
}

static inline unsigned claim_state(uint64_t claim)
{
    return claim & 0xff;
}

/* Parked in coaccept; the owner is 0. */
static inline bool claim_accepts(uint64_t claim)
{
    unsigned state = claim_state(claim);
    return state == CLAIM_ACCEPTING || state == CLAIM_ACCEPTING_WITH || state == CLAIM_RESERVED;
}

static inline uint32_t claim_owner(uint64_t claim)
{
    return (uint32_t)claim >> CLAIM_OWNER_SHIFT;
}

static inline uint32_t claim_generation(uint64_t claim)
{
    return (uint32_t)(claim >> 32);
}

static inline uint64_t owner_word(uint32_t owner)
{
    return claim_word(0, owner, CLAIM_LENT) - CLAIM_ACCEPTING;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Where things lie in core memory, and the states of the words that several processes share.  Read by C and assembly:
 * only preprocessor constants.  The C compiler checks the offsets against the structures (thread_block.h).
 */
#ifndef COMESG_CORE_LAYOUT_H
#define COMESG_CORE_LAYOUT_H

/* The core area, from its first byte: the realm, one record per co-process, one slot per kernel thread. */
#define CORE_POOLS 0x2000000
#define CORE_POOL_SIZE (1 << CORE_POOL_SHIFT)
#define CORE_POOL_SHIFT 11
#define CORE_POOLS_MAX 4096
#define CORE_SEALS 0x3000000
#define CORE_SEALS_MAX 256
#define CORE_PORTS 0x4000000
#define CORE_PORT_SIZE 0x4000
#define CORE_PORTS_MAX 16384
#define CORE_OBJECTS 0x20000000
#define CORE_DEATHS 0x21000000
#define CORE_RINGS 0x40000000
#define CORE_RING_SIZE 0x100000
#define CORE_COPROCESSES 0x1000000000
#define CORE_COPROCESS_SIZE 0x400000
#define CORE_SLOTS 0x2000000000
#define CORE_SLOT_SIZE (1 << CORE_SLOT_SHIFT)
#define CORE_SLOT_SHIFT 21
#define SLOTS_MAX 0x10000

/* Offset in a co-process's record: the rest of it is its handle table. */
#define COPROCESS_HANDLES 0x10000

/* Offsets in a slot, which is aligned to its size. Everything between the named parts is a guard. */
#define SLOT_CONTROL_STACK 0x1000
#define SLOT_THREAD_BLOCK 0x100000 /* also the top of the control stack */
#define SLOT_GATE_STACK 0x102000
#define SLOT_GATE_STACK_TOP 0x112000
#define SLOT_SIGNAL_STACK 0x113000
#define SLOT_SIGNAL_STACK_TOP 0x133000
#define SLOT_PARK_STACK 0x134000
#define SLOT_PARK_STACK_TOP 0x138000
#define SLOT_FRAME 0x139000 /* a context that was interrupted and moved here */
#define SLOT_FRAME_END 0x13c000

/* The same, as seen from the thread block. */
#define TB_GATE_STACK_TOP (SLOT_GATE_STACK_TOP - SLOT_THREAD_BLOCK)
#define TB_PARK_STACK_TOP (SLOT_PARK_STACK_TOP - SLOT_THREAD_BLOCK)

/* From `slots` of a thread block to the pools, counted from 1. */
#define SLOTS_TO_POOLS (CORE_POOLS - CORE_POOL_SIZE - (CORE_SLOTS - CORE_SLOT_SIZE + SLOT_THREAD_BLOCK))

/* Thread block. */
#define TB_REGION_BASE 0x48
#define TB_HANDLES 0x50
#define TB_HANDLE_LIMIT 0x58
#define TB_INCARNATION 0x5c
#define TB_COOKIE 0x60
#define TB_CHECKED_PAD 0x68
#define TB_SLOTS 0x70
#define TB_CLAIM 0x80
#define TB_CALLER 0x88
#define TB_OWNER_WORD 0x90
#define TB_MXCSR 0x98
#define TB_FORCE_OUT 0x9c /* with `look` in its upper half: an exit that finds it not zero does not go on */
#define TB_CONTROL_SP 0xa0
#define TB_DATA_SP 0xa8
#define TB_IN_ADDRESS 0xb0
#define TB_IN_LENGTH 0xb8
#define TB_PAD 0xc0
#define TB_RECOVERY 0xc8
#define TB_WAITERS 0xd0
#define TB_OFFERED 0xd8
#define TB_ACCEPT_COOKIE 0xe0
#define TB_CANCELLED 0xe8
#define TB_SAVED_RBX 0x100
#define TB_SAVED_RBP 0x108
#define TB_SAVED_R12 0x110
#define TB_ARGUMENTS 0x118 /* seven words */

/* Handle table entry. */
#define HANDLE_VALUE 0
#define HANDLE_KIND 8
#define HANDLE_RIGHTS 12
#define HANDLE_OBJECT 16
#define HANDLE_OBJECT_INCARNATION 24
#define HANDLE_STANDS_FOR 40
#define HANDLE_SIZE_SHIFT 6
/* Kinds; those below 0x100 are the same as the public COHANDLE_*. */
#define HANDLE_KIND_TARGET 1
#define HANDLE_KIND_SEALED 2
#define HANDLE_KIND_WINDOW 3
#define HANDLE_KIND_MEMORY 4
#define HANDLE_KIND_SERVICE 9
#define HANDLE_KIND_PRIVILEGED 13
#define HANDLE_KIND_POOL 0x100    /* to programs: COHANDLE_TARGET */
#define HANDLE_KIND_MAPPING 0x101 /* an attached memory object: derived from the handle that attached it */
#define HANDLE_RIGHT_CALL 0x1000  /* CORIGHT_CALL */

/* Pool. */
#define POOL_USE 0
#define POOL_FLAGS 12
#define POOL_HINT 20
#define POOL_WORKERS 24
#define POOL_WORKERS_MAX 128
#define POOL_SLOW 1
/* In what a handle made with a seal stands for: not a thread, but a pool. Its low half then is this and place + 1. */
#define MINTED_POOL_BIT 31

/* Claim word: bits 0-7 state, 8-31 owner (slot index + 1 of a kernel thread), 32-63 generation, counted up whenever the
 * thread block becomes ready to accept, or dies. */
#define CLAIM_RUNNING 0        /* on its home thread, serving nobody */
#define CLAIM_ACCEPTING 1      /* parked in coaccept; owner 0 */
#define CLAIM_LENT 2           /* serving a caller on the caller's kernel thread, the owner */
#define CLAIM_HOME 3           /* serving a caller on its home thread, the owner */
#define CLAIM_DYING 4          /* never to run again */
#define CLAIM_ACCEPTING_WITH 5 /* as ACCEPTING, but only core_cocall knows what else it wants */
#define CLAIM_RESERVED 6       /* as ACCEPTING, for the first of those who wait for it */
#define CLAIM_OWNER_SHIFT 8

/* What the slow paths written in C tell the assembly to do. Outside the range of errno values and lengths. */
#define CORE_MOVE_HOME (-0x7fffffff)
#define CORE_RETRY (-0x7ffffffe)
#define CORE_PARK (-0x7ffffffd)
#define CORE_RELEASE (-0x7ffffffc)
#define CORE_LEAVE (-0x7ffffffb)

/* Which exit a resumed context takes: one of these, or into the callee whose thread block this is. */
#define EXIT_SYSTEM_CALL 0
#define EXIT_ACCEPT 1
#define EXIT_COCALL 2
#define EXIT_RECOVERY 3
#define EXIT_MOVE_HOME 4 /* not into the program, but as move_home and force_out of the switcher do */
#define EXIT_FORCE_OUT 5
#define EXIT_PARK 6 /* has replied, and waits for the next call */

#endif

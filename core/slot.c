/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Slots: the stacks and the thread block of each kernel thread. A slot is taken by compare-and-swap on its word in
 * slot_use; a slot that was made accessible once stays so.
 */
#include "core/kernel.h"

#include <stdatomic.h>
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

struct part {
    uint32_t start, end;
};

/* The accessible parts of a slot, in order; what lies between is a guard. */
static const struct part slot_parts[] = {
    {SLOT_CONTROL_STACK, SLOT_THREAD_BLOCK + 0x1000},
    {SLOT_GATE_STACK, SLOT_GATE_STACK_TOP},
    {SLOT_SIGNAL_STACK, SLOT_SIGNAL_STACK_TOP},
    {SLOT_PARK_STACK, SLOT_PARK_STACK_TOP},
    {SLOT_FRAME, SLOT_FRAME_END},
};
enum { SLOT_PARTS = sizeof slot_parts / sizeof slot_parts[0] };

static bool protect(uint64_t address, uint64_t length, int protection)
{
    return kernel3(SYS_mprotect, (long)address, (long)length, protection) == 0;
}

/* One mapping for the whole slot, which merges with its neighbours', and guards inside it. */
static bool guards_inside(uint64_t slot)
{
    uint32_t start = 0;
    if (!protect(slot, CORE_SLOT_SIZE, PROT_READ | PROT_WRITE))
        return false;
    for (unsigned i = 0; i <= SLOT_PARTS; i++) {
        uint32_t end = i < SLOT_PARTS ? slot_parts[i].start : CORE_SLOT_SIZE;
        if (kernel3(SYS_madvise, (long)(slot + start), end - start, MADV_GUARD_INSTALL))
            return false;
        if (i < SLOT_PARTS)
            start = slot_parts[i].end;
    }
    return true;
}

/* On kernels without guard pages: a mapping for each accessible part. */
static bool guards_between(uint64_t slot)
{
    bool good = protect(slot, CORE_SLOT_SIZE, PROT_NONE);
    for (unsigned i = 0; i < SLOT_PARTS; i++)
        good = good &&
               protect(slot + slot_parts[i].start, slot_parts[i].end - slot_parts[i].start, PROT_READ | PROT_WRITE);
    return good;
}

/* Those that died in the middle of this have left the slot marked as not accessible: it is done again. */
static bool make_accessible(struct realm *realm, const struct thread_block *block, uint32_t index)
{
    uint64_t slot = core_slot_of(block);
    if (!realm->slot_accessible[index])
        realm->slot_accessible[index] = (realm->guard_pages && guards_inside(slot)) || guards_between(slot);
    return realm->slot_accessible[index];
}

/* An incarnation is never given again, or handles to a thread that has ended would name another. The last are left over
 * for those who take the slot and leave between this look and its use. */
static bool is_used_up(const struct realm *realm, uint32_t index)
{
    return realm->slot_accessible[index] && core_block_of(realm, index + 1)->incarnation >= UINT32_MAX - SLOTS_MAX;
}

/* The lowest free slot, so that those in use lie side by side. Whose it was before leaves nothing behind. */
static uint32_t claim_slot(struct realm *realm, uint32_t user)
{
    for (uint32_t index = 0; index < SLOTS_MAX; index++) {
        uint32_t present = realm->slot_use[index];
        bool gone = (present & SLOT_LEFT) && core_thread_is_dead(&core_block_of(realm, index + 1)->home);
        if ((present && !gone) || is_used_up(realm, index))
            continue;
        if (!atomic_compare_exchange_strong(&realm->slot_use[index], &present, user | SLOT_PREPARING))
            continue;
        if (gone && !core_thread_is_dead(&core_block_of(realm, index + 1)->home)) {
            realm->slot_use[index] = present; /* another one has come and left meanwhile, and is not gone yet */
            continue;
        }
        if (gone && (present & SLOT_COPROCESS) != user)
            core_slot_drop_stacks(core_block_of(realm, index + 1));
        core_raise_limit(&realm->slot_limit, index + 1);
        return index;
    }
    return SLOTS_MAX;
}

struct thread_block *core_slot_take(struct coprocess *coprocess)
{
    struct realm *realm = coprocess->realm;
    uint32_t index = claim_slot(realm, coprocess->index + 1);
    if (index == SLOTS_MAX)
        return NULL;
    struct thread_block *block = core_block_of(realm, index + 1);
    if (make_accessible(realm, block, index))
        return block;
    realm->slot_use[index] = 0;
    return NULL;
}

void core_slot_use(struct thread_block *block)
{
    struct coprocess *coprocess = block->coprocess;
    coprocess->realm->slot_use[block->home.owner - 1] = coprocess->index + 1;
}

/* One who died before the second look of claim_slot has taken the slot of another co-process's thread, which is still
 * on its stacks. */
static bool is_anothers(const struct thread_block *block, const struct coprocess *coprocess)
{
    return !core_thread_is_dead(&block->home) && block->coprocess != coprocess;
}

/* For the supervisor, when all its threads are gone: the slots that it had, or was about to have. */
void core_slots_free(const struct coprocess *coprocess)
{
    struct realm *realm = coprocess->realm;
    uint32_t limit = realm->slot_limit;
    for (uint32_t index = 0; index < limit; index++) {
        uint32_t use = realm->slot_use[index];
        if ((use & SLOT_COPROCESS) != coprocess->index + 1)
            continue;
        /* Others may take one that a thread has left: its stacks are theirs then. */
        if (!atomic_compare_exchange_strong(&realm->slot_use[index], &use, (coprocess->index + 1) | SLOT_PREPARING))
            continue;
        const struct thread_block *block = core_block_of(realm, index + 1);
        bool accessible = realm->slot_accessible[index];
        if (accessible && is_anothers(block, coprocess)) {
            realm->slot_use[index] = (block->coprocess->index + 1) | SLOT_LEFT;
            continue;
        }
        if (accessible)
            core_slot_drop_stacks(block);
        realm->slot_use[index] = 0;
    }
}

/* Their memory goes back to the system. */
void core_slot_drop_stacks(const struct thread_block *block)
{
    uint64_t slot = core_slot_of(block);
    kernel3(SYS_madvise, (long)(slot + SLOT_CONTROL_STACK), SLOT_THREAD_BLOCK - SLOT_CONTROL_STACK, MADV_DONTNEED);
    for (unsigned i = 1; i < SLOT_PARTS; i++)
        kernel3(SYS_madvise, (long)(slot + slot_parts[i].start), slot_parts[i].end - slot_parts[i].start,
                MADV_DONTNEED);
}

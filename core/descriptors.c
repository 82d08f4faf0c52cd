/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File descriptors as attachments.
 *
 * A lane is a pair of connected sockets that every co-process has, under numbers that no program can use. The sender
 * puts all descriptors of a call into one lane as one message, and tells the receiver which; the receiver takes it out
 * again. In between the kernel holds the files, and no process: whoever empties a lane without asking for the
 * descriptors has dropped them, and is never made to wait by a file system, as who closes a file is.
 *
 * What is judged is a copy of the sender's descriptor that the program cannot reach, and that copy is what is sent.
 */
#include "core/descriptors.h"
#include "core/kernel.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* States of a lane's word, which otherwise is as a claim word. The owner is who sends, takes or empties, or who is to
 * take. */
enum lane_state { LANE_FREE = 0, LANE_SENDING, LANE_SENT, LANE_TAKING, LANE_EMPTYING };

enum { LANES_OF_ONE = LANES / 4, MILLISECOND = 1000000, PATIENCE = 100, FORGOTTEN = 1000 };
#define LANE_OWNER_SUPERVISOR 0xffffffu

/* What is sent and received, with room for the descriptors. */
struct parcel {
    struct msghdr message;
    struct iovec part;
    uint64_t word; /* of the lane: a message that says something else is not the one that was sent */
    struct {
        struct cmsghdr header;
        int32_t numbers[COATTACHMENT_MAX];
    } control;
};

static void prepare(struct parcel *parcel, uint64_t word, uint32_t count)
{
    parcel->word = word;
    parcel->part = (struct iovec){&parcel->word, sizeof parcel->word};
    parcel->message = (struct msghdr){
        .msg_iov = &parcel->part,
        .msg_iovlen = 1,
        .msg_control = &parcel->control,
        .msg_controllen = CMSG_LEN(count * sizeof(int32_t)),
    };
    parcel->control.header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(count * sizeof(int32_t)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
}

static struct lane *lane_at(struct realm *realm, uint32_t index)
{
    return &realm->lanes[index];
}

static long sending_end(const struct realm *realm, uint32_t index)
{
    return realm->hidden_descriptor + 2 * (long)index;
}

static long taking_end(const struct realm *realm, uint32_t index)
{
    return sending_end(realm, index) + 1;
}

static bool exchange(struct lane *lane, uint64_t expected, uint64_t desired)
{
    return atomic_compare_exchange_strong(&lane->word, &expected, desired);
}

static uint64_t with_state(uint64_t word, uint32_t owner, enum lane_state state)
{
    return claim_word(claim_generation(word), owner, state);
}

static void free_lane(struct lane *lane, uint64_t word)
{
    lane->sender = 0;
    lane->word = claim_word(claim_generation(word) + 1, 0, LANE_FREE);
}

/* The lane's word is `word` and says that we empty it. */
static void empty(struct realm *realm, uint32_t index, uint64_t word)
{
    uint64_t byte;
    while (core_kernel(SYS_recvfrom, taking_end(realm, index), (long)&byte, sizeof byte, MSG_DONTWAIT, 0, 0) >= 0)
        ;
    free_lane(lane_at(realm, index), word);
}

/* True if the lane was in this state; now it is free. */
static bool discard(struct realm *realm, uint32_t index, uint64_t word, uint32_t owner)
{
    uint64_t emptying = with_state(word, owner, LANE_EMPTYING);
    if (!exchange(lane_at(realm, index), word, emptying))
        return false;
    empty(realm, index, emptying);
    return true;
}

/* Anonymous files have no type; what they are is said by the name that the kernel gives them. */
static bool is_event_counter(int64_t descriptor)
{
    static const char event_counter[] = "anon_inode:[eventfd]";
    char path[CORE_DESCRIPTOR_PATH], name[sizeof event_counter];
    core_descriptor_path(path, descriptor);
    if (kernel3(SYS_readlink, (long)path, (long)name, sizeof name) != sizeof name - 1)
        return false;
    for (unsigned i = 0; i < sizeof name - 1; i++) {
        if (name[i] != event_counter[i])
            return false;
    }
    return true;
}

static bool is_terminal(uint64_t device)
{
    enum { CONSOLES = 4, PSEUDO_FIRST = 136, PSEUDO_LAST = 143 };
    unsigned number = major(device);
    return number == CONSOLES || (number >= PSEUDO_FIRST && number <= PSEUDO_LAST);
}

/* What programs may open, and what they may have been given: sockets, terminals, event counters. */
static bool may_be_sent(int64_t descriptor)
{
    struct stat status;
    struct statfs file_system;
    if (kernel3(SYS_fstat, descriptor, (long)&status, 0) || kernel3(SYS_fstatfs, descriptor, (long)&file_system, 0))
        return false;
    if (S_ISSOCK(status.st_mode) || (S_ISCHR(status.st_mode) && is_terminal(status.st_rdev)))
        return true;
    if ((uint32_t)file_system.f_type == ANON_INODE_FS_MAGIC)
        return is_event_counter(descriptor);
    return core_admissible((int)descriptor);
}

/* Gives a copy under a hidden number. */
static int64_t hold(const struct thread_block *block, int32_t descriptor)
{
    if (descriptor < 0 || core_is_hidden(block, (uint64_t)descriptor))
        return -EBADF;
    int64_t first = block->coprocess->realm->hidden_descriptor + LANE_DESCRIPTORS;
    int64_t held = kernel3(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, first);
    if (held < 0)
        return held == -EBADF ? held : -EDQUOT;
    bool kept = core_is_hidden(block, (uint64_t)held);
    if (kept && may_be_sent(held))
        return held;
    kernel3(SYS_close, held, 0, 0);
    return kept ? -EACCES : -EDQUOT;
}

/* The first of the descriptors among what is to be sent are held. */
void core_release_descriptors(struct thread_block *block)
{
    uint32_t left = block->held_descriptors;
    for (uint32_t i = 0; left > 0 && i < COATTACHMENT_MAX; i++) {
        if (block->sent[i].kind != COHANDLE_DESCRIPTOR)
            continue;
        kernel3(SYS_close, block->sent[i].descriptor, 0, 0);
        left--;
    }
    block->held_descriptors = 0;
    block->coprocess->held_descriptors -= block->counted_descriptors;
    block->counted_descriptors = 0;
}

static int64_t hold_all(struct thread_block *block)
{
    for (uint32_t i = 0; i < block->sent_count; i++) {
        struct coattachment *sent = &block->sent[i];
        if (sent->kind != COHANDLE_DESCRIPTOR)
            continue;
        int64_t held = hold(block, sent->descriptor);
        if (held < 0)
            return held;
        sent->descriptor = (int32_t)held;
        block->held_descriptors++;
    }
    return 0;
}

int64_t core_hold_descriptors(struct thread_block *block)
{
    uint32_t count = block->sent_descriptors;
    block->sent_descriptors = 0;
    block->counted_descriptors = count;
    int64_t error = (block->coprocess->held_descriptors += count) > HELD_DESCRIPTORS ? -EDQUOT : hold_all(block);
    if (error)
        core_release_descriptors(block);
    return error;
}

/* Nobody waits so long for what was sent to him, unless he is stopped or does not get to run. */
static void empty_forgotten(struct thread_block *actor, struct realm *realm)
{
    uint64_t now = core_now();
    for (uint32_t index = 0; index < LANES; index++) {
        const struct lane *lane = lane_at(realm, index);
        uint64_t word = lane->word;
        if (claim_state(word) == LANE_SENT && now - lane->since > (uint64_t)FORGOTTEN * MILLISECOND)
            discard(realm, index, word, claim_owner(actor->owner_word));
    }
}

/* A lane that says that we send: its index, or LANES. No co-process has more than its part of them. */
static uint32_t find_lane(const struct thread_block *from)
{
    struct realm *realm = from->coprocess->realm;
    uint32_t own = from->coprocess->index + 1, count = 0, free = LANES;
    for (uint32_t index = 0; index < LANES; index++) {
        const struct lane *lane = lane_at(realm, index);
        count += lane->sender == own;
        if (claim_state(lane->word) == LANE_FREE)
            free = index;
    }
    if (count >= LANES_OF_ONE || free == LANES)
        return LANES;
    struct lane *lane = lane_at(realm, free);
    uint64_t word = lane->word;
    if (claim_state(word) != LANE_FREE ||
        !exchange(lane, word, with_state(word, claim_owner(from->owner_word), LANE_SENDING)))
        return LANES;
    lane->sender = own;
    return free;
}

/* All lanes are in use only for moments, if nobody wants to keep them so. */
static uint32_t take_lane(struct thread_block *from)
{
    const uint32_t nobody_wakes = 0;
    for (unsigned attempt = 0; attempt < PATIENCE && !from->force_out; attempt++) {
        uint32_t index = find_lane(from);
        if (index < LANES)
            return index;
        empty_forgotten(from, from->coprocess->realm);
        futex_wait_until(&nobody_wakes, 0, core_now() + MILLISECOND);
    }
    return LANES;
}

/* True if `to` finds the descriptors in a lane. */
static bool send_parcel(struct thread_block *from, struct thread_block *to, const int32_t *held, uint32_t count)
{
    struct realm *realm = from->coprocess->realm;
    struct parcel parcel;
    uint32_t index = take_lane(from);
    if (index == LANES)
        return false;
    struct lane *lane = lane_at(realm, index);
    uint64_t sent = with_state(lane->word, to->home.owner, LANE_SENT);
    prepare(&parcel, sent, count);
    for (uint32_t i = 0; i < count; i++)
        parcel.control.numbers[i] = held[i];
    if (kernel3(SYS_sendmsg, sending_end(realm, index), (long)&parcel.message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        free_lane(lane, lane->word);
        return false;
    }
    lane->since = core_now();
    to->lane_word = sent;
    to->lane = index + 1;
    lane->word = sent;
    return true;
}

/* Strikes out those that did not come, and gives the others their numbers. */
static void number_received(struct thread_block *block, const int32_t *numbers, uint32_t count)
{
    uint32_t kept = 0, next = 0;
    for (uint32_t i = 0; i < block->received_count; i++) {
        struct coattachment entry = block->received[i];
        if (entry.kind == COHANDLE_DESCRIPTOR) {
            int64_t placed = next < count ? core_place_descriptor(block, numbers[next++]) : -EMFILE;
            entry.descriptor = (int32_t)placed;
            if (placed < 0) {
                block->dropped++;
                continue;
            }
        }
        block->received[kept++] = entry;
    }
    block->received_count = kept;
}

void core_send_descriptors(struct thread_block *from, struct thread_block *to, const int32_t *held, uint32_t count)
{
    if (!send_parcel(from, to, held, count))
        number_received(to, NULL, 0);
}

/* Gives how many came. If the table of descriptors has no room for all, the kernel drops the rest. */
static uint32_t take_parcel(const struct realm *realm, uint32_t index, struct parcel *parcel, uint64_t word)
{
    prepare(parcel, 0, COATTACHMENT_MAX);
    long length =
        kernel3(SYS_recvmsg, taking_end(realm, index), (long)&parcel->message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (length < 0 || parcel->message.msg_controllen < CMSG_LEN(sizeof(int32_t)))
        return 0;
    uint32_t count = (uint32_t)((parcel->control.header.cmsg_len - CMSG_LEN(0)) / sizeof(int32_t));
    if (length == sizeof parcel->word && parcel->word == word)
        return count;
    for (uint32_t i = 0; i < count; i++)
        kernel3(SYS_close, parcel->control.numbers[i], 0, 0);
    return 0;
}

void core_take_descriptors(struct thread_block *block)
{
    struct realm *realm = block->coprocess->realm;
    struct parcel parcel;
    uint32_t index = block->lane - 1, count = 0;
    uint64_t taking = with_state(block->lane_word, block->home.owner, LANE_TAKING);
    block->lane = 0;
    if (exchange(lane_at(realm, index), block->lane_word, taking)) {
        count = take_parcel(realm, index, &parcel, block->lane_word);
        free_lane(lane_at(realm, index), taking);
    }
    number_received(block, parcel.control.numbers, count);
}

void core_discard_descriptors(const struct thread_block *actor, struct thread_block *block)
{
    uint32_t index = block->lane - 1;
    block->lane = 0;
    discard(block->coprocess->realm, index, block->lane_word,
            actor ? claim_owner(actor->owner_word) : LANE_OWNER_SUPERVISOR);
}

void core_lanes_recover(struct realm *realm, uint32_t owner)
{
    for (uint32_t index = 0; index < LANES; index++) {
        uint64_t word = lane_at(realm, index)->word;
        if (claim_state(word) != LANE_FREE && claim_owner(word) == owner)
            discard(realm, index, word, LANE_OWNER_SUPERVISOR);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The queue of a COCARRIER (ukernel/ipcd/carrier.c, arena.c), the undo log that its worker changes tables through
 * (ukernel/common/state.h), and what receivers note as free in memory of their own (lib/libcomsg/carrier.c), which they
 * tell with the next request. The worker runs on the kernel threads of those who send, receive and free, which are
 * killed at any instant: its context is then lost and it starts again. All blocks have the same size. Waiting for ports
 * is that of core/models/ports.pml.
 * LARGE: messages are not copied by the worker, but by the thread of ipcd that took the request, while the worker serves
 * others: a block is taken first, and enters the queue afterwards.
 */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECEIVERS
#define RECEIVERS 1
#endif
#ifndef THREADS
#define THREADS 0 /* 1: the receivers are threads of one co-process, and have one row of words */
#endif
#ifndef MESSAGES
#define MESSAGES 2 /* that each sender sends */
#endif
#ifndef DEPTH
#define DEPTH 2
#endif
#ifndef BLOCKS
#define BLOCKS 2 /* numbered from 1 */
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef KEEPS
#define KEEPS 1 /* messages that are never freed */
#endif
#ifndef LARGE
#define LARGE 0
#endif
#ifndef FAULTS
#define FAULTS 0 /* messages of which the copy fails */
#endif
#define CLIENTS (SENDERS + RECEIVERS)
#define RING 2 /* places; not less than DEPTH */

/* The words of the state that are changed through the log. */
#define QUICK 0
#define FREE 1
#define HEAD 2
#define TAIL 3
#define WAITERS 4 /* a set of clients */
#define USE (4)   /* + block */
#define COPYING (5 + BLOCKS) /* how many messages are being copied */
#define COPIES (6 + BLOCKS)  /* + client: struct copy of the thread that took the request: the block, or 0 */
#define WORDS (6 + BLOCKS + SENDERS)
#define BLOCK_FREE 0 /* in the code one with BLOCK_TAKEN; free ones are in a list */
#define BLOCK_TAKEN 1
#define BLOCK_RECEIVED 2

byte word[WORDS];
byte log_word[8], log_old[8];
byte logged;
/* Not logged. */
byte previous[BLOCKS + 1]; /* links of the free */
byte message[BLOCKS + 1], stamp[BLOCKS + 1], receiver[BLOCKS + 1];
byte ring[RING];
bit dirty, carrier_wanted;
bit wanted; /* behind the arena: receivers read it */

/* The row of each receiver: one word. */
byte row_number[CLIENTS], row_stamp[CLIENTS];
bit row_free[CLIENTS];

/* The core's part of the port. */
bit published_in;

byte claim;        /* of the worker: client + 1 on whose kernel thread it runs; HOME on its own */
#define HOME 255
byte life[CLIENTS] = 1;
bit woken[CLIENTS]; /* cowake */
bit asleep[CLIENTS], finished[CLIENTS], ended[CLIENTS];
byte kills_left = KILLS, keeps_left = KEEPS, faults_left = FAULTS;

/* What has been sent and not been received, as it should be. */
byte should[SENDERS * MESSAGES + 1];
byte should_count;

#define ALIVE (life[k])
#define sends(k) (k < SENDERS)
#define row_of(k) (THREADS -> SENDERS : k)
#define queued (word[TAIL] - word[HEAD])
#define full (queued + word[COPYING] == DEPTH)
#define PART 255 /* of a message */
#define is_received(number, r) (word[USE + number] == BLOCK_RECEIVED && receiver[number] == r)
/* Noted as free, and not yet freed. */
#define is_untold(r) (row_free[r] && is_received(row_number[r], r) && stamp[row_number[r]] == row_stamp[r])
#define wants (word[WAITERS] != 0 || word[FREE] == 0)

/* state.h. An entry that does not count yet means nothing: all of a group count from one store on. */
inline state_note(which) { log_word[logged] = which; log_old[logged] = word[which]; logged++ }
inline state_put(which, value) { atomic { ALIVE -> word[which] = value } }

inline state_set(which, value)
{
    atomic { ALIVE -> state_note(which) };
    state_put(which, value)
}

inline state_rollback()
{
    do
    :: logged > 0 -> logged--; word[log_word[logged]] = log_old[logged]
    :: logged == 0 -> break
    od
}

/* ports.h */
inline arena_take()
{
    atomic {
        ALIVE ->
        number = word[QUICK];
        assert(number != 0 && word[USE + number] == BLOCK_FREE);
        state_note(QUICK);
        state_note(FREE);
        state_note(USE + number) };
    state_put(QUICK, previous[number]);
    state_put(FREE, word[FREE] - 1);
    state_put(USE + number, BLOCK_TAKEN)
}

inline arena_give_back(number)
{
    atomic {
        ALIVE ->
        state_note(FREE);
        state_note(QUICK);
        state_note(USE + number) };
    atomic { ALIVE -> previous[number] = word[QUICK] };
    state_put(FREE, word[FREE] + 1);
    state_put(QUICK, number);
    state_put(USE + number, BLOCK_FREE)
}

/* carrier.c: free_words. Each word is a change of its own. */
inline free_word(free, its_stamp, r)
{
    if
    :: atomic { ALIVE && free != 0 && is_received(free, r) && stamp[free] == its_stamp -> skip };
        arena_give_back(free);
        atomic { ALIVE -> logged = 0; some = 1 }
    :: atomic { ALIVE && !(free != 0 && is_received(free, r) && stamp[free] == its_stamp) -> skip }
    fi
}

inline collect()
{
    do
    :: atomic {
        ALIVE && i < CLIENTS ->
        read_number = (life[i] && row_free[i] -> row_number[i] : 0);
        read_stamp = row_stamp[i] };
        free_word(read_number, read_stamp, i);
        atomic { ALIVE -> i++ }
    :: atomic { ALIVE && i == CLIENTS -> i = 0; read_number = 0; read_stamp = 0; break }
    od
}

inline carrier_review()
{
    if
    :: atomic { ALIVE && wants != carrier_wanted -> carrier_wanted = wants };
        atomic { ALIVE -> wanted = carrier_wanted };
        if
        :: atomic { ALIVE && carrier_wanted -> skip };
            collect()
        :: atomic { ALIVE && !carrier_wanted -> skip }
        fi
    :: atomic { ALIVE && wants == carrier_wanted -> skip }
    fi
}

inline wake(set)
{
    for (j : 0 .. CLIENTS - 1) {
        if
        :: set >> j & 1 -> woken[j] = 1
        :: else
        fi
    }
    j = 0
}

inline carrier_wake()
{
    if
    :: atomic { ALIVE && !full && word[WAITERS] != 0 -> wake(word[WAITERS]) };
        state_set(WAITERS, 0);
        atomic { ALIVE -> logged = 0 }
    :: atomic { ALIVE && !(!full && word[WAITERS] != 0) -> skip }
    fi
}

/* table.c. Where nobody has to be told of anything, nothing of this is done. */
inline port_changed()
{
    carrier_review();
    atomic { ALIVE -> published_in = (queued != 0) }; /* port_publish */
    carrier_wake();
    atomic { ALIVE -> dirty = 0; some = 0 } /* port_told */
}

inline begin() { atomic { ALIVE && claim == 0 -> claim = k + 1 } }
inline reply() { atomic { ALIVE -> claim = 0 } }
inline port_will_change() { atomic { ALIVE -> dirty = 1 } }

inline commit_sent()
{
    atomic { ALIVE -> logged = 0; assert(queued <= DEPTH); should[should_count] = mine; should_count++; done = 1 };
    port_changed()
}

inline enqueue()
{
    atomic { ALIVE -> stamp[number] = word[TAIL]; ring[word[TAIL] % RING] = number };
    state_set(TAIL, word[TAIL] + 1)
}

inline put()
{
    arena_take();
    atomic { ALIVE -> message[number] = mine };
    enqueue();
    commit_sent()
}

inline end_copy()
{
    state_set(COPIES + k, 0);
    state_set(COPYING, word[COPYING] - 1)
}

/* carrier.c: begin_copy, carrier_copied */
inline put_later()
{
    arena_take();
    state_set(COPIES + k, number);
    state_set(COPYING, word[COPYING] + 1);
    atomic { ALIVE -> logged = 0 };
    port_changed();
    reply();
    atomic { ALIVE -> message[number] = PART };
    atomic { ALIVE -> assert(word[USE + number] == BLOCK_TAKEN && message[number] == PART); message[number] = mine };
    begin();
    port_will_change();
    if
    :: atomic { ALIVE && faults_left > 0 -> faults_left-- };
        arena_give_back(number);
        end_copy();
        atomic { ALIVE -> logged = 0; done = 1 }; /* EFAULT */
        port_changed()
    :: atomic { ALIVE -> skip };
        enqueue();
        end_copy();
        commit_sent()
    fi
}

inline wait_for_room()
{
    state_set(WAITERS, word[WAITERS] | 1 << k);
    atomic { ALIVE -> logged = 0; some = 0 };
    carrier_review();
    if
    :: atomic { ALIVE && some -> skip };
        port_changed()
    :: atomic { ALIVE && !some -> skip }
    fi
}

/* Sets `done`: 0 for EAGAIN. */
inline carrier_send()
{
    begin();
    port_will_change();
    if
    :: atomic { ALIVE && !full && word[FREE] == 0 -> skip };
        collect()
    :: atomic { ALIVE && !(!full && word[FREE] == 0) -> skip }
    fi;
    if
    :: atomic { ALIVE && !full && word[FREE] != 0 -> skip };
        if
        :: LARGE -> put_later()
        :: !LARGE -> put()
        fi
    :: atomic { ALIVE && !(!full && word[FREE] != 0) -> done = 0 };
        wait_for_room()
    fi;
    atomic { ALIVE -> number = 0 };
    reply()
}

inline take()
{
    atomic {
        ALIVE ->
        number = ring[word[HEAD] % RING];
        assert(word[USE + number] == BLOCK_TAKEN && stamp[number] == word[HEAD]);
        state_note(HEAD);
        state_note(USE + number) };
    state_put(HEAD, word[HEAD] + 1);
    atomic { ALIVE -> receiver[number] = row_of(k) };
    state_put(USE + number, BLOCK_RECEIVED);
    atomic {
        ALIVE ->
        logged = 0;
        mine = message[number];
        assert(should_count > 0 && should[0] == mine); /* first in, first out; none lost, none twice */
        for (j : 1 .. should_count) {
            should[j - 1] = should[j]
        }
        should[should_count] = 0;
        should_count--;
        j = 0 }
}

/* With what has been told. Sets `number`: 0 for EAGAIN. */
inline carrier_receive()
{
    begin();
    port_will_change();
    free_word(told_number, told_stamp, row_of(k));
    if
    :: atomic { ALIVE && queued != 0 -> skip };
        take();
        port_changed()
    :: atomic { ALIVE && queued == 0 && some -> number = 0 };
        port_changed()
    :: atomic { ALIVE && queued == 0 && !some -> number = 0 }
    fi;
    reply()
}

/* Frees what has been told, and `which`, if that is not 0. Sets `done`: 0 for EINVAL. */
inline carrier_free(which)
{
    begin();
    port_will_change();
    free_word(told_number, told_stamp, row_of(k));
    if
    :: atomic { ALIVE && which != 0 && is_received(which, row_of(k)) -> done = 1 };
        arena_give_back(which);
        atomic { ALIVE -> logged = 0 }
    :: atomic { ALIVE && !(which != 0 && is_received(which, row_of(k))) -> done = (which == 0) }
    fi;
    port_changed();
    reply()
}

proctype sender(byte k)
{
    byte left = MESSAGES, mine = k * MESSAGES + 1, number, read_number, read_stamp, i, j;
    bit done, some;
    do
    :: atomic { ALIVE && left > 0 -> done = 0 };
        carrier_send();
        if
        :: atomic { ALIVE && done -> left--; mine++ }
        :: atomic { ALIVE && !done -> asleep[k] = 1 };
            atomic { ALIVE && woken[k] -> woken[k] = 0; asleep[k] = 0 }
        fi
    :: atomic { ALIVE && left == 0 -> finished[k] = 1; break }
    :: atomic { !ALIVE -> break }
    od
}

/* lib/libcomsg/carrier.c */
inline gather()
{
    atomic {
        ALIVE ->
        told_number = (row_free[row_of(k)] -> row_number[row_of(k)] : 0);
        told_stamp = row_stamp[row_of(k)] }
}

/* What has been told is free no longer; `received` has its place, or one in which there was nothing. */
inline note(received)
{
    atomic {
        ALIVE ->
        if
        :: told_number != 0 && row_free[row_of(k)] && row_number[row_of(k)] == told_number &&
            row_stamp[row_of(k)] == told_stamp ->
            row_number[row_of(k)] = 0;
            row_stamp[row_of(k)] = 0;
            row_free[row_of(k)] = 0
        :: else
        fi;
        if
        :: received != 0 && row_number[row_of(k)] == 0 ->
            row_number[row_of(k)] = received;
            row_stamp[row_of(k)] = stamp[received]
        :: else
        fi;
        told_number = 0;
        told_stamp = 0 }
}

inline tell_free(which)
{
    gather();
    carrier_free(which);
    note(0);
    atomic { ALIVE -> assert(done) }
}

inline coport_msg_free()
{
    if
    :: atomic { /* note_free */
        ALIVE && row_number[row_of(k)] == number && !row_free[row_of(k)] -> row_free[row_of(k)] = 1 };
        if
        :: atomic { ALIVE && wanted -> skip }; /* is_wanted */
            tell_free(0)
        :: atomic { ALIVE && !wanted -> skip }
        fi
    :: atomic { ALIVE && !(row_number[row_of(k)] == number && !row_free[row_of(k)]) -> skip };
        tell_free(number)
    fi
}

proctype receive(byte k)
{
    byte mine, number, told_number, told_stamp, read_number, read_stamp, i, j;
    bit done, some;
    do
    :: atomic { ALIVE && published_in -> asleep[k] = 0 }; /* coport_wait */
        gather();
        carrier_receive();
        note(number);
        if
        :: atomic { ALIVE && number != 0 -> assert(message[number] == mine) };
            /* The message is this receiver's as long as it is not freed. */
            atomic { ALIVE -> assert(message[number] == mine && is_received(number, row_of(k))) };
            if
            :: atomic { ALIVE && keeps_left > 0 -> keeps_left--; finished[k] = 1; break }
            :: atomic { ALIVE -> skip }
            fi;
            coport_msg_free();
            if
            :: atomic { ALIVE && !THREADS -> skip };
                carrier_free(number) /* against the rules: no message of others */
            :: atomic { ALIVE -> skip }
            fi;
            atomic { ALIVE -> number = 0; mine = 0; done = 0 }
        :: atomic { ALIVE && number == 0 -> skip }
        fi
    :: atomic { ALIVE && !published_in && !asleep[k] -> asleep[k] = 1 }
    :: atomic { !ALIVE -> break }
    od
}

active proctype fate()
{
    byte k;
    do
    :: atomic { kills_left > 0 -> kills_left--; k = 0;
        do
        :: k < CLIENTS - 1 -> k++
        :: break
        od;
        if
        :: !finished[k] -> life[k] = 0
        :: else
        fi;
        k = 0 }
    od
}

/* What the worker does on its own kernel thread. */
inline give_back_at_home(number)
{
    previous[number] = word[QUICK];
    word[QUICK] = number;
    word[FREE] = word[FREE] + 1;
    word[USE + number] = BLOCK_FREE
}

/* port_changed; `all`: what was told before is not known. */
inline tell(all)
{
    if
    :: all || wants != carrier_wanted ->
        carrier_wanted = wants;
        wanted = carrier_wanted;
        for (number : SENDERS .. CLIENTS - 1) {
            if
            :: carrier_wanted && life[number] && is_untold(number) -> give_back_at_home(row_number[number])
            :: else
            fi
        }
        number = 0
    :: else
    fi;
    published_in = (queued != 0);
    if
    :: !full -> wake(word[WAITERS]); word[WAITERS] = 0
    :: else
    fi;
    dirty = 0
}

/* worker.c: start_again. When the dead one has been reaped. */
inline recover()
{
    state_rollback();
    if
    :: dirty -> tell(1)
    :: else
    fi
}

/* What the dead receiver had received is given back, told or not. */
inline carrier_client_ended(dead)
{
    for (number : 1 .. BLOCKS) {
        if
        :: is_received(number, dead) -> give_back_at_home(number)
        :: else
        fi
    }
    number = 0;
    tell(0)
}

#define lost_copy(t) (!life[t] && sends(t) && word[COPIES + (sends(t) -> t : 0)] != 0)

proctype supervisor()
{
    byte e, number, j, free, untold;
    do
    :: atomic {
        claim != 0 && claim != HOME && !life[claim - 1] ->
        claim = HOME;
        recover();
        claim = 0 }
    /* server.c: the thread that took the request starts again, and has the worker give up what it copied. */
    :: atomic {
        claim == 0 && (lost_copy(0) || lost_copy(SENDERS - 1)) ->
        e = (lost_copy(0) -> 0 : SENDERS - 1);
        give_back_at_home(word[COPIES + e]);
        word[COPIES + e] = 0;
        word[COPYING] = word[COPYING] - 1;
        tell(0);
        e = 0 }
    :: atomic {
        claim == 0 && ((!life[0] && !ended[0]) || (!life[CLIENTS - 1] && !ended[CLIENTS - 1]) ||
                       (!life[1] && !ended[1])) ->
        e = 0;
        do
        :: !life[e] && !ended[e] -> break
        :: else -> e++
        od;
        if
        :: !sends(e) -> carrier_client_ended(e)
        :: sends(e)
        fi;
        ended[e] = 1;
        e = 0 }
    :: timeout -> break
    od;
    /* Nothing happens any more. */
    atomic {
        assert(claim == 0 && logged == 0 && should_count == queued && word[COPYING] == 0);
        for (e : SENDERS .. CLIENTS - 1) {
            untold = untold + (life[e] && is_untold(e))
        }
        for (e : 0 .. CLIENTS - 1) {
            assert(!life[e] || finished[e] ||
                   (asleep[e] && (sends(e) -> queued == DEPTH || (word[FREE] == 0 && untold == 0) : queued == 0)))
        }
        assert(word[FREE] != 0 || untold == 0); /* nobody polls for room in vain */
        number = word[QUICK];
        do
        :: number != 0 -> free++; number = previous[number]
        :: number == 0 -> break
        od;
        assert(free == word[FREE] && free + queued + untold + KEEPS - keeps_left == BLOCKS) /* no block is lost */
    }
}

init {
    atomic {
        byte t;
        for (t : 1 .. BLOCKS) {
            previous[t] = t - 1
        }
        word[QUICK] = BLOCKS;
        word[FREE] = BLOCKS;
        for (t : 0 .. SENDERS - 1) {
            run sender(t)
        }
        for (t : SENDERS .. CLIENTS - 1) {
            run receive(t)
        }
        run supervisor()
    }
}

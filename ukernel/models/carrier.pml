/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The queue of a COCARRIER (ukernel/ipcd/carrier.c, arena.c) and the undo log that its worker changes tables through
 * (ukernel/common/state.c). The worker runs on the kernel threads of those who send, receive and free, which are killed
 * at any instant: its context is then lost and it starts again. Waiting for ports is that of core/models/ports.pml.
 */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECEIVERS
#define RECEIVERS 1
#endif
#ifndef MESSAGES
#define MESSAGES 2 /* that each sender sends */
#endif
#ifndef DEPTH
#define DEPTH 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define CLIENTS (SENDERS + RECEIVERS)
#define BLOCKS 2 /* numbered from 1 */

/* The words of the state that are changed through the log. */
#define FREE_FIRST 0
#define FIRST 1
#define LAST 2
#define COUNT 3
#define WAITERS 4 /* a set of clients */
#define DIRTY 5
#define NEXT (5) /* + block */
#define USE (5 + BLOCKS)
#define WORDS (6 + 2 * BLOCKS)
#define BLOCK_FREE 0
#define BLOCK_QUEUED 1
#define BLOCK_RECEIVED 2

byte word[WORDS];
byte log_word[WORDS], log_old[WORDS];
byte logged;
/* Of blocks, not logged. */
byte message[BLOCKS + 1];
byte receiver[BLOCKS + 1];

/* The core's part of the port. */
bit published_in;

byte claim;        /* of the worker: client + 1 on whose kernel thread it runs; HOME on its own */
#define HOME 255
byte life[CLIENTS] = 1;
bit woken[CLIENTS]; /* cowake */
bit asleep[CLIENTS], finished[CLIENTS], ended[CLIENTS];
byte kills_left = KILLS;

/* What has been sent and not been received, as it should be. */
byte should[SENDERS * MESSAGES + 1];
byte should_count;

#define ALIVE (life[k])
#define sends(k) (k < SENDERS)
#define has_room (word[COUNT] < DEPTH && word[FREE_FIRST] != 0)

/* state.h: state_set. An entry that does not count yet means nothing. */
inline state_set(which, value)
{
    atomic { ALIVE -> log_word[logged] = which; log_old[logged] = word[which]; logged++ };
    atomic { ALIVE -> word[which] = value }
}

inline state_rollback()
{
    do
    :: logged > 0 -> logged--; word[log_word[logged]] = log_old[logged]
    :: logged == 0 -> break
    od
}

/* arena.c: a block that is free begins the list of others. */
inline arena_take()
{
    atomic { ALIVE -> number = word[FREE_FIRST]; assert(word[USE + number] == BLOCK_FREE) };
    state_set(FREE_FIRST, word[NEXT + number]);
    state_set(NEXT + number, 0); /* leave_free */
    state_set(USE + number, BLOCK_QUEUED)
}

inline arena_give_back()
{
    state_set(NEXT + number, word[FREE_FIRST]);
    state_set(FREE_FIRST, number);
    state_set(USE + number, BLOCK_FREE)
}

/* table.c: port_changed. On a client's kernel thread, one step at a time. */
inline port_publish() { atomic { ALIVE -> published_in = (word[COUNT] != 0) } }

inline carrier_wake()
{
    if
    :: atomic { ALIVE && word[COUNT] < DEPTH && word[WAITERS] != 0 -> skip };
        atomic { ALIVE -> wake(word[WAITERS]) };
        state_set(WAITERS, 0);
        atomic { ALIVE -> logged = 0 }
    :: atomic { ALIVE && !(word[COUNT] < DEPTH && word[WAITERS] != 0) -> skip }
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

inline port_told() { atomic { ALIVE -> word[DIRTY] = 0 } }

inline begin() { atomic { ALIVE && claim == 0 -> claim = k + 1 } }
inline reply() { atomic { ALIVE -> claim = 0 } }

inline append()
{
    atomic { ALIVE -> word[NEXT + number] = 0 }; /* not logged */
    if
    :: atomic { ALIVE && word[LAST] != 0 -> skip };
        state_set(NEXT + word[LAST], number)
    :: atomic { ALIVE && word[LAST] == 0 -> skip };
        state_set(FIRST, number)
    fi;
    state_set(LAST, number);
    state_set(COUNT, word[COUNT] + 1)
}

inline carrier_send()
{
    begin();
    if
    :: atomic { ALIVE && has_room -> skip };
        arena_take();
        atomic { ALIVE -> message[number] = mine }; /* fill */
        append();
        state_set(DIRTY, 1);
        atomic { ALIVE -> logged = 0; should[should_count] = mine; should_count++; done = 1 };
        port_publish();
        port_told()
    :: atomic { ALIVE && !has_room -> skip };
        state_set(WAITERS, word[WAITERS] | 1 << k); /* wait_for_room */
        atomic { ALIVE -> logged = 0; done = 0 }
    fi;
    atomic { ALIVE -> number = 0 };
    reply()
}

inline take_first()
{
    state_set(FIRST, word[NEXT + number]);
    if
    :: atomic { ALIVE && word[FIRST] == 0 -> skip };
        state_set(LAST, 0)
    :: atomic { ALIVE && word[FIRST] != 0 -> skip }
    fi;
    state_set(COUNT, word[COUNT] - 1)
}

inline enter_received()
{
    state_set(USE + number, BLOCK_RECEIVED);
    atomic { ALIVE -> receiver[number] = k }
}

inline carrier_receive()
{
    begin();
    atomic { ALIVE -> number = word[FIRST] };
    if
    :: atomic { ALIVE && number != 0 -> skip };
        take_first();
        enter_received();
        state_set(DIRTY, 1);
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
            j = 0 };
        port_publish();
        carrier_wake();
        port_told()
    :: atomic { ALIVE && number == 0 -> skip }
    fi;
    reply()
}

/* Sets `done`: 0 for EINVAL. */
inline carrier_free()
{
    begin();
    if
    :: atomic { ALIVE && word[USE + number] == BLOCK_RECEIVED && receiver[number] == k -> done = 1 };
        arena_give_back();
        state_set(DIRTY, 1);
        atomic { ALIVE -> logged = 0 };
        port_publish();
        carrier_wake();
        port_told()
    :: atomic { ALIVE && !(word[USE + number] == BLOCK_RECEIVED && receiver[number] == k) -> done = 0 }
    fi;
    reply()
}

proctype sender(byte k)
{
    byte left = MESSAGES, mine = k * MESSAGES + 1, number, j;
    bit done;
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

proctype receive(byte k)
{
    byte mine, number, j;
    bit done;
    do
    :: atomic { ALIVE && published_in -> asleep[k] = 0 }; /* coport_wait */
        carrier_receive();
        if
        :: atomic { ALIVE && number != 0 -> assert(message[number] == mine) }; /* as long as it is not freed */
            carrier_free();
            atomic { ALIVE -> assert(done) };
            carrier_free(); /* once more: refused */
            atomic { ALIVE -> assert(!done); number = 0; mine = 0 }
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
        fi }
    od
}

/* worker.c: start_again. On the worker's own kernel thread, when the dead one has been reaped. */
inline recover()
{
    state_rollback();
    if
    :: word[DIRTY] -> published_in = (word[COUNT] != 0);
        if
        :: word[COUNT] < DEPTH -> wake(word[WAITERS]); word[WAITERS] = 0
        :: else
        fi;
        word[DIRTY] = 0
    :: else
    fi
}

/* What the dead client had received is given back, and its senders are no longer waited for. */
inline carrier_client_ended(dead)
{
    for (number : 1 .. BLOCKS) {
        if
        :: word[USE + number] == BLOCK_RECEIVED && receiver[number] == dead ->
            word[NEXT + number] = word[FREE_FIRST];
            word[FREE_FIRST] = number;
            word[USE + number] = BLOCK_FREE;
            wake(word[WAITERS]);
            word[WAITERS] = 0
        :: else
        fi
    }
    number = 0
}

proctype supervisor()
{
    byte e, number, j, free;
    do
    :: atomic {
        claim != 0 && claim != HOME && !life[claim - 1] ->
        claim = HOME;
        recover();
        claim = 0 }
    :: atomic {
        claim == 0 && ((!life[0] && !ended[0]) || (!life[CLIENTS - 1] && !ended[CLIENTS - 1]) ||
                       (!life[1] && !ended[1])) ->
        e = 0;
        do
        :: !life[e] && !ended[e] -> break
        :: else -> e++
        od;
        carrier_client_ended(e);
        ended[e] = 1;
        e = 0 }
    :: timeout -> break
    od;
    /* Nothing happens any more. */
    atomic {
        assert(claim == 0 && logged == 0);
        for (e : 0 .. CLIENTS - 1) {
            assert(!life[e] || finished[e] || (asleep[e] && (sends(e) -> !has_room : word[COUNT] == 0)))
        }
        assert(should_count == word[COUNT]);
        number = word[FREE_FIRST];
        do
        :: number != 0 -> free++; number = word[NEXT + number]
        :: number == 0 -> break
        od;
        assert(free + word[COUNT] == BLOCKS) /* no block is lost */
    }
}

init {
    atomic {
        byte t;
        word[FREE_FIRST] = 1;
        word[NEXT + 1] = 2;
        for (t : 0 .. SENDERS - 1) {
            run sender(t)
        }
        for (t : SENDERS .. CLIENTS - 1) {
            run receive(t)
        }
        run supervisor()
    }
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The rendezvous of a COPIPE (ukernel/ipcd/pipe.c, lib/libcomsg/pipe.c). Who comes first is parked with a window to his
 * buffer; who comes second has the message copied, on his own kernel thread, by the thread of ipcd that took his request,
 * while the worker serves others; then the worker acknowledges for both. (A short message is copied by the worker itself:
 * the same with nobody in between.) A buffer may be bad: only who gave it is told, and the other goes on. Parties give up
 * waiting, close the port, and are killed at any instant, also in the middle of the copy. Changes of the tables are
 * single steps here: carrier.pml has the undo log that makes them so.
 */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECEIVERS
#define RECEIVERS 1
#endif
#ifndef TURNS
#define TURNS 2 /* of each party */
#endif
#ifndef CANCELS
#define CANCELS 0
#endif
#ifndef FAULTS
#define FAULTS 0
#endif
#ifndef CLOSES
#define CLOSES 0
#endif
#ifndef KILLS
#define KILLS 1
#endif
#define PARTIES (SENDERS + RECEIVERS)
#define MESSAGES (SENDERS * TURNS) /* numbered from 1 */

/* struct parked, one for each party; parked_state. */
#define PARKED_FREE 0
#define PARKED_WAITS 1
#define PARKED_DONE 2
#define PARKED_TOLD 3
#define PARKED_COPIES 4
byte state[PARTIES];
byte place[PARTIES]; /* in the queue of those who wait */
byte last_place;
byte result[PARTIES];
bit gone[PARTIES]; /* its co-process has ended, in the middle of the copy */
bit closed, dirty;
byte copies[PARTIES]; /* struct copy, one for each thread that takes requests: party + 1 who was parked */

/* How a rendezvous has ended. */
#define NOTHING 0
#define DONE 1
#define FAULT 2 /* EFAULT; EMSGSIZE for a sender */
#define REFUSED 3 /* EPIPE */
#define CANCELLED 4
#define AGAIN 5 /* nothing: it is to begin again */

byte claim; /* of ipcd's worker: party + 1 on whose kernel thread it runs; HOME on its own */
#define HOME 255

/* A party's buffer: the message in it, PART of one while it is copied. Lent while the party is in its call. A bad one
 * is not mapped as a whole; a message may be bad because it is too long. */
byte buffer[PARTIES];
bit lent[PARTIES], bad[PARTIES];
#define PART 255

byte life[PARTIES] = 1;
bit woken[PARTIES], asleep[PARTIES], finished[PARTIES], ended[PARTIES];
byte kills_left = KILLS, cancels_left = CANCELS, faults_left = FAULTS, closes_left = CLOSES;

bit delivered[MESSAGES + 1], taken[MESSAGES + 1];

#define ALIVE (life[k])
#define sends(k) (k < SENDERS)
#define opposite(a, b) (sends(a) != sends(b))

inline begin() { atomic { ALIVE && claim == 0 -> claim = k + 1 } }
inline reply() { atomic { ALIVE -> claim = 0 } }

/* The first of the opposite queue; PARTIES if there is none. */
inline find_first()
{
    other = PARTIES;
    for (j : 0 .. PARTIES - 1) {
        if
        :: state[j] == PARKED_WAITS && opposite(j, k) && (other == PARTIES || place[j] < place[other]) -> other = j
        :: else
        fi
    }
    j = 0
}

/* The first in this state; PARTIES if there is none. */
inline find_state(which)
{
    other = PARTIES;
    for (j : 0 .. PARTIES - 1) {
        if
        :: state[j] == which && other == PARTIES -> other = j
        :: else
        fi
    }
    j = 0
}

/* One copy, from buffer to buffer, which a death cuts off anywhere. `fault`: whose fault it is that it has failed, or
 * PARTIES. If both buffers are bad, the first byte that is missing decides. The window of the dead is stale as soon as
 * the supervisor knows of the death. */
inline copy(from, to)
{
    if
    :: atomic { ALIVE && bad[from] -> fault = from }
    :: atomic { ALIVE && bad[to] -> fault = to }
    :: atomic { ALIVE && !life[other] -> fault = other }
    :: atomic { ALIVE -> assert(lent[to] || !life[to]); assert(lent[from] || !life[from]); buffer[to] = PART };
        if
        :: atomic { ALIVE && bad[from] -> fault = from }
        :: atomic { ALIVE && bad[to] -> fault = to }
        :: atomic { ALIVE && !bad[from] && !bad[to] -> assert(lent[to] || !life[to]); buffer[to] = buffer[from]; fault = PARTIES }
        fi
    fi
}

/* The other has its result, or is no more. */
inline finish(outcome_of_other)
{
    atomic {
        ALIVE ->
        assert(state[other] == PARKED_WAITS || (copies[k] == other + 1 && state[other] == PARKED_COPIES));
        state[other] = (gone[other] -> PARKED_FREE : PARKED_DONE);
        gone[other] = 0;
        result[other] = outcome_of_other;
        copies[k] = 0;
        place[other] = 0;
        dirty = 1;
        if
        :: result[other] == DONE -> assert(!delivered[buffer[k]]); delivered[buffer[k]] = 1
        :: else
        fi }
}

/* If the port is closed, all who wait have a result. Whoever has one is woken; once more than needed does no harm. */
inline pipe_wake()
{
    do
    :: atomic { ALIVE && closed -> find_state(PARKED_WAITS) };
        if
        :: atomic { ALIVE && other == PARTIES -> break }
        :: atomic { ALIVE && other != PARTIES -> skip };
            finish(REFUSED)
        fi
    :: atomic { ALIVE && !closed -> break }
    od;
    do
    :: atomic { ALIVE -> find_state(PARKED_DONE) };
        if
        :: atomic { ALIVE && other == PARTIES -> break }
        :: atomic { ALIVE && other != PARTIES -> woken[other] = 1 }; /* cowake */
            atomic { ALIVE -> state[other] = PARKED_TOLD }
        fi
    od;
    atomic { ALIVE -> dirty = 0 } /* port_told */
}

inline park()
{
    atomic { ALIVE -> state[k] = PARKED_WAITS; result[k] = NOTHING; last_place++; place[k] = last_place }
}

/* pipe.c: pipe_send, pipe_receive, pipe_copied. Whoever waits and has a bad buffer is told, and the next is looked for;
 * if the second one's is bad, the first begins again: meanwhile others have perhaps come who could meet him. */
inline rendezvous()
{
    do
    :: begin();
        if
        :: atomic { ALIVE && closed -> outcome = REFUSED };
            reply();
            break
        :: atomic { ALIVE && !closed -> find_first() }
        fi;
        if
        :: atomic { ALIVE && other == PARTIES -> skip };
            park();
            reply();
            break
        :: atomic { ALIVE && other != PARTIES -> state[other] = PARKED_COPIES; place[other] = 0; copies[k] = other + 1 }
        fi;
        reply();
        if
        :: atomic { ALIVE && sends(k) -> skip };
            copy(k, other)
        :: atomic { ALIVE && !sends(k) -> skip };
            copy(other, k)
        fi;
        begin();
        if
        :: atomic { ALIVE && fault == k -> skip };
            finish(AGAIN);
            pipe_wake();
            atomic { ALIVE -> outcome = FAULT };
            reply();
            break
        :: atomic { ALIVE && fault == PARTIES -> skip };
            finish(DONE);
            pipe_wake();
            atomic { ALIVE -> outcome = DONE };
            reply();
            break
        :: atomic { ALIVE && fault != k && fault != PARTIES -> other = fault };
            finish(FAULT);
            pipe_wake();
            reply()
        fi
    od;
    atomic { ALIVE -> other = 0; fault = 0 }
}

/* pipe.c: pipe_result. */
inline pipe_result(cancel)
{
    begin();
    if
    :: atomic { ALIVE && state[k] == PARKED_WAITS && !cancel -> skip }
    :: atomic { ALIVE && state[k] == PARKED_COPIES -> skip } /* EBUSY, if it gives up */
    :: atomic { ALIVE && state[k] == PARKED_WAITS && cancel -> state[k] = PARKED_FREE; place[k] = 0; outcome = CANCELLED }
    :: atomic {
        ALIVE && state[k] != PARKED_WAITS && state[k] != PARKED_COPIES ->
        assert(state[k] != PARKED_FREE);
        state[k] = PARKED_FREE;
        outcome = (cancel && result[k] == AGAIN -> CANCELLED : result[k]) }
    fi;
    reply()
}

/* table.c: close_port. */
inline port_close()
{
    begin();
    if
    :: atomic { ALIVE && !closed -> closed = 1; dirty = 1 };
        pipe_wake()
    :: atomic { ALIVE && closed -> skip }
    fi;
    atomic { ALIVE -> other = 0 };
    reply()
}

/* lib/libcomsg/pipe.c: await. */
inline await()
{
    do
    :: atomic { ALIVE && outcome != NOTHING -> break }
    :: atomic { ALIVE && outcome == NOTHING -> asleep[k] = 1 };
        if
        :: atomic { ALIVE && woken[k] -> woken[k] = 0; asleep[k] = 0 };
            pipe_result(0)
        :: atomic { ALIVE && cancels_left > 0 -> cancels_left--; asleep[k] = 0 }; /* no patience any more */
            do
            :: pipe_result(1);
                if
                :: atomic { ALIVE && outcome != NOTHING -> break }
                :: atomic { ALIVE && outcome == NOTHING -> skip }
                fi
            od
        fi
    od
}

proctype party(byte k)
{
    byte left = TURNS, other, j, fault, outcome;
    do
    :: atomic { ALIVE && closes_left > 0 -> closes_left-- };
        port_close()
    :: atomic {
        ALIVE && left > 0 ->
        buffer[k] = (sends(k) -> k * TURNS + left : 0);
        woken[k] = 0; /* an earlier wake-up is only a look too many */
        if
        :: faults_left > 0 -> faults_left--; bad[k] = 1
        :: skip
        fi;
        lent[k] = 1 };
        do
        :: rendezvous();
            await();
            if
            :: atomic { ALIVE && outcome == AGAIN -> outcome = NOTHING }
            :: atomic { ALIVE && outcome != AGAIN -> break }
            fi
        od;
        atomic {
            ALIVE ->
            if
            :: sends(k) -> assert(delivered[buffer[k]] == (outcome == DONE))
            :: !sends(k) && outcome == DONE -> assert(buffer[k] != PART && delivered[buffer[k]] && !taken[buffer[k]]); taken[buffer[k]] = 1
            :: !sends(k) && outcome != DONE
            fi;
            assert(outcome != FAULT || bad[k]);
            assert(outcome != REFUSED || closed);
            lent[k] = 0; /* port_take_back */
            buffer[k] = 0;
            bad[k] = 0;
            outcome = NOTHING;
            left-- }
    :: atomic { ALIVE && left == 0 -> finished[k] = 1; break }
    :: atomic { !ALIVE -> break }
    od
}

active proctype fate()
{
    byte k;
    do
    :: atomic { kills_left > 0 -> kills_left--; k = 0;
        do
        :: k < PARTIES - 1 -> k++
        :: break
        od;
        if
        :: !finished[k] -> life[k] = 0
        :: else
        fi }
    od
}

#define just_died(t) (!life[t] && !ended[t])
#define lost_copy(t) (!life[t] && copies[t] != 0)

proctype supervisor()
{
    byte e, j;
    do
    /* worker.c: start_again, when the dead one has been reaped. */
    :: atomic {
        claim != 0 && claim != HOME && !life[claim - 1] ->
        if
        :: dirty ->
            for (j : 0 .. PARTIES - 1) {
                if
                :: state[j] == PARKED_WAITS && closed -> result[j] = REFUSED; place[j] = 0; woken[j] = 1; state[j] = PARKED_TOLD
                :: state[j] == PARKED_DONE -> woken[j] = 1; state[j] = PARKED_TOLD
                :: else
                fi
            }
            j = 0;
            dirty = 0
        :: else
        fi;
        claim = 0 }
    /* server.c: the thread that took the request starts again and has the worker give up what it copied. */
    :: atomic {
        claim == 0 && (lost_copy(0) || lost_copy(1) || lost_copy(PARTIES - 1)) ->
        e = 0;
        do
        :: lost_copy(e) -> break
        :: else -> e++
        od;
        j = copies[e] - 1;
        copies[e] = 0;
        assert(state[j] == PARKED_COPIES);
        if
        :: gone[j] -> gone[j] = 0; state[j] = PARKED_FREE
        :: else -> result[j] = AGAIN; woken[j] = 1; state[j] = PARKED_TOLD
        fi;
        e = 0;
        j = 0 }
    /* pipe_client_ended */
    :: atomic {
        claim == 0 && (just_died(0) || just_died(1) || just_died(PARTIES - 1)) ->
        e = 0;
        do
        :: just_died(e) -> break
        :: else -> e++
        od;
        if
        :: state[e] == PARKED_COPIES -> gone[e] = 1
        :: else -> state[e] = PARKED_FREE
        fi;
        place[e] = 0;
        ended[e] = 1;
        e = 0 }
    :: timeout -> break
    od;
    /* Nothing happens any more: of those who wait, none could meet another. */
    atomic {
        assert(claim == 0);
        for (e : 0 .. PARTIES - 1) {
            assert(!life[e] || finished[e] || (asleep[e] && state[e] == PARKED_WAITS));
            assert(life[e] || state[e] == PARKED_FREE);
            assert(!(closed && state[e] == PARKED_WAITS));
            assert(copies[e] == 0);
            for (j : 0 .. PARTIES - 1) {
                assert(!(state[e] == PARKED_WAITS && state[j] == PARKED_WAITS && opposite(e, j)))
            }
        }
    }
}

init {
    atomic {
        byte t;
        for (t : 0 .. PARTIES - 1) {
            run party(t)
        }
        run supervisor()
    }
}

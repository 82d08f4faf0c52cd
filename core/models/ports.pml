/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The ring of a COCHANNEL (core/rings.c) and waiting for ports (core/poll.c). Sending and receiving end with plain
 * stores, of the count and of the lock, and a plain load of `armed`: the stores may stay in the CPU's store buffer while
 * the load is done, unless a locked instruction or a barrier comes between. The ring has room for one message. Threads
 * send, or receive, and wait while they cannot; some die at any instant.
 * PUBLISHED: a port of a service, which changes what holds by a locked instruction (core/ports.c), so that who waits
 * makes no barrier. The service, and who calls it, run on a kernel thread that is borrowed, which wakes only when the
 * service is left, or before it sleeps.
 */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECEIVERS
#define RECEIVERS 1
#endif
#ifndef MESSAGES
#define MESSAGES 2 /* that each thread sends, or receives */
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef PUBLISHED
#define PUBLISHED 0
#endif
#define THREADS (SENDERS + RECEIVERS)

/* struct port */
byte port_lock; /* thread + 1 */
byte sent, received;
bit armed;
bit waiting[THREADS];

/* struct thread_block */
byte wakes[THREADS];
bit waits_for_ports[THREADS];
byte owed[THREADS]; /* thread + 1; of the home thread */

bit asleep[THREADS];
bit life[THREADS] = 1;
bit finished[THREADS];
bit over[SENDERS * MESSAGES]; /* this message has been received */
byte kills_left = KILLS;

/* The store buffers: first the count, then the lock. */
bit count_buffered[THREADS], lock_buffered[THREADS];
byte count_store[THREADS];

#define sends(k) (k < SENDERS)
#define flushed(k) (!count_buffered[k] && !lock_buffered[k])
#define ALIVE (life[k])
/* What a thread waits for, as seen in memory. */
#define holds(k) ((sends(k) && sent == received) || (!sends(k) && sent != received))

inline drain_count(t)
{
    if
    :: sends(t) -> sent = count_store[t]
    :: !sends(t) -> received = count_store[t]
    fi;
    count_buffered[t] = 0;
    count_store[t] = 0
}

inline drain_all()
{
    for (j : 0 .. THREADS - 1) {
        if
        :: count_buffered[j] -> drain_count(j)
        :: else
        fi;
        if
        :: lock_buffered[j] -> port_lock = 0; lock_buffered[j] = 0
        :: else
        fi
    }
    j = 0
}

/* The CPU empties its store buffer some time, whatever becomes of the thread. */
proctype drain(byte k)
{
    do
    :: atomic { count_buffered[k] -> drain_count(k) }
    :: atomic { !count_buffered[k] && lock_buffered[k] -> port_lock = 0; lock_buffered[k] = 0 }
    od
}

/* poll.c */
inline count_wake(t)
{
    wakes[t]++;
    assert(wakes[t] <= 2 * THREADS * MESSAGES + 1 + KILLS) /* nobody wakes others for nothing, for ever */
}

inline core_wake_thread(t)
{
    count_wake(t);
    if
    :: waits_for_ports[t] -> asleep[t] = 0
    :: else
    fi
}

inline core_wake_owed()
{
    if
    :: atomic { ALIVE && owed[k] != 0 -> b = owed[k] - 1; owed[k] = 0 };
        atomic { ALIVE -> asleep[b] = 0; b = 0 }
    :: atomic { ALIVE && owed[k] == 0 -> skip }
    fi
}

inline wake_later()
{
    atomic { ALIVE -> count_wake(b) };
    if
    :: atomic { ALIVE && waits_for_ports[b] && owed[k] == 0 -> owed[k] = b + 1 }
    :: atomic { ALIVE && waits_for_ports[b] -> asleep[b] = 0 } /* something is owed already, or nothing is borrowed */
    :: atomic { ALIVE && !waits_for_ports[b] -> skip }
    fi
}

/* poll.c: core_port_wake. The exchanges are locked: they find the store buffer of their own CPU empty. */
inline core_port_wake()
{
    atomic { ALIVE && flushed(k) -> armed = 0; b = 0 };
    do
    :: atomic { ALIVE && b < THREADS && waiting[b] -> waiting[b] = 0; marked = 1 };
        if
        :: PUBLISHED -> wake_later();
            atomic { ALIVE -> marked = 0; b++ }
        :: !PUBLISHED -> atomic { ALIVE -> core_wake_thread(b); marked = 0; b++ }
        fi
    :: atomic { ALIVE && b < THREADS && !waiting[b] -> b++ }
    :: atomic { ALIVE && b == THREADS -> b = 0; break }
    od
}

/* rings.c: core_ring_send, core_ring_receive. Sets `done`. */
inline work_on_ring()
{
    atomic { ALIVE && flushed(k) && port_lock == 0 -> port_lock = k + 1 };
    atomic {
        ALIVE ->
        done = holds(k);
        if
        :: done && sends(k) -> count_store[k] = sent + 1
        :: done && !sends(k) -> assert(!over[received]); over[received] = 1; count_store[k] = received + 1
        :: else
        fi;
        count_buffered[k] = done
    };
    atomic { ALIVE -> lock_buffered[k] = 1 };
    if /* unlock */
    :: atomic { ALIVE && done && armed -> skip };
        core_port_wake()
    :: atomic { ALIVE && !(done && armed) -> skip }
    fi
}

/* ports.c: core_port_publish, by the service while this thread has it. Sets `done`. */
inline call_service()
{
    atomic { ALIVE && flushed(k) && port_lock == 0 -> port_lock = k + 1 };
    atomic {
        ALIVE ->
        done = holds(k);
        if
        :: done && sends(k) -> sent = sent + 1
        :: done && !sends(k) -> assert(!over[received]); over[received] = 1; received = received + 1
        :: else
        fi };
    if
    :: atomic { ALIVE && done && armed -> skip };
        core_port_wake()
    :: atomic { ALIVE && !(done && armed) -> skip }
    fi;
    atomic { ALIVE -> port_lock = 0 };
    if
    :: core_wake_owed() /* recall.c: core_attention */
    :: atomic { ALIVE -> skip } /* it was not called, but is the callee itself */
    fi
}

/* poll.c: core_port_wait */
inline core_port_wait()
{
    atomic { ALIVE -> seen = wakes[k] };
    if
    :: atomic { ALIVE && holds(k) -> seen = 0 }
    :: atomic { ALIVE && !holds(k) -> skip };
        atomic { ALIVE && flushed(k) -> waiting[k] = 1 }; /* mark */
        atomic { ALIVE -> armed = 1 };
        if
        :: PUBLISHED -> skip
        :: !PUBLISHED -> atomic { ALIVE -> drain_all() }; /* membarrier */
        fi;
        if
        :: atomic { ALIVE && holds(k) -> skip }
        :: atomic { ALIVE && !holds(k) -> skip }; /* sleep */
            core_wake_owed();
            atomic { ALIVE -> waits_for_ports[k] = 1 };
            atomic { ALIVE -> asleep[k] = (wakes[k] == seen) }; /* futex */
            atomic { ALIVE && !asleep[k] -> waits_for_ports[k] = 0 }
        fi;
        atomic { ALIVE -> waiting[k] = 0; seen = 0 }
    fi
}

proctype thread(byte k)
{
    byte left = MESSAGES, seen, b, j;
    bit done, marked;
    do
    :: atomic { ALIVE && left > 0 -> done = 0 };
        if
        :: PUBLISHED -> call_service()
        :: !PUBLISHED -> work_on_ring()
        fi;
        if
        :: atomic { ALIVE && done -> left--; done = 0 }
        :: atomic { ALIVE && !done -> skip };
            core_port_wait()
        fi
    :: atomic { ALIVE && left == 0 -> skip };
        core_wake_owed(); /* recall.c: core_attention, as the callee is left */
        atomic { ALIVE -> finished[k] = 1 };
        break
    :: atomic { !ALIVE -> break }
    od
}

active proctype fate()
{
    do
    :: atomic {
        kills_left > 0 ->
        kills_left--;
        if
        :: !finished[0] -> life[0] = 0
        :: !finished[1] -> life[1] = 0
        :: !finished[THREADS - 1] -> life[THREADS - 1] = 0
        :: true
        fi }
    od
}

#define just_died(t) (!life[t] && !finished[t])

proctype supervisor()
{
    byte e, b;
    do
    :: atomic {
        just_died(0) || just_died(1) || just_died(THREADS - 1) ->
        e = 0;
        do
        :: just_died(e) -> break
        :: else -> e++
        od };
        /* What the dead one's CPU had stored is seen by now: it has changed its task. */
        atomic { flushed(e) -> asleep[e] = 0 };
        /* ports.c: core_ports_recover */
        atomic {
            if
            :: port_lock == e + 1 -> port_lock = 0
            :: else
            fi };
        /* ending.c: ending_wake_everybody */
        atomic {
            for (b : 0 .. THREADS - 1) {
                core_wake_thread(b)
            }
            b = 0 };
        atomic { finished[e] = 1; e = 0 }
    :: timeout -> break
    od;
    /* Nothing happens any more: nobody sleeps who could go on, and nobody is kept from the ring. */
    atomic {
        for (b : 0 .. THREADS - 1) {
            assert(!life[b] || finished[b] || (asleep[b] && !holds(b)))
        }
        b = 0;
        assert(port_lock == 0)
    }
}

init {
    atomic {
        byte t;
        for (t : 0 .. THREADS - 1) {
            run thread(t);
            run drain(t)
        }
        run supervisor()
    }
}

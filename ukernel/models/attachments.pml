/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File descriptors that are attached to messages of a COCARRIER, from when ipcd receives them until it has closed them
 * (ukernel/common/server.c, ukernel/ipcd/carrier.c, worker.c). The threads that take attachments run on the kernel
 * threads of clients, which are killed at any instant, or on their own, where they are not lost; system calls are made
 * there. What the worker changes is one step: its undo log is that of carrier.pml. Numbers are used again at once.
 */
#ifndef THREADS
#define THREADS 2
#endif
#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef REQUESTS
#define REQUESTS 5
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef DEPTH
#define DEPTH 2
#endif
#define NUMBERS REQUESTS /* from 1 */

/* Where a descriptor can be: its number, and which file that should be. */
#define RECEIVED(t) (t)              /* server.c: received */
#define GIVEN(t) (THREADS + t)       /* server.c: given */
#define CLOSING(t) (2 * THREADS + t) /* ipcd.closing */
#define QUEUED (3 * THREADS)         /* ipcd.held, of messages in the queue */
#define DROPPED (QUEUED + DEPTH)     /* ipcd.held, in the list ipcd.dropped */
#define PLACES (DROPPED + REQUESTS)
byte number[PLACES], file[PLACES];
byte queued, dropped;
byte file_of[NUMBERS + 1]; /* ipcd's table of descriptors; 0: closed */
byte sent;                 /* files */

byte claim[THREADS]; /* client + 1 on whose kernel thread this one runs, or HOME; 0: it accepts */
#define HOME 255
bit life[CLIENTS] = 1;
byte kills_left = KILLS, requests_left = REQUESTS;

#define is_lost (claim[t] != 0 && claim[t] != HOME && !life[claim[t] - 1])

/* A step of thread t. It is at its recovery entry, on its own kernel thread, after its context was lost. */
#define STEP(what)                                                                                                     \
    if                                                                                                                 \
    :: atomic { !is_lost -> what }                                                                                     \
    :: atomic { is_lost -> claim[t] = HOME; goto start_again }                                                            \
    fi

inline move(from, to)
{
    assert(number[from] != 0 && number[to] == 0);
    number[to] = number[from];
    file[to] = file[from];
    number[from] = 0;
    file[from] = 0
}

inline forget(place) { number[place] = 0; file[place] = 0 }

inline is_right(place) { assert(file_of[number[place]] == file[place] && file[place] != 0) }

/* The last steps of server.c: close_attachment, and worker.c: close_dropped. The system call moves the thread home. */
inline close_and_forget(place)
{
    STEP(claim[t] = HOME);
    STEP(is_right(place); file_of[number[place]] = 0);
    STEP(forget(place))
}

inline close_attachment(place)
{
    if
    :: number[place] != 0 -> close_and_forget(place)
    :: number[place] == 0
    fi
}

/* carrier.c, each one change. */
inline hold()
{
    if
    :: queued < DEPTH -> move(RECEIVED(t), QUEUED + queued); queued++
    :: queued == DEPTH
    fi
}

inline give()
{
    if
    :: queued != 0 ->
        move(QUEUED, GIVEN(t));
        queued--;
        for (i : 1 .. queued) {
            move(QUEUED + i, QUEUED + i - 1)
        }
        i = 0
    :: queued == 0
    fi
}

inline drop_queue()
{
    do
    :: queued != 0 -> queued--; move(QUEUED + queued, DROPPED + dropped); dropped++
    :: queued == 0 -> break
    od
}

/* Another thread may have taken it. */
inline held_take_dropped()
{
    if
    :: dropped != 0 -> dropped--; move(DROPPED + dropped, CLOSING(t))
    :: dropped == 0
    fi
}

inline close_dropped()
{
    do
    :: number[CLOSING(t)] != 0 -> close_and_forget(CLOSING(t))
    :: number[CLOSING(t)] == 0 && dropped != 0 -> STEP(held_take_dropped())
    :: number[CLOSING(t)] == 0 && dropped == 0 -> break
    od
}

/* The core puts what came along into the first number that is free. */
inline receive_descriptor()
{
    i = 1;
    do
    :: file_of[i] != 0 -> i++
    :: file_of[i] == 0 -> break
    od;
    sent++;
    file_of[i] = sent;
    number[RECEIVED(t)] = i;
    file[RECEIVED(t)] = sent;
    i = 0
}

#define calls(c, other) (claim[other] == (c) + 1)
#define some_client(c) (claim[t] == 0 && requests_left > 0 && life[c] && !calls(c, 0) && !calls(c, THREADS - 1))

proctype thread(byte t)
{
    byte i;
accepting:
    if
    :: atomic { claim[t] == 0 && requests_left > 0 -> requests_left--; claim[t] = HOME; receive_descriptor() };
        if
        :: STEP(hold())
        :: true /* a long message was copied in vain */
        fi;
        close_attachment(RECEIVED(t))
    :: atomic { some_client(0) -> requests_left--; claim[t] = 1 };
        goto receiving
    :: atomic { some_client(CLIENTS - 1) -> requests_left--; claim[t] = CLIENTS };
        goto receiving
    /* Somebody opens a port, and another is found to which nobody has a handle. */
    :: atomic { some_client(0) -> requests_left--; claim[t] = 1 };
        STEP(drop_queue())
    fi;
    goto replying;
receiving:
    STEP(give());
    close_dropped();
    if
    :: number[GIVEN(t)] != 0 ->
        STEP(claim[t] = HOME); /* coaccept: the core copies descriptors at home */
        STEP(is_right(GIVEN(t)));
        close_attachment(GIVEN(t))
    :: number[GIVEN(t)] == 0
    fi;
    goto ready;
replying:
    close_dropped();
ready:
    STEP(claim[t] = 0);
    goto accepting;
start_again:
    close_dropped();
    close_attachment(RECEIVED(t));
    close_attachment(GIVEN(t));
    goto ready
}

/* A request that comes directly to the worker, without the thread. */
proctype other()
{
    byte requests = 1;
    do
    :: atomic { requests > 0 -> requests--; skip } /* carrier_receive: what was dropped is its own */
    :: atomic { requests == 0 -> break }
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
        life[k] = 0;
        k = 0 }
    od
}

/* Nothing happens any more: what is open is in the queue, and each file is there under its number. */
active proctype supervisor()
{
    byte i, open;
    timeout;
    atomic {
        assert(dropped == 0);
        for (i : 0 .. THREADS - 1) {
            assert(claim[i] == 0 && number[RECEIVED(i)] == 0 && number[GIVEN(i)] == 0 && number[CLOSING(i)] == 0)
        }
        for (i : 1 .. NUMBERS) {
            open = open + (file_of[i] != 0)
        }
        for (i : 1 .. queued) {
            is_right(QUEUED + i - 1)
        }
        assert(open == queued)
    }
}

init {
    atomic {
        run thread(0);
        if
        :: THREADS > 1 -> run thread(THREADS - 1)
        :: else
        fi;
        run other()
    }
}

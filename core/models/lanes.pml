/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The lanes of file descriptors (core/descriptors.c). Senders claim a receiver, find a lane, put one message into it and
 * hand over; the receiver takes it out. A receiver is a callee, which is recovered when its lender dies before that, or a
 * caller, which then gets ENOLINK and gives up what was sent to it. Senders that find no lane empty those of receivers
 * that have not come for a second. Fate kills, stops for ever, and lets time pass.
 */
#ifndef LANES
#define LANES 1
#endif
#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef RECEIVERS
#define RECEIVERS 2 /* the first is a callee, the second a caller */
#endif
#ifndef SENDS
#define SENDS 2 /* of each sender */
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef STOPS
#define STOPS 0
#endif
#ifndef AGES
#define AGES 1 /* times that a message is found to have waited for a second */
#endif

/* Receivers come first. */
#define THREADS (RECEIVERS + SENDERS)
#define MESSAGES (SENDERS * SENDS)
#define ROOM 2 /* of a lane's sockets; one is what there should be at most */

/* The word of a lane. */
#define word(number, owner, state) ((number) * 64 + (owner) * 8 + (state))
#define number(w) ((w) / 64)
#define owner(w) (((w) / 8) & 7)
#define state(w) ((w) & 7)
#define with_state(w, owner, state) word(number(w), owner, state)
#define SUPERVISOR 7 /* as an owner */
#define FREE 0
#define SENDING 1
#define SENT 2
#define TAKING 3
#define EMPTYING 4

short lane_word[LANES];
bit since_long[LANES]; /* lane.since is more than a second ago */
byte lane_sender[LANES];
byte queue[LANES * ROOM]; /* what its sockets hold: messages, + 1 */
byte queued[LANES];

/* The thread blocks of receivers. */
byte block_lane[RECEIVERS]; /* lane + 1 */
short block_word[RECEIVERS];
byte claimed[RECEIVERS]; /* the sender + 1 that lends to the callee, or writes the reply */
bit home[RECEIVERS];     /* the receiver goes on, on its own kernel thread */
bit failed[RECEIVERS];   /* with ENOLINK */
bit is_caller[RECEIVERS];
bit dying[RECEIVERS];

bit life[THREADS] = 1;
bit stopped[THREADS];
bit reaped[THREADS];
bit finished[THREADS];
bit done[THREADS]; /* a sender has sent all */

/* What the properties need to know. */
byte messages;               /* how many there have been */
short message_word[MESSAGES];
bit forgotten[MESSAGES];     /* somebody might empty its lane, because it was there for a second */
bit given_up[MESSAGES];      /* it was never sent */
bit received[MESSAGES];
byte present[RECEIVERS];     /* the message of the present call, + 1 */

byte kills_left = KILLS, stops_left = STOPS, ages_left = AGES;

#define ALIVE (life[k] && !stopped[k])

inline choose_lane(lane)
{
#if LANES == 1
    lane = 0
#else
    if
    :: lane = 0
    :: lane = 1
    fi
#endif
}

/* recvfrom, recvmsg: m + 1, or 0 */
inline receive(lane, m)
{
    m = queue[(lane) * ROOM];
    if
    :: m != 0 ->
        queue[(lane) * ROOM] = queue[(lane) * ROOM + 1];
        queue[(lane) * ROOM + 1] = 0;
        queued[lane]--
    :: else
    fi
}

inline send(lane, m)
{
    assert(queued[lane] < ROOM);
    queue[(lane) * ROOM + queued[lane]] = m + 1;
    queued[lane]++
}

/* A thread that gets what was sent to it. */
proctype receiver(byte k)
{
    byte lane, m;
    short word_there;
loop:
    atomic {
        ALIVE && home[k] ->
        assert(claimed[k] != 0);
        if
        :: failed[k] -> goto core_discard_descriptors
        :: else -> goto core_take_descriptors
        fi
    }
core_take_descriptors:
    atomic {
        ALIVE ->
        if
        :: block_lane[k] == 0 -> assert(given_up[present[k] - 1]); goto end
        :: else -> lane = block_lane[k] - 1; block_lane[k] = 0
        fi
    }
    atomic {
        ALIVE ->
        if
        :: lane_word[lane] == block_word[k] -> lane_word[lane] = with_state(block_word[k], k + 1, TAKING)
        :: else -> assert(forgotten[present[k] - 1]); goto end
        fi
    }
    /* take_parcel */
    atomic {
        ALIVE ->
        receive(lane, m);
        assert(m != 0 && m == present[k] && !received[m - 1] && message_word[m - 1] == block_word[k]);
        received[m - 1] = 1;
        m = 0
    }
free_lane:
    atomic { ALIVE -> lane_sender[lane] = 0 }
    atomic { ALIVE -> lane_word[lane] = word(number(lane_word[lane]) + 1, 0, FREE); goto end }

core_discard_descriptors:
    atomic {
        ALIVE ->
        if
        :: block_lane[k] == 0 -> goto end
        :: else -> lane = block_lane[k] - 1; block_lane[k] = 0
        fi
    }
    atomic {
        ALIVE ->
        if
        :: lane_word[lane] == block_word[k] -> lane_word[lane] = with_state(block_word[k], k + 1, EMPTYING)
        :: else -> goto end
        fi
    }
drain:
    atomic {
        ALIVE ->
        receive(lane, m);
        if
        :: m != 0 -> m = 0; goto drain
        :: else -> goto free_lane
        fi
    }

end:
    /* core_accept_again, or the next call of a caller */
    atomic {
        ALIVE ->
        lane = 0; block_word[k] = 0; present[k] = 0; failed[k] = 0; home[k] = 0; claimed[k] = 0;
        goto loop
    }
}

proctype sender(byte k)
{
    byte lane, r, m, mine, left = SENDS;
    short seen;
loop:
    atomic {
        ALIVE ->
        lane = 0; seen = 0; m = 0;
        if
        :: left == 0 -> done[k] = 1; goto end
        :: left > 0 -> left--; r = k % RECEIVERS
        fi
    }
    atomic {
        ALIVE && (claimed[r] == 0 || dying[r]) ->
        if
        :: dying[r] -> goto loop
        :: else ->
            claimed[r] = k + 1;
            mine = messages;
            messages++;
            present[r] = mine + 1
        fi
    }
    /* find_lane */
find_lane:
    atomic { ALIVE -> choose_lane(lane); seen = lane_word[lane] }
    atomic {
        ALIVE ->
        if
        :: state(seen) == FREE && lane_word[lane] == seen ->
            assert(queued[lane] == 0);
            lane_word[lane] = with_state(seen, k + 1, SENDING)
        :: else -> goto empty_forgotten
        fi
    }
    atomic { ALIVE -> lane_sender[lane] = k + 1; goto send_parcel }

empty_forgotten:
    atomic { ALIVE -> seen = lane_word[lane] }
    atomic {
        ALIVE ->
        if
        :: state(seen) == SENT && since_long[lane]
        :: else -> goto take_lane
        fi
    }
    /* discard */
    atomic {
        ALIVE ->
        if
        :: lane_word[lane] == seen -> lane_word[lane] = with_state(seen, k + 1, EMPTYING)
        :: else -> goto take_lane
        fi
    }
drain:
    atomic {
        ALIVE ->
        receive(lane, m);
        if
        :: m != 0 -> m = 0; goto drain
        :: else
        fi
    }
    atomic { ALIVE -> lane_sender[lane] = 0 }
    atomic { ALIVE -> lane_word[lane] = word(number(lane_word[lane]) + 1, 0, FREE) }

take_lane:
    if
    :: atomic { ALIVE && (state(lane_word[lane]) == FREE || (state(lane_word[lane]) == SENT && since_long[lane])) -> goto find_lane }
    :: atomic { ALIVE -> given_up[mine] = 1; goto hand_over } /* no patience */
    fi;

send_parcel:
    atomic { ALIVE -> message_word[mine] = with_state(lane_word[lane], r + 1, SENT); send(lane, mine) }
    atomic { ALIVE -> since_long[lane] = 0 }
    atomic { ALIVE -> block_word[r] = message_word[mine] }
    atomic { ALIVE -> block_lane[r] = lane + 1 }
    atomic { ALIVE -> lane_word[lane] = message_word[mine] }

hand_over:
    atomic { ALIVE -> assert(claimed[r] == k + 1 && !home[r]); home[r] = 1; goto loop }
end:
    skip
}

#define IS_YOUNG(l) (state(lane_word[l]) == SENT && !since_long[l])
#if LANES == 1
#define exists_lane(test) (test(0))
#else
#define exists_lane(test) (test(0) || test(1))
#endif

active proctype fate()
{
    byte b;
    do
    :: atomic {
        kills_left > 0 ->
        kills_left--;
        b = 0;
        do
        :: b < THREADS - 1 -> b++
        :: true -> life[b] = 0; break
        od;
        b = 0 }
    :: atomic {
        stops_left > 0 ->
        stops_left--;
        b = 0;
        do
        :: b < THREADS - 1 -> b++
        :: true -> stopped[b] = 1; break
        od;
        b = 0 }
    /* A second passes after the message of some lane was sent. */
    :: atomic {
        ages_left > 0 && exists_lane(IS_YOUNG) ->
        b = 0;
        do
        :: b < LANES - 1 -> b++
        :: IS_YOUNG(b) -> break
        od;
        ages_left--;
        since_long[b] = 1;
        forgotten[queue[b * ROOM] - 1] = 1;
        b = 0 }
    od
}

/* discard, by the supervisor */
inline supervisor_discards(lane, seen)
{
    atomic {
        if
        :: lane_word[lane] == seen -> lane_word[lane] = with_state(seen, SUPERVISOR, EMPTYING)
        :: else -> seen = 0
        fi
    };
    do
    :: atomic { seen != 0 && queued[lane] > 0 -> receive(lane, m); m = 0 }
    :: atomic { seen != 0 && queued[lane] == 0 -> lane_sender[lane] = 0; break }
    :: atomic { seen == 0 -> break }
    od;
    atomic {
        if
        :: seen != 0 -> lane_word[lane] = word(number(seen) + 1, 0, FREE); seen = 0
        :: else
        fi
    }
}

/* While a lender lives, which is asked to leave, each round is in vain: one is enough. */
#define CAN_END(e) (!life[e] && !finished[e] && (vain_rounds > 0 || !((e) < RECEIVERS && HELD(e))))
#define HELD(r) (claimed[r] != 0 && !home[r] && life[claimed[r] - 1])
#if THREADS == 3
#define exists_thread(test) (test(0) || test(1) || test(2))
#else
#define exists_thread(test) (test(0) || test(1) || test(2) || test(3))
#endif

#define LENDER_DIED(r, e) (claimed[r] == e + 1 && !home[r] && !finished[r])

/* host/ending.c: end_block */
active proctype supervisor()
{
    byte e, b, m, vain_rounds = 1;
    short seen;
    bit outside;
loop:
    atomic {
        for (b : 0 .. THREADS - 1) {
            if
            :: !life[b] -> reaped[b] = 1
            :: else
            fi
        }
        b = 0;
        e = 0;
        do
        :: e < THREADS && !CAN_END(e) -> e++
        :: else -> break
        od;
        if
        :: e == THREADS -> e = 0; goto wait
        :: else -> outside = 1
        fi
    };
    /* claim_to_dying */
    atomic {
        if
        :: e < RECEIVERS ->
            if
            :: claimed[e] == 0 || home[e] || reaped[claimed[e] - 1] -> dying[e] = 1
            :: else -> outside = 0
            fi
        :: else
        fi
    };
    /* fail_callers */
    atomic {
        for (b : 0 .. RECEIVERS - 1) {
            if
            :: LENDER_DIED(b, e) && is_caller[b] -> failed[b] = 1; home[b] = 1
            :: else
            fi
        }
        b = 0
    };
    /* core_lanes_recover */
    do
    :: atomic { b < LANES -> seen = lane_word[b] };
        if
        :: atomic { state(seen) != FREE && owner(seen) == e + 1 -> skip };
            supervisor_discards(b, seen)
        :: atomic { !(state(seen) != FREE && owner(seen) == e + 1) -> seen = 0 }
        fi;
        b++
    :: atomic { b == LANES -> b = 0; break }
    od;
    /* resolve_lost_contexts: core_block_recover */
    do
    :: atomic { b < RECEIVERS && !(LENDER_DIED(b, e) && life[b]) -> b++ }
    :: atomic { b < RECEIVERS && LENDER_DIED(b, e) && life[b] -> seen = 0 };
        if
        :: atomic { block_lane[b] != 0 -> seen = block_word[b] };
            supervisor_discards((block_lane[b] - 1), seen);
            block_lane[b] = 0
        :: atomic { block_lane[b] == 0 -> skip }
        fi;
        atomic { block_word[b] = 0; present[b] = 0; claimed[b] = 0; b++ }
    :: atomic { b == RECEIVERS -> b = 0; break }
    od;
    atomic {
        if
        :: outside -> finished[e] = 1
        :: else -> vain_rounds = 0
        fi;
        e = 0; outside = 0
    };
    goto loop;

wait:
    if
    :: atomic { timeout -> goto check }
    :: atomic { exists_thread(CAN_END) -> goto loop }
    fi;

check:
    /* Nothing happens any more. */
    atomic {
        for (b : 0 .. LANES - 1) {
            e = owner(lane_word[b]);
            assert(state(lane_word[b]) == FREE || stopped[e - 1] ||
                   (state(lane_word[b]) == SENT && claimed[e - 1] && stopped[claimed[e - 1] - 1])); /* before handing over */
            assert(state(lane_word[b]) != FREE || (queued[b] == 0 && lane_sender[b] == 0))
        }
        for (b : 0 .. THREADS - 1) {
            assert(life[b] == 0 || stopped[b] || b < RECEIVERS || done[b] || STOPS > 0)
        }
        for (b : 0 .. RECEIVERS - 1) {
            assert(!life[b] || stopped[b] || !claimed[b] || stopped[claimed[b] - 1])
        }
    }
}

init {
    atomic {
        byte b;
        for (b : 0 .. RECEIVERS - 1) {
            is_caller[b] = b;
            run receiver(b)
        }
        for (b : RECEIVERS .. THREADS - 1) {
            run sender(b)
        }
        b = 0;
        do
        :: kills_left > 0 -> kills_left--
        :: stops_left > 0 -> stops_left--
        :: ages_left > 0 -> ages_left--
        :: true -> break
        od
    }
}

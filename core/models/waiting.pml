/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Waiting in the order of arrival until a callee accepts (core/waiting.c), and the switcher's release, which is a plain
 * store and then a plain load: the store may stay in the CPU's store buffer while the load is done, unless a locked
 * instruction or a barrier comes between. One callee; clients that call with and without waiting, give up, and die.
 * LIMITS: the callee accepts until a time limit, which its home thread keeps (core/accept.c) unless somebody waits.
 */
#ifndef CLIENTS
#define CLIENTS 3
#endif
#ifndef CALLS
#define CALLS 1
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef GIVE_UPS
#define GIVE_UPS 0
#endif
#ifndef PLAIN
#define PLAIN 1 /* calls that do not wait */
#endif
#ifndef LIMITS
#define LIMITS 0 /* accepts with a time limit */
#endif

/* The claim word of the callee. */
#define word(number, owner, state) ((number) * 64 + (owner) * 8 + (state))
#define number(w) ((w) / 64)
#define owner(w) (((w) / 8) & 7)
#define state(w) ((w) & 7)
#define RUNNING 0
#define ACCEPTING 1
#define LENT 2
#define RESERVED 6
#define accepts(w) (state(w) == ACCEPTING || state(w) == RESERVED)
#define HOME_THREAD 7 /* as an owner: the callee's own kernel thread */
#define NOBODY 15

short claim = 65; /* word(1, 0, ACCEPTING) */
bit waiters;      /* thread_block.waiters of the callee */
byte tickets;
bit waits[CLIENTS]; /* realm.waiting[].target */
byte ticket[CLIENTS];
byte wake[CLIENTS];

/* The store buffers of the CPUs that the clients run on: one store of the claim word at most. */
bit buffered[CLIENTS];
short store[CLIENTS];

bit life[CLIENTS] = 1;
bit reaped[CLIENTS];
bit finished[CLIENTS];
bit asleep[CLIENTS];
bit over[CLIENTS]; /* its time limit */
bit home_asleep = 1;
byte home_wakes;

/* accept_deadline: 0 none, 1 to come, 2 passed. */
byte limit;
byte limits_left = LIMITS;
/* Of the home thread: 0 awake, 1 without limit, 2 until the time limit. */
byte sleeps_until = 1;
#define time_limit(w) (state(w) == ACCEPTING -> limit : 0)

inline core_wake_home() { home_wakes++; home_asleep = 0 }

byte kills_left = KILLS, give_ups_left = GIVE_UPS, plain_left = PLAIN;
byte running = NOBODY; /* who is in the callee's program */

#define flushed(k) (!buffered[k])
#define ALIVE (life[k])

inline drain_all()
{
    j = 0;
    do
    :: j < CLIENTS ->
        if
        :: buffered[j] -> claim = store[j]; buffered[j] = 0; store[j] = 0
        :: else
        fi;
        j++
    :: else -> break
    od;
    j = 0
}

/* waiting.c: first_for */
inline first_for(first)
{
    first = NOBODY;
    j = 0;
    do
    :: j < CLIENTS ->
        if
        :: waits[j] && first == NOBODY -> first = j
        :: waits[j] && first != NOBODY && ticket[j] < ticket[first] -> first = j
        :: else
        fi;
        j++
    :: else -> break
    od;
    j = 0
}

/* waiting.c: core_serve_waiters. Its locked instructions find the store buffer of their own CPU empty. */
inline core_serve_waiters(alive)
{
    served = 0;
    do
    :: atomic { alive && served -> served = 0; seen = 0; first = 0; break }
    :: atomic {
        alive && !served ->
        seen = claim;
        if
        :: !accepts(seen) -> served = 1
        :: else
        fi };
        if
        :: atomic { alive && served -> skip }
        :: atomic { alive && !served -> first_for(first) };
            if
            :: atomic { alive && first == NOBODY -> waiters = 0 }; /* stop_serving */
                atomic { alive -> first_for(first) };
                if
                :: atomic { alive && first != NOBODY -> waiters = 1 };
                    atomic { alive -> drain_all() } /* membarrier */
                :: atomic {
                    alive && first == NOBODY ->
                    if
                    :: state(seen) == RESERVED && claim == seen ->
                        claim = word(number(seen), 0, ACCEPTING);
                        wakes_home = (limit != 0) /* it may have passed while somebody waited */
                    :: else
                    fi;
                    served = 1 };
                    if
                    :: atomic { alive && wakes_home -> core_wake_home(); wakes_home = 0 }
                    :: atomic { alive && !wakes_home -> skip }
                    fi
                fi
            :: atomic {
                alive && first != NOBODY ->
                if
                :: state(seen) == RESERVED -> served = 1
                :: state(seen) == ACCEPTING && claim == seen -> claim = word(number(seen), 0, RESERVED); served = 1
                :: else
                fi };
                if
                :: atomic { alive && served -> wake[first]++ }; /* wake_place */
                    atomic {
                        alive ->
                        asleep[first] = 0;
                        served = waits[first] /* he may have gone before he could see that it was for him */
                    }
                :: atomic { alive && !served -> skip }
                fi
            fi
        fi
    od
}

/* waiting.c: end_waiting */
inline end_waiting(k, alive)
{
    if
    :: atomic { alive && waits[k] -> waits[k] = 0 };
        if
        :: atomic { alive && state(claim) == RESERVED -> skip };
            core_serve_waiters(alive)
        :: atomic { alive && state(claim) != RESERVED -> skip }
        fi
    :: atomic { alive && !waits[k] -> skip }
    fi
}

proctype client(byte k)
{
    byte calls = CALLS, first, j, t, before;
    short seen;
    bit served, wakes_home;

next_call:
    atomic {
        ALIVE && flushed(k) -> /* what follows has a locked instruction before it matters */
        if
        :: calls == 0 -> goto done
        :: calls > 0 -> calls--
        :: calls > 0 && plain_left > 0 -> calls--; plain_left--; goto plain
        fi
    }
    /* core_wait_for_target: look once before taking a place */
    atomic { ALIVE -> seen = claim }
    if
    :: atomic { ALIVE && state(seen) == RESERVED -> first_for(first);
        if
        :: first == NOBODY
        :: else -> seen = 0
        fi }
    :: atomic { ALIVE && state(seen) != RESERVED -> skip }
    fi;
    atomic {
        ALIVE ->
        if
        :: accepts(seen) && claim == seen -> goto claimed
        :: else
        fi;
        seen = 0
    }
    /* begin_waiting */
    atomic { ALIVE -> tickets++; ticket[k] = tickets }
    atomic { ALIVE -> waits[k] = 1 }

    /* wait_for_target */
look:
    atomic { ALIVE -> t = wake[k] }
    atomic { ALIVE -> waiters = 1 } /* announce */
    atomic { ALIVE -> drain_all() } /* its membarrier */
    /* claim_callee */
    atomic {
        ALIVE ->
        seen = claim;
        first_for(before)
    }
    if
    :: atomic { ALIVE && accepts(seen) -> first_for(first) };
        atomic {
            ALIVE ->
            if
            :: (first == k || first == NOBODY) && claim == seen ->
                /* He who was first when we looked is not overtaken while he waits. */
                assert(before == NOBODY || before == k || !waits[before] || ticket[before] > ticket[k]);
                claim = word(number(seen), k + 1, LENT);
                limit = 0; /* core_end_accept */
                assert(running == NOBODY);
                running = k;
                first = 0; seen = 0; t = 0; before = 0
            :: else -> first = 0; seen = 0; before = 0; goto not_ours
            fi
        };
        end_waiting(k, ALIVE);
        atomic { ALIVE -> goto serve }
    :: atomic { ALIVE && !accepts(seen) -> seen = 0; before = 0 }
    fi;
not_ours:
    if
    :: atomic { ALIVE && accepts(claim) -> skip };
        core_serve_waiters(ALIVE)
    :: atomic { ALIVE && !accepts(claim) -> skip }
    fi;
    if
    :: atomic { ALIVE && over[k] -> over[k] = 0; t = 0 };
        end_waiting(k, ALIVE);
        atomic { ALIVE -> goto next_call }
    :: atomic { ALIVE && !over[k] -> skip }
    fi;
    atomic {
        ALIVE ->
        if
        :: wake[k] == t && !over[k] -> asleep[k] = 1
        :: else
        fi;
        t = 0
    }
    atomic { ALIVE && !asleep[k] -> goto look }

    /* switcher.S: cocall_gate */
plain:
    atomic { ALIVE -> seen = claim; first_for(first) }
    atomic {
        ALIVE ->
        if
        :: state(seen) == ACCEPTING || (state(seen) == RESERVED && first == NOBODY) -> first = 0
        :: else -> first = 0; seen = 0; goto next_call
        fi
    }
claimed:
    atomic {
        ALIVE ->
        if
        :: claim == seen -> claim = word(number(seen), k + 1, LENT); limit = 0
        :: else -> seen = 0; goto next_call
        fi;
        assert(running == NOBODY);
        running = k;
        seen = 0
    }
serve:
    /* The callee runs on this kernel thread, and replies. */
    atomic { ALIVE && flushed(k) -> assert(running == k && claim == word(number(claim), k + 1, LENT)) }
    /* coaccept_release: a plain store, and a load that may come before it */
    atomic {
        ALIVE ->
        assert(limit == 0);
        if
        :: limits_left > 0 -> limits_left--; limit = 1
        :: true
        fi;
        running = NOBODY;
        buffered[k] = 1;
        store[k] = word(number(claim) + 1, 0, ACCEPTING)
    }
    if
    :: atomic { ALIVE && waiters -> skip };
        /* coaccept_waiters: reads its own store, and its locked instructions wait until that is out */
        atomic { ALIVE && flushed(k) -> skip };
        core_serve_waiters(ALIVE)
    :: atomic { ALIVE && !waiters -> skip }
    fi;
    /* core_accept_again, if there is a limit: a barrier, then the home thread is told of one that comes sooner. (Where
     * the claim is somebody else's meanwhile this does nothing that matters.) */
    if
    :: atomic { ALIVE && LIMITS == 0 -> skip }
    :: atomic { ALIVE && LIMITS != 0 && flushed(k) -> skip };
        atomic {
            ALIVE ->
            if
            :: limit != 0 && sleeps_until == 1 -> core_wake_home()
            :: else
            fi
        }
    fi;
    atomic { ALIVE -> goto next_call }
done:
    skip
}

proctype drain(byte k)
{
    do
    :: atomic { buffered[k] -> claim = store[k]; buffered[k] = 0; store[k] = 0 }
    od
}

/* The callee's own kernel thread: parked, and after a loss of its context or a time limit, on the way back into coaccept
 * (core_accept_again). */
inline accept_again()
{
    atomic {
        if
        :: limits_left > 0 -> limits_left--; limit = 1
        :: true
        fi;
        claim = word(number(claim) + 1, 0, ACCEPTING) };
    if
    :: atomic { waiters -> skip };
        core_serve_waiters(true)
    :: atomic { !waiters -> skip }
    fi
}

/* core_sleep_parked */
proctype server_home()
{
    byte first, j, wakes, until;
    short seen;
    bit served, wakes_home;
    do
    :: atomic { !home_asleep -> sleeps_until = 0; wakes = home_wakes };
        if
        :: atomic { state(claim) == RUNNING && owner(claim) == HOME_THREAD -> skip };
            accept_again()
        :: atomic { state(claim) != RUNNING && time_limit(claim) == 2 -> skip }; /* stop_accepting */
            core_serve_waiters(true);
            atomic {
                if
                :: state(claim) == ACCEPTING && limit == 2 -> claim = word(number(claim), HOME_THREAD, RUNNING); limit = 0
                :: else /* somebody comes first */
                fi }
        :: atomic { state(claim) != RUNNING && time_limit(claim) != 2 -> until = (time_limit(claim) -> 2 : 1) };
            atomic { sleeps_until = until };
            if
            :: atomic { until == 1 && time_limit(claim) != 0 -> until = 0 } /* looks again */
            :: atomic { !(until == 1 && time_limit(claim) != 0) -> until = 0 };
                /* The futex: unless it has been woken; a limit that has passed meanwhile ends the sleep. */
                atomic {
                    if
                    :: home_wakes == wakes && !(sleeps_until == 2 && limit == 2) -> home_asleep = 1
                    :: else
                    fi }
            fi
        fi
    od
}

active proctype fate()
{
    do
    :: atomic {
        limit == 1 ->
        limit = 2;
        if
        :: sleeps_until == 2 -> home_asleep = 0
        :: else
        fi }
    :: kills_left > 0 ->
        atomic {
            kills_left--;
            if
            :: life[0] -> life[0] = 0
            :: life[1] -> life[1] = 0
#if CLIENTS > 2
            :: life[2] -> life[2] = 0
#endif
            :: true
            fi
        }
    :: give_ups_left > 0 ->
        atomic {
            give_ups_left--;
            if
            :: waits[0] -> over[0] = 1; asleep[0] = 0
            :: waits[1] -> over[1] = 1; asleep[1] = 0
#if CLIENTS > 2
            :: waits[2] -> over[2] = 1; asleep[2] = 0
#endif
            :: true
            fi
        }
    od
}

/* waiting.c: core_wake_waiters_for */
inline core_wake_waiters()
{
    atomic {
        for (b : 0 .. CLIENTS - 1) {
            if
            :: waits[b] -> wake[b]++; asleep[b] = 0
            :: else
            fi
        }
        b = 0
    }
}

/* ending.c: ending_wake_everybody */
inline wake_everybody()
{
    core_wake_waiters();
    atomic {
        if
        :: limit != 0 -> core_wake_home()
        :: else
        fi }
}

#define just_died(k) (!life[k] && !finished[k])

proctype supervisor()
{
    byte e, b, first, j;
    short seen;
    bit served, wakes_home;
    do
    :: atomic {
        just_died(0) || just_died(1) || just_died(CLIENTS - 1) ->
        e = 0;
        do
        :: just_died(e) -> break
        :: else -> e++
        od };
        /* end_block of the client: core_end_waiting */
        end_waiting(e, true);
        /* resolve_lost_contexts: the callee's, which has a recovery entry. What the dead one's CPU had stored is seen
         * by now: it has changed its task. */
        atomic { flushed(e) -> if :: running == e -> running = NOBODY :: else fi };
        atomic {
            if
            :: state(claim) == LENT && owner(claim) == e + 1 ->
                claim = word(number(claim) + 1, HOME_THREAD, RUNNING);
                core_wake_home()
            :: else
            fi
        };
        wake_everybody();
        atomic { finished[e] = 1; e = 0 }
    :: timeout -> break
    od;
    /* Nothing happens any more: nobody waits for a callee that could serve, and anybody may call it. */
    atomic {
        for (b : 0 .. CLIENTS - 1) {
            assert(!life[b] || !waits[b])
        }
        b = 0;
        assert(state(claim) == ACCEPTING);
        assert(limit == 0) /* none passes unseen */
    }
}

init {
    atomic {
        byte b;
        for (b : 0 .. CLIENTS - 1) {
            run client(b);
            run drain(b)
        }
        run server_home();
        run supervisor()
    }
}

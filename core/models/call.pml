/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls on the fast path and on the slow one, moves, recall, deadlines, time limits of coaccept, processes that are to
 * lend no more, deaths and recovery: the words of a thread block that several kernel threads write. Waiting for a callee
 * has a model of its own, waiting.pml; so have descriptors, lanes.pml: here they only send contexts home.
 *
 * One process per kernel thread, which runs the contexts that it has borrowed; the supervisor; the sender of signals that
 * interrupt the core; and fate, which kills, and lets time pass, at any instant. Each transition is named after the
 * function that it stands for; what is in one `atomic` touches one shared word, or words that only this kernel thread may
 * touch then.
 */

/* What happens in a run: tests/models/runs says otherwise. */
#if defined(PAIR) /* 0 calls 1 */
#define THREADS 2 /* kernel threads; each one's home context has its number */
#define EDGES edge(0, 1)
#define SERVERS 2 /* bit set */
#elif defined(RIVALS) /* 0 and 1 call 2 */
#define THREADS 3
#define EDGES edge(0, 2) edge(1, 2)
#define SERVERS 4
#elif defined(FAN) /* 0 calls 1 and 2 */
#define THREADS 3
#define EDGES edge(0, 1) edge(0, 2)
#define SERVERS 6
#else /* a chain: 0 calls 1 calls 2 */
#define THREADS 3
#define EDGES edge(0, 1) edge(1, 2)
#define SERVERS 6
#endif
#ifndef RECOVERING
#define RECOVERING 0 /* those that have a recovery entry */
#endif
#ifndef CALLS
#define CALLS 1 /* of each context */
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef TERMS
#define TERMS 0 /* signals that end a process, but can be handled */
#endif
#ifndef FAULTS
#define FAULTS 0 /* of verified code */
#endif
#ifndef COPY_FAULTS
#define COPY_FAULTS 0
#endif
#ifndef MOVES
#define MOVES 1 /* system calls that have to be made at home */
#endif
#ifndef HANGS
#define HANGS 1 /* contexts that compute for ever */
#endif
#ifndef REUSES
#define REUSES 0 /* new threads in the place of dead ones */
#endif
#ifndef DEADLINES
#define DEADLINES 0 /* calls that have one */
#endif
#ifndef SLOWS
#define SLOWS 0 /* calls in which the callee runs on its own kernel thread */
#endif
#ifndef OPTIONS
#define OPTIONS 0 /* times that a callee accepts with options */
#endif
#ifndef LIMITS
#define LIMITS 0 /* of these, with a time limit */
#endif
#ifndef FILES
#define FILES 0 /* times that a context has to go home to send or receive descriptors */
#endif
#ifndef STOPS
#define STOPS 0 /* processes that are to lend no more */
#endif
#ifndef ROUNDS
#define ROUNDS 1 /* of the supervisor at any time; when nothing else happens it has as many as it needs */
#endif
#define ROUNDS_NEEDED 8

#define is_server(block) ((SERVERS >> (block)) & 1)
#define has_recovery(block) ((RECOVERING >> (block)) & 1)

/* Words: a number, an owner (kernel thread + 1) and a state. */
#define word(number, owner, state) ((number) * 64 + (owner) * 8 + (state))
#define number(w) ((w) / 64)
#define owner(w) (((w) / 8) & 7)
#define state(w) ((w) & 7)
#define SUPERVISOR 7 /* as an owner */

#define RUNNING 0
#define ACCEPTING 1
#define LENT 2
#define HOME 3
#define DYING 4
#define ACCEPTING_WITH 5
#define accepts(w) (state(w) == ACCEPTING || state(w) == ACCEPTING_WITH)

#define WAIT_NONE 0
#define WAIT_WAITING 1
#define WAIT_COPYING 2
#define WAIT_DONE 3

/* resume_kind */
#define RESUME_SYSTEM_CALL 0
#define RESUME_RESULT 1
#define RESUME_WAIT 2
#define RESUME_FRAME 3
#define RESUME_RECOVERY 4
#define RESUME_CALL 5
#define RESUME_ACCEPT 6

/* exits */
#define EXIT_OTHER 0 /* of coaccept or of a system call: the program goes on */
#define EXIT_COCALL 1
#define EXIT_RECOVERY 2

/* Results of a call. */
#define GOOD 0
#define ENOLINK 1
#define EBUSY 2
#define EFAULT 3
#define EINTR 4
#define ETIMEDOUT 5
#define EOWNERDEAD 6

/* The thread block. */
short claim[THREADS];
byte caller[THREADS];
byte owner_word[THREADS]; /* kernel thread + 1 */
bit force_out[THREADS];
bit look[THREADS];
byte incarnation[THREADS];
short wait[THREADS];
byte wait_number[THREADS];
byte callee[THREADS];
byte reply_result[THREADS];
short reply_wait[THREADS];
bit reply_copied[THREADS];
byte resume_kind[THREADS];
byte resume_result[THREADS];
byte resume_exit[THREADS];
byte wake_count[THREADS];
bit accept_flags[THREADS];
byte accept_deadline[THREADS]; /* 0 none, 1 to come, 2 over */
byte sleeps_until[THREADS];    /* of the home thread: 0 awake, 1 without limit, 2 until accept_deadline */
bit no_lending[THREADS];
bit paused[THREADS];
bit dying[THREADS]; /* of the co-process */
#if DEADLINES
byte deadline[THREADS]; /* 0 none, 1 to come, 2 over */
#define over(block) (deadline[block] == 2)
byte deadlines_left = DEADLINES;
#else
#define over(block) false
#endif

/* The kernel: who lives, who sleeps on what, who has a signal pending. */
byte life[THREADS];   /* 0: its process is gone; else which process it is */
bit reaped[THREADS];  /* pid 0 in the thread block: no claim of it will be acted upon by itself */
byte asleep[THREADS]; /* 0 or what it sleeps on */
#define ON_WAIT(block) (1 + (block))
#define ON_PARK 8
bit recalled[THREADS];   /* the recall signal is pending */
bit terminated[THREADS]; /* SIGTERM is pending */
bit fault_events;

/* What the properties need to know. */
byte running[THREADS];       /* r15 of each kernel thread */
bit in_program[THREADS];     /* the kernel thread is in verified code */
byte on_stack[THREADS];      /* the kernel thread + 1 that is on a context's stacks */
bit released[THREADS];       /* the region is unmapped */
bit finished[THREADS];       /* its end is complete */
byte call_number[THREADS];   /* of the context's present or last call */
bit in_call[THREADS];        /* the context is in cocall */
byte called[THREADS];        /* whom it calls */
bit replied[THREADS];        /* the reply has been written into its buffer */
short serving[THREADS];      /* the request that a context has: 1 + call_number * THREADS + caller; 0 none */
short buffer[THREADS];       /* what the context's reply buffer holds */
bit hangs[THREADS];          /* computes for ever */
bit killed_outside[THREADS]; /* SIGKILL from outside, which may cost others their contexts */
bit ends_itself[THREADS];    /* faulted, or asked to end: its end is no harm to an innocent */
#define time_limit(block, w) (accepts(w) -> accept_deadline[block] : 0)
#define call_identity(block) (1 + call_number[block] * THREADS + (block))

byte calls_left[THREADS];
byte kills_left = KILLS, terms_left = TERMS, faults_left = FAULTS, copy_faults_left = COPY_FAULTS, moves_left = MOVES;
byte hangs_left = HANGS, reuses_left = REUSES, slows_left = SLOWS, options_left = OPTIONS, limits_left = LIMITS,
     files_left = FILES, stops_left = STOPS;

#define lent_to(block, who) (state(claim[block]) == LENT && owner(claim[block]) == (who))

#define R15 running[k]
#define ALIVE life[k] == mine

/* recall.c: core_must_leave */
inline must_leave(block, who)
{
    leave = false;
    walk = block;
    do
    :: lent_to(walk, who) ->
        if
        :: force_out[caller[walk]] || over(caller[walk]) -> leave = true; break
        :: else -> walk = caller[walk]
        fi
    :: else -> leave = lent_to(block, who) && no_lending[walk]; break
    od;
    walk = 0
}

/* recall.c: ask_to_look */
inline ask_to_look(block, who)
{
    walk = block;
    do
    :: lent_to(walk, who) -> look[walk] = 1; walk = caller[walk]
    :: else -> break
    od;
    look[walk] = 1;
    walk = 0
}

#if STOPS
#define may_go_on(block) (!no_lending[block] || force_out[block])
#define is_borrowed(block) (owner_word[block] != (block) + 1)
inline pause_unless(not_here, block)
{
    if
    :: atomic { ALIVE && (not_here || may_go_on(block)) -> skip }
    :: atomic { ALIVE && !(not_here) && !may_go_on(block) -> paused[block] = 1 };
        atomic { ALIVE && may_go_on(block) -> paused[block] = 0 }
    fi
}
#define core_pause(block) pause_unless(false, block)
/* core_must_leave, core_attention */
#define pause_at_home(block) pause_unless(is_borrowed(block), block)
#else
#define core_pause(block) skip
#define pause_at_home(block) skip
#endif

inline futex_wake(what)
{
    walk = 0;
    do
    :: walk < THREADS ->
        if
        :: asleep[walk] == (what) -> asleep[walk] = 0
        :: else
        fi;
        walk++
    :: else -> break
    od;
    walk = 0
}

/* The kernel thread k comes onto the stacks of a context: nobody else may be there. */
inline enter_stack(block)
{
    assert(!released[block]);
    assert(on_stack[block] == 0 || on_stack[block] == k + 1);
    on_stack[block] = k + 1;
    running[k] = block
}

inline leave_stack(block)
{
    assert(on_stack[block] == k + 1);
    on_stack[block] = 0
}

inline run_program()
{
    assert(!released[R15]);
    assert(on_stack[R15] == k + 1);
    in_program[k] = 1
}

inline prepare_accept(block)
{
    atomic {
        ALIVE ->
        accept_flags[block] = 1;
        if
        :: limits_left > 0 -> limits_left--; accept_deadline[block] = 1
        :: true
        fi
    }
}

inline core_notify_supervisor()
{
    fault_events = 1
}

/* A reply may be written only for the call that is being served, once. */
inline write_reply_begins(from, to)
{
    assert(!released[to] && in_call[to] && serving[from] == call_identity(to) && !replied[to])
}

inline write_reply_ends(from, to)
{
    assert(!released[to] && in_call[to] && serving[from] == call_identity(to) && !replied[to]);
    replied[to] = 1;
    buffer[to] = serving[from]
}

#define call_edge(from, to) :: R15 == from && calls_left[from] > 0 && !hangs[from] -> calls_left[from]--; t = to; in_program[k] = 0; goto cocall_gate
#define edge(from, to) call_edge(from, to)

#if THREADS == 2
#define choose(b) if :: b = 0 :: b = 1 fi
#define exists_thread(test) (test(0) || test(1))
#elif THREADS == 3
#define choose(b) if :: b = 0 :: b = 1 :: b = 2 fi
#define exists_thread(test) (test(0) || test(1) || test(2))
#else
#define choose(b) if :: b = 0 :: b = 1 :: b = 2 :: b = 3 fi
#define exists_thread(test) (test(0) || test(1) || test(2) || test(3))
#endif
#define just_died(b) (life[b] == 0 && !reaped[b] && !finished[b])
#define exists_dead() exists_thread(just_died)
#define limit_is_to_come(b) (accept_deadline[b] == 1)
#define in_wait(b) (state(wait[b]) != WAIT_NONE)
#if DEADLINES
#define is_to_come(b) (deadline[b] == 1)
#define deadline_is_to_come() exists_thread(is_to_come)
#define deadlines_remind() exists_thread(over)
#else
#define deadlines_remind() false
#endif
#define is_to_pause(b) (no_lending[b] && !paused[b] && life[b])
#define reminders() (deadlines_remind() || exists_thread(is_to_pause))

proctype kernel_thread(byte k; byte mine)
{
    byte t, c, result, leave, walk, exit;
    short seen;

    /* start.c: core_start */
    atomic {
        ALIVE ->
        if
        :: is_server(k) && mine == 1 -> goto parked /* it has begun before */
        :: else -> enter_stack(k)
        fi
    }

verified:
    atomic {
        ALIVE ->
        run_program();
        t = 0; c = 0; result = 0; seen = 0; exit = 0
    }
    atomic {
        ALIVE ->
        if
        :: recalled[k] || terminated[k] -> goto handle_signal
        EDGES
        :: is_server(R15) && !hangs[R15] -> in_program[k] = 0; goto coaccept_gate
        :: is_server(R15) && !hangs[R15] && options_left > 0 -> options_left--; in_program[k] = 0; goto core_coaccept_with
        :: !hangs[R15] && moves_left > 0 && owner_word[R15] != R15 + 1 -> moves_left--; in_program[k] = 0; goto system_call_gate
        :: !hangs[R15] && hangs_left > 0 && is_server(R15) -> hangs_left--; hangs[R15] = 1; goto computing
        :: !hangs[R15] && faults_left > 0 -> faults_left--; in_program[k] = 0; goto fault
        :: !hangs[R15] && !is_server(R15) && calls_left[R15] == 0 -> goto computing
        :: hangs[R15] -> goto computing
        fi
    }

computing:
    in_program[k] = 1;
    atomic { ALIVE && (recalled[k] || terminated[k]) -> skip }

    /* fault.c: handle_signal, which interrupted verified code */
handle_signal:
    atomic {
        ALIVE ->
        in_program[k] = 0;
        if
        :: terminated[k] ->
            terminated[k] = 0;
            if
            :: R15 == k -> goto die /* lends_to_nobody */
            :: else -> ends_itself[k] = 1; force_out[k] = 1; core_notify_supervisor()
            fi
        :: recalled[k] -> recalled[k] = 0
        fi
    }
    /* recall.c: core_recall */
core_recall:
    atomic {
        ALIVE ->
        if
        :: force_out[R15] -> goto force_out_label
        :: else
        fi;
        must_leave(R15, k + 1);
        if
        :: leave || no_lending[k] -> ask_to_look(R15, k + 1)
        :: else -> goto verified
        fi;
        if
        :: leave -> leave = 0
        :: else -> goto recalled_at_home
        fi;
        /* move_interrupted */
        resume_kind[R15] = RESUME_FRAME;
        goto move_home
    }

recalled_at_home:
    core_pause(R15);
    atomic { ALIVE -> goto verified }

    /* fault.c: core_record_fault */
fault:
    atomic { ALIVE -> ends_itself[R15] = 1; force_out[R15] = 1 }
    atomic { ALIVE -> dying[R15] = 1 }
    atomic { ALIVE -> core_notify_supervisor(); goto core_recall }

    /* t: the callee */
cocall_gate:
    atomic {
        ALIVE ->
        call_number[R15]++;
        in_call[R15] = 1;
        called[R15] = t;
        replied[R15] = 0;
        buffer[R15] = 0;
#if DEADLINES
        /* deadline.c: core_deadline_begin */
        if
        :: deadlines_left > 0 && !is_server(R15) -> deadlines_left--; look[R15] = 1; deadline[R15] = 1
        :: true
        fi;
#endif
        skip
    }
    atomic {
        ALIVE ->
        seen = claim[t];
        if
        :: state(seen) != ACCEPTING -> goto core_cocall
        :: slows_left > 0 || files_left > 0 -> goto core_cocall /* core_cocall_with */
        :: state(seen) == ACCEPTING
        fi
    }
    atomic {
        ALIVE ->
        if
        :: incarnation[t] != 1 -> goto core_cocall /* handles name the first thread in each place */
        :: else
        fi
    }
    atomic {
        ALIVE ->
        if
        :: claim[t] == seen ->
            assert(!released[t] && incarnation[t] == 1 && !accept_flags[t]);
            claim[t] = word(number(seen), owner_word[R15], LENT);
            serving[t] = call_identity(R15);
            seen = 0;
            goto deliver
        :: else -> goto core_cocall
        fi
    }

    /* call.c: core_cocall, core_cocall_with */
core_cocall:
    atomic {
        ALIVE ->
        seen = 0;
        if
        :: true
        :: files_left > 0 && owner_word[R15] != R15 + 1 -> /* begin_call */
            files_left--;
            resume_kind[R15] = RESUME_CALL;
            t = 0;
            goto move_home
        fi
    }
claim_callee:
    atomic { ALIVE -> seen = claim[t] }
    atomic {
        ALIVE ->
        if
        :: incarnation[t] != 1 || dying[t] -> result = ENOLINK
        :: else ->
            if
            :: accepts(seen) -> goto claim_exchange
            :: else -> result = (state(seen) == DYING -> ENOLINK : EBUSY) /* refusal */
            fi
        fi;
        seen = 0; t = 0;
        goto cocall_exit
    }
claim_exchange:
    atomic {
        ALIVE ->
        if
        :: claim[t] == seen ->
            assert(!released[t] && incarnation[t] == 1);
            claim[t] = word(number(seen), owner_word[R15], LENT);
            serving[t] = call_identity(R15)
        :: else -> goto claim_callee
        fi;
        seen = 0
    }
deliver: /* also the switcher's cocall_gate */
    atomic { ALIVE -> caller[t] = R15 }
    atomic { ALIVE -> owner_word[t] = owner_word[R15] }
    /* copy_bytes, core_copy */
    atomic { ALIVE -> assert(!released[t] && !released[R15]) }
    atomic {
        ALIVE ->
        assert(!released[t] && !released[R15]);
        if
        :: copy_faults_left > 0 -> copy_faults_left--; goto core_request_fault
        :: true
        fi;
        /* serve: core_end_accept */
        accept_flags[t] = 0; accept_deadline[t] = 0;
        if
        :: slows_left > 0 ->
            slows_left--;
            resume_kind[t] = RESUME_RESULT; resume_result[t] = GOOD; resume_exit[t] = EXIT_OTHER;
            c = R15;
            goto core_hand_over
        :: true ->
            leave_stack(R15);
            enter_stack(t);
            t = 0;
            goto verified
        fi
    }

core_request_fault:
    if
    :: atomic { ALIVE -> /* accept_again */
        claim[t] = word(number(claim[t]) + 1, 0, (accept_flags[t] -> ACCEPTING_WITH : ACCEPTING));
        result = EFAULT;
        t = 0;
        goto cocall_exit }
    :: atomic { ALIVE -> /* the callee's buffer */
        accept_flags[t] = 0; accept_deadline[t] = 0; /* core_end_accept */
        resume_kind[t] = RESUME_RESULT;
        resume_result[t] = EFAULT;
        resume_exit[t] = EXIT_OTHER;
        reply_wait[t] = 0 }
    fi;
    /* claim_for_home */
    atomic { ALIVE -> owner_word[t] = t + 1 }
    atomic { ALIVE -> serving[t] = 0; claim[t] = word(number(claim[t]), t + 1, HOME) }
    atomic { ALIVE -> wake_count[t]++ }
    atomic { ALIVE -> futex_wake(ON_PARK + t); result = ENOLINK; t = 0 }

    /* Returns `result` from the cocall of r15. */
cocall_exit:
    atomic {
        ALIVE ->
        if
        :: force_out[R15] || look[R15] -> exit = EXIT_COCALL; goto core_attention
        :: !force_out[R15] && files_left > 0 && result == GOOD && owner_word[R15] != R15 + 1 ->
            /* core_attention: its own process receives what came with the reply */
            files_left--;
            look[R15] = 1;
            resume_kind[R15] = RESUME_RESULT; resume_result[R15] = result; resume_exit[R15] = EXIT_COCALL;
            result = 0;
            goto move_home
        :: else
        fi
    }
cocall_return:
    atomic {
        ALIVE ->
        if
        :: result == GOOD -> assert(replied[R15] && buffer[R15] == call_identity(R15))
        :: else
        fi;
        assert(result != EINTR);
        assert(result != ENOLINK || incarnation[called[R15]] != 1 || dying[called[R15]] || ends_itself[called[R15]] ||
               killed_outside[called[R15]] || COPY_FAULTS > copy_faults_left);
        in_call[R15] = 0;
        result = 0;
        goto verified
    }

core_attention:
    atomic { ALIVE -> look[R15] = 0 }
#if DEADLINES
    atomic {
        ALIVE ->
        if
        :: exit == EXIT_COCALL || true -> deadline[R15] = 0 /* core_deadline_end */
        fi
    }
#endif
    atomic {
        ALIVE ->
        if
        :: force_out[R15] -> result = 0; exit = 0; goto force_out_label
        :: else
        fi
    }
    atomic {
        ALIVE ->
        must_leave(R15, owner_word[R15]);
        if
        :: leave ->
            leave = 0;
            resume_kind[R15] = RESUME_RESULT;
            resume_result[R15] = result;
            resume_exit[R15] = exit;
            result = 0; exit = 0;
            goto move_home
        :: else
        fi
    }
    pause_at_home(R15);
    atomic {
        ALIVE ->
        if
        :: exit == EXIT_COCALL -> exit = 0; goto cocall_return
        :: else -> exit = 0; result = 0; goto verified
        fi
    }

coaccept_gate:
    atomic {
        ALIVE ->
        seen = claim[R15];
        if
        :: state(seen) != LENT -> goto core_coaccept_slow
        :: else
        fi;
        c = caller[R15]
    }
    /* copy_bytes: the caller runs on this kernel thread, and waits. */
    atomic { ALIVE -> write_reply_begins(R15, c) }
    atomic {
        ALIVE ->
        if
        :: copy_faults_left > 0 -> copy_faults_left--; c = 0; seen = 0; /* core_reply_fault: the callee's own buffer */ goto verified
        :: copy_faults_left > 0 -> copy_faults_left--; result = EFAULT
        :: true -> write_reply_ends(R15, c)
        fi
    }
coaccept_release:
    atomic { ALIVE -> t = R15; leave_stack(t); enter_stack(c); c = 0 }
    atomic { ALIVE -> serving[t] = 0; claim[t] = word(number(seen) + 1, 0, ACCEPTING); seen = 0; t = 0; goto cocall_exit }

    /* accept.c */
core_coaccept_with:
    atomic {
        ALIVE ->
        seen = claim[R15];
        if
        :: files_left > 0 && state(seen) == LENT -> /* hold_at_home */
            files_left--;
            seen = 0;
            resume_kind[R15] = RESUME_ACCEPT;
            goto move_home
        :: true
        fi;
        if
        :: state(seen) == LENT -> c = caller[R15]
        :: else -> exit = RESUME_ACCEPT; goto core_coaccept_slow
        fi
    }
    /* reply_in_place */
    atomic { ALIVE -> write_reply_begins(R15, c) }
    atomic {
        ALIVE ->
        if
        :: copy_faults_left > 0 -> copy_faults_left--; c = 0; seen = 0; goto verified
        :: copy_faults_left > 0 -> copy_faults_left--; reply_result[c] = EFAULT
        :: true -> write_reply_ends(R15, c); reply_result[c] = GOOD
        fi
    }
    prepare_accept(R15);
    /* coaccept_leave, core_release */
    atomic { ALIVE -> t = R15; leave_stack(t); enter_stack(c); result = reply_result[c]; c = 0; seen = accept_deadline[t] }
    /* core_accept_again */
    atomic { ALIVE -> serving[t] = 0; claim[t] = word(number(claim[t]) + 1, 0, ACCEPTING_WITH) }
    atomic {
        ALIVE ->
        if
        :: seen != 0 && sleeps_until[t] == 1 -> wake_count[t]++; futex_wake(ON_PARK + t)
        :: else
        fi;
        seen = 0; t = 0;
        goto cocall_exit
    }

core_coaccept_slow:
    atomic {
        ALIVE ->
        seen = 0;
        assert(owner_word[R15] == k + 1);
        if
        :: state(claim[R15]) == RUNNING -> goto coaccept_park
        :: else -> assert(state(claim[R15]) == HOME && owner(claim[R15]) == k + 1)
        fi;
        assert(R15 == k);
        c = caller[k];
        if
        :: reply_wait[k] == 0 -> c = 0; goto coaccept_park
        :: else
        fi
    }
    /* reply_from_home */
    atomic {
        ALIVE ->
        if
        :: wait[c] == reply_wait[k] -> wait[c] = word(number(reply_wait[k]), k + 1, WAIT_COPYING)
        :: else -> c = 0; goto coaccept_park
        fi
    }
    atomic { ALIVE -> write_reply_begins(k, c) }
    atomic {
        ALIVE ->
        if
        :: copy_faults_left > 0 -> copy_faults_left--; wait[c] = reply_wait[k]; c = 0; exit = 0; goto verified
        :: copy_faults_left > 0 -> copy_faults_left--; result = EFAULT
        :: true -> write_reply_ends(k, c)
        fi
    }
    atomic { ALIVE -> reply_result[c] = result; result = 0; reply_copied[k] = 1; c = 0 }

coaccept_park:
    if
    :: atomic { ALIVE && exit == RESUME_ACCEPT -> exit = 0 }; prepare_accept(k)
    :: atomic { ALIVE && exit != RESUME_ACCEPT -> skip }
    fi;
    /* core_park */
    atomic {
        ALIVE ->
        leave_stack(k);
        if
        :: reply_copied[k] -> c = caller[k] + 1; seen = number(reply_wait[k])
        :: else
        fi;
        reply_copied[k] = 0
    }
    atomic {
        ALIVE ->
        serving[k] = 0;
        claim[k] = word(number(claim[k]) + 1, 0, (accept_flags[k] -> ACCEPTING_WITH : ACCEPTING))
    }
    if
    :: atomic { ALIVE && c > 0 -> wait[c - 1] = word(seen, 0, WAIT_DONE); seen = 0 };
        atomic { ALIVE -> futex_wake(ON_WAIT(c - 1)); c = 0 }
    :: atomic { ALIVE && c == 0 -> skip }
    fi;
core_sleep_parked:
    atomic {
        ALIVE ->
        sleeps_until[k] = 0;
        if
        :: force_out[k] -> goto die /* core_end_home_thread */
        :: else
        fi;
        t = wake_count[k]
    }
    atomic {
        ALIVE ->
        seen = claim[k];
        if
        :: state(seen) == HOME || state(seen) == RUNNING -> t = 0; seen = 0; goto home_resume
        :: else
        fi
    }
#if LIMITS
    atomic {
        ALIVE ->
        if
        :: time_limit(k, seen) == 2 -> t = 0; goto stop_accepting
        :: else -> c = (time_limit(k, seen) -> 2 : 1)
        fi
    }
    core_pause(k);
    atomic { ALIVE -> sleeps_until[k] = c }
    atomic {
        ALIVE ->
        seen = 0;
        if
        :: c == 1 && time_limit(k, claim[k]) -> t = 0; c = 0; goto core_sleep_parked
        :: else -> c = 0
        fi
    }
#else
    core_pause(k);
    atomic { ALIVE -> seen = 0 }
#endif
    atomic {
        ALIVE ->
        if
        :: wake_count[k] == t && (sleeps_until[k] != 2 || accept_deadline[k] != 2) -> asleep[k] = ON_PARK + k
        :: else
        fi;
        t = 0
    }

parked:
    atomic {
        ALIVE && (asleep[k] == 0 || terminated[k]) ->
        if
        :: terminated[k] -> goto die /* parked: lends_to_nobody */
        :: else -> goto core_sleep_parked
        fi
    }

#if LIMITS
stop_accepting:
    atomic {
        ALIVE ->
        if
        :: claim[k] == seen -> claim[k] = word(number(seen), k + 1, RUNNING); seen = 0
        :: else -> seen = 0; goto core_sleep_parked
        fi
    }
    atomic {
        ALIVE ->
        accept_flags[k] = 0; accept_deadline[k] = 0; /* core_end_accept */
        owner_word[k] = k + 1;
        resume_kind[k] = RESUME_RESULT; resume_result[k] = ETIMEDOUT; resume_exit[k] = EXIT_OTHER
    }
#endif

home_resume:
    /* core_home_resume */
    atomic {
        ALIVE ->
        enter_stack(k);
        assert(owner_word[k] == k + 1 && owner(claim[k]) == k + 1);
        if
        :: resume_kind[k] == RESUME_RESULT ->
            result = resume_result[k];
            exit = resume_exit[k];
            resume_result[k] = 0; resume_exit[k] = 0
        :: resume_kind[k] == RESUME_WAIT -> goto await_reply
        :: resume_kind[k] == RESUME_CALL -> t = called[k]; goto claim_callee /* core_resume_call */
        :: resume_kind[k] == RESUME_ACCEPT -> goto core_coaccept_with /* accept_at_home */
        :: resume_kind[k] == RESUME_FRAME -> goto verified
        :: resume_kind[k] == RESUME_RECOVERY -> exit = EXIT_RECOVERY
        :: resume_kind[k] == RESUME_SYSTEM_CALL -> exit = EXIT_OTHER
        fi
    }
exit_chosen:
    atomic {
        ALIVE ->
        if
        :: exit == EXIT_COCALL -> exit = 0; goto cocall_exit
        :: else
        fi;
        if
        :: force_out[R15] || look[R15] -> goto core_attention
        :: else -> exit = 0; result = 0; goto verified
        fi
    }

    /* dispatch.c: core_system_call: it has to be made by the home thread */
system_call_gate:
    atomic { ALIVE -> resume_kind[R15] = RESUME_SYSTEM_CALL }

move_home:
    atomic { ALIVE -> t = R15; c = caller[t]; leave_stack(t); enter_stack(c) }
core_hand_over: /* c waits for t */
    atomic { ALIVE -> wait_number[c]++; callee[c] = t }
    atomic { ALIVE -> wait[c] = word(wait_number[c], 0, WAIT_WAITING) }
    atomic { ALIVE -> reply_wait[t] = word(wait_number[c], 0, WAIT_WAITING) }
    /* claim_for_home */
    atomic { ALIVE -> owner_word[t] = t + 1 }
    atomic { ALIVE -> claim[t] = word(number(claim[t]), t + 1, HOME) }
    /* core_wake_home */
    atomic { ALIVE -> wake_count[t]++ }
    atomic { ALIVE -> futex_wake(ON_PARK + t); t = 0; c = 0 }

await_reply: /* watch_for_reply */
    atomic { ALIVE -> seen = wait[R15] }
    atomic {
        ALIVE ->
        if
        :: state(seen) == WAIT_DONE -> goto reply_is_there
        :: else
        fi
    }
    atomic {
        ALIVE ->
        /* stop_waiting */
        if
        :: force_out[R15] && (state(seen) == WAIT_NONE || (state(seen) == WAIT_WAITING && wait[R15] == seen)) ->
            wait[R15] = word(0, 0, WAIT_NONE);
            seen = 0;
            result = EINTR;
            goto cocall_exit
        :: else
        fi
    }
    atomic {
        ALIVE ->
        must_leave(R15, owner_word[R15]);
        if
        :: leave -> leave = 0; seen = 0; resume_kind[R15] = RESUME_WAIT; goto move_home
        :: else
        fi
    }
    pause_at_home(R15);
    atomic {
        ALIVE ->
        if
        :: over(R15) && (state(seen) == WAIT_NONE || (state(seen) == WAIT_WAITING && wait[R15] == seen)) ->
            wait[R15] = word(0, 0, WAIT_NONE);
            seen = 0;
            result = ETIMEDOUT;
            goto cocall_exit
        :: else
        fi
    }
    /* sleep_for_reply, with core_earliest_deadline */
    atomic {
        ALIVE ->
        must_leave(R15, owner_word[R15]);
        if
        :: wait[R15] == seen && !leave && (state(seen) == WAIT_COPYING || !over(R15)) -> asleep[k] = ON_WAIT(R15)
        :: else
        fi;
        leave = 0;
        seen = 0
    }
    atomic { ALIVE && asleep[k] == 0 -> goto await_reply }
reply_is_there:
    atomic { ALIVE -> seen = 0; wait[R15] = word(0, 0, WAIT_NONE) }
    atomic { ALIVE -> result = reply_result[R15]; goto cocall_exit }

force_out_label:
    atomic {
        ALIVE ->
        if
        :: state(claim[R15]) == LENT ->
            t = R15;
            c = caller[t];
            leave_stack(t);
            enter_stack(c);
            c = 0
        :: else -> assert(R15 == k); goto die
        fi
    }
    /* core_forced_out */
    atomic { ALIVE -> claim[t] = word(number(claim[t]) + 1, 0, DYING); t = 0; result = ENOLINK; goto cocall_exit }

    /* fault.c: core_end_home_thread, or the default effect of a signal */
die:
    atomic { ALIVE -> ends_itself[k] = 1; life[k] = 0 }
}

/* fault.c: handle_signal, which interrupted the core, at any instant. */
proctype interrupts(byte k)
{
    byte leave, walk;
    do
    :: atomic {
        recalled[k] && life[k] && !in_program[k] ->
        recalled[k] = 0;
        must_leave(running[k], k + 1);
        if
        :: leave || no_lending[k] -> leave = 0; ask_to_look(running[k], k + 1)
        :: else
        fi;
        asleep[k] = 0 }
    :: atomic {
        terminated[k] && life[k] && !in_program[k] ->
        terminated[k] = 0;
        ends_itself[k] = 1;
        if
        :: on_stack[running[k]] == k + 1 -> force_out[k] = 1; core_notify_supervisor(); recalled[k] = 1
        :: else -> life[k] = 0 /* parked: lends_to_nobody */
        fi }
    od
}

/* Time and outsiders. */
active proctype fate()
{
    byte b, leave, walk;
    do
    :: atomic {
        kills_left > 0 ->
        kills_left--;
        choose(b);
        if
        :: life[b] -> life[b] = 0; killed_outside[b] = 1
        :: else
        fi;
        b = 0 }
    :: atomic {
        terms_left > 0 ->
        terms_left--;
        choose(b);
        if
        :: life[b] -> terminated[b] = 1
        :: else
        fi;
        b = 0 }
#if LIMITS
    :: atomic {
        exists_thread(limit_is_to_come) ->
        choose(b);
        do
        :: limit_is_to_come(b) -> break
        :: else -> b = (b + 1) % THREADS
        od;
        accept_deadline[b] = 2;
        if
        :: asleep[b] == ON_PARK + b && sleeps_until[b] == 2 -> asleep[b] = 0
        :: else
        fi;
        b = 0 }
#endif
#if STOPS
    /* host/lending.c */
    :: atomic {
        stops_left > 0 ->
        stops_left--;
        choose(b);
        if
        :: life[b] -> no_lending[b] = 1; recalled[b] = 1
        :: else
        fi;
        b = 0 }
#endif
#if DEADLINES
    :: atomic {
        deadline_is_to_come() ->
        choose(b);
        do
        :: deadline[b] == 1 -> deadline[b] = 2; break
        :: else -> b = (b + 1) % THREADS
        od;
        b = 0;
        /* The time limits of sleepers. */
        do
        :: b < THREADS ->
            if
            :: life[b] && asleep[b] == ON_WAIT(running[b]) ->
                must_leave(running[b], b + 1);
                if
                :: leave || (over(running[b]) && state(wait[running[b]]) != WAIT_COPYING) -> asleep[b] = 0; leave = 0
                :: else
                fi
            :: else
            fi;
            b++
        :: else -> break
        od;
        b = 0 }
#endif
    od
}

/* The supervisor: supervisor.c, ending.c, deadline.c of host/. */
#define is_dead(who) (reaped[(who) - 1])

inline signal_owner(who)
{
    recalled[(who) - 1] = 1
}

/* host/ending.c: stop_waiting, of a context whose kernel thread is gone */
inline stop_waiting(b, stopped)
{
    atomic {
        stopped = true;
        if
        :: state(wait[b]) == WAIT_NONE || state(wait[b]) == WAIT_DONE
        :: else ->
            if
            :: state(wait[b]) == WAIT_COPYING && owner(wait[b]) != SUPERVISOR && !is_dead(owner(wait[b])) -> stopped = false
            :: else -> wait[b] = word(0, 0, WAIT_NONE)
            fi
        fi
    }
}

#define waits_for(b, e) \
    (!finished[b] && callee[b] == e && \
     ((state(wait[b]) == WAIT_COPYING && owner(wait[b]) == e + 1) || state(wait[b]) == WAIT_WAITING))
#define unfinished(b) (reaped[b] && !finished[b])
#define FIRST(condition) for (b : 0 .. THREADS - 1) { if :: condition -> break :: else fi }

proctype supervisor()
{
    byte e, b, walk, quiet, rounds = ROUNDS, saved;
    bit ended, stopped, pursuing, pending, work;

loop:
    do
    :: atomic {
        exists_dead() -> /* reap */
        b = 0;
        do
        :: life[b] == 0 && !reaped[b] && !finished[b] -> break
        :: else -> b++
        od;
        reaped[b] = 1; /* forget_pid */
        recalled[b] = 0; terminated[b] = 0; asleep[b] = 0;
        b = 0; quiet = 0; pending = 1 }
    :: atomic { fault_events -> fault_events = 0; pursuing = 1 }
    :: atomic { (pending || pursuing || reminders()) && rounds > 0 -> rounds--; goto round }
    :: atomic { timeout && (pending || pursuing || reminders()) && quiet < ROUNDS_NEEDED -> quiet++; goto round }
    :: atomic { timeout && !(pending || pursuing || reminders()) -> goto check }
    :: atomic { timeout && quiet == ROUNDS_NEEDED -> assert(false) /* an end that never comes */ }
    od;

round:
    /* deadline.c: recall */
#if DEADLINES
    atomic {
        for (b : 0 .. THREADS - 1) {
            if
            :: deadline[b] == 2 && owner(claim[b]) -> signal_owner(owner(claim[b]))
            :: else
            fi
        }
        b = 0
    }
#endif
#if STOPS
    atomic {
        for (b : 0 .. THREADS - 1) {
            if
            :: is_to_pause(b) -> recalled[b] = 1
            :: else
            fi
        }
        b = 0
    }
#endif
    /* ending_pursue */
    if
    :: atomic {
        pursuing ->
        pursuing = 0;
        for (b : 0 .. THREADS - 1) {
            if
            :: life[b] && !reaped[b] && dying[b] -> life[b] = 0
            :: life[b] && !reaped[b] && !dying[b] && force_out[b] -> recalled[b] = 1; pursuing = 1
            :: else
            fi
        }
        b = 0 }
    :: atomic { !pursuing -> skip }
    fi;
    /* finish_endings */
    pending = 0;
    e = 0;
    do
    :: atomic { e < THREADS && !unfinished(e) -> e++ }
    :: atomic { e < THREADS && unfinished(e) -> dying[e] = 1; ended = 1 };
        /* end_block */
        atomic { force_out[e] = 1 };
        /* claim_to_dying */
        atomic {
            if
            :: state(claim[e]) == DYING
            :: state(claim[e]) != DYING && (accepts(claim[e]) || is_dead(owner(claim[e]))) ->
                claim[e] = word(number(claim[e]) + 1, 0, DYING)
            :: else -> signal_owner(owner(claim[e])); ended = 0
            fi
        };
        if
        :: atomic { ended -> b = 0 };
            /* fail_callers */
            do
            :: atomic { b < THREADS && !waits_for(b, e) -> b++ }
            :: atomic { b < THREADS && waits_for(b, e) -> wait[b] = word(number(wait[b]), SUPERVISOR, WAIT_COPYING) };
                atomic { reply_result[b] = ENOLINK };
                atomic { wait[b] = word(number(wait[b]), 0, WAIT_DONE); b++ }
            :: atomic { b == THREADS -> b = 0; break }
            od;
            stop_waiting(e, stopped);
            atomic { ended = ended && stopped; stopped = 0 }
        :: !ended
        fi;
        /* resolve_lost_contexts */
        do
        :: atomic { b < THREADS && (finished[b] || b == e || !lent_to(b, e + 1)) -> b++ }
        :: atomic { b < THREADS && !finished[b] && b != e && lent_to(b, e + 1) ->
            if
            :: has_recovery(b) && !dying[b] -> stopped = 1
            :: else ->
                ended = 0;
                stopped = 0;
                if
                :: life[b] && !reaped[b] -> /* end_for_lost_context */
                    assert(killed_outside[e]);
                    ends_itself[b] = 1;
                    dying[b] = 1;
                    force_out[b] = 1;
                    life[b] = 0
                :: else
                fi
            fi };
            if
            :: atomic { stopped -> skip };
                /* recover */
                stop_waiting(b, stopped);
                if
                :: atomic { !stopped -> ended = 0 }
                :: atomic { stopped -> saved = number(claim[b]) + 1 };
                    atomic {
                        /* core_block_recover */
                        assert(on_stack[b] == 0 || is_dead(on_stack[b]));
                        on_stack[b] = 0;
                        in_call[b] = 0; serving[b] = 0; hangs[b] = 0;
#if DEADLINES
                        deadline[b] = 0;
#endif
                        accept_flags[b] = 0; accept_deadline[b] = 0;
                        owner_word[b] = b + 1;
                        reply_wait[b] = 0;
                        reply_copied[b] = 0;
                        resume_kind[b] = RESUME_RECOVERY
                    };
                    atomic { claim[b] = word(saved, b + 1, RUNNING); saved = 0 };
                    atomic { wake_count[b]++; futex_wake(ON_PARK + b) }
                fi
            :: atomic { !stopped -> skip }
            fi;
            atomic { stopped = 0; b++ }
        :: atomic { b == THREADS -> b = 0; break }
        od;
        /* wake_everybody */
        atomic {
            for (b : 0 .. THREADS - 1) {
                if
                :: !finished[b] && state(wait[b]) != WAIT_NONE -> futex_wake(ON_WAIT(b))
                :: else
                fi;
                if
                :: !finished[b] && (state(claim[b]) == HOME || accept_deadline[b]) -> wake_count[b]++; futex_wake(ON_PARK + b)
                :: else
                fi
            }
            b = 0
        };
        atomic {
            if
            :: ended ->
                /* The region goes, and so do the stacks. */
                assert(on_stack[e] == 0 || is_dead(on_stack[e]));
                on_stack[e] = 0;
                released[e] = 1;
                finished[e] = 1;
                accept_flags[e] = 0; accept_deadline[e] = 0; no_lending[e] = 0; paused[e] = 0;
#if DEADLINES
                deadline[e] = 0; /* core_deadline_end */
#endif
                in_call[e] = 0; serving[e] = 0; hangs[e] = 0; call_number[e] = 0; buffer[e] = 0; replied[e] = 0
            :: else -> pending = 1
            fi;
            ended = 0
        };
#if REUSES
        /* slot.c, block.c: core_slot_take, core_block_prepare for a new thread */
        if
        :: atomic {
            finished[e] && reuses_left > 0 ->
            reuses_left--;
            saved = number(claim[e]) + 1;
            incarnation[e]++;
            wait_number[e]++;
            claim[e] = 0; wait[e] = 0; caller[e] = 0; owner_word[e] = e + 1; force_out[e] = 0; look[e] = 0;
            callee[e] = 0; reply_wait[e] = 0; reply_copied[e] = 0; wake_count[e] = 0; dying[e] = 0 };
            atomic {
                claim[e] = word(saved, e + 1, RUNNING);
                saved = 0;
                reaped[e] = 0; finished[e] = 0; released[e] = 0; killed_outside[e] = 0; ends_itself[e] = 0;
                running[e] = e; in_program[e] = 0; calls_left[e] = 0;
                life[e] = 2;
                run kernel_thread(e, 2)
            }
        :: true
        fi;
#endif
        e++
    :: atomic { e == THREADS -> e = 0; break }
    od;
    goto loop;

check:
    /* Nothing happens any more. */
    atomic {
        for (b : 0 .. THREADS - 1) {
            if
            :: finished[b] || life[b] == 0 -> assert(finished[b])
            :: else ->
                assert(!force_out[b] && !dying[b]);
                assert(on_stack[b] == 0 || life[on_stack[b] - 1]);
                assert(owner(claim[b]) == 0 || life[owner(claim[b]) - 1]);
                assert(in_call[b] || hangs[b] || (is_server(b) -> accepts(claim[b]) : state(claim[b]) == RUNNING) ||
                       paused[b] || no_lending[owner(claim[b]) - 1]);
                assert(!accepts(claim[b]) || accept_deadline[b] == 0);
                /* Who is to lend no more does not. */
                assert(state(claim[b]) != LENT || !no_lending[owner(claim[b]) - 1]);
                if
                :: in_call[b] && !paused[b] ->
                    e = called[b];
                    assert(life[e] && serving[e] == call_identity(b) && (hangs[e] || in_call[e] || paused[e]) && !over(b))
                :: else
                fi
            fi
        }
        e = 0
    }
}

init {
    atomic {
        byte b;
        for (b : 0 .. THREADS - 1) {
            claim[b] = word(0, b + 1, RUNNING);
            owner_word[b] = b + 1;
            incarnation[b] = 1;
            life[b] = 1;
            running[b] = b;
            calls_left[b] = CALLS;
            if
            :: is_server(b) -> claim[b] = word(1, 0, ACCEPTING); asleep[b] = ON_PARK + b; sleeps_until[b] = 1
            :: else
            fi;
            run kernel_thread(b, 1);
            run interrupts(b)
        }
        do
        :: kills_left > 0 -> kills_left--
        :: terms_left > 0 -> terms_left--
        :: true -> break
        od;
        run supervisor()
    }
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Making, finding, calling and ending services (ukernel/coserviced/services.c, lib/libcomsg/service.c), with the pools of
 * the core (core/pools.c) and the vault that keeps them for coserviced. Providers make one service after the other in the
 * same place of the table, and retire it; their worker threads end; callers call. All are killed at any instant, with
 * the worker of coserviced on their kernel threads, and coserviced ends and is started again. A change of its table is
 * made of steps of which the last commits: carrier.pml has the undo log. The wait for a worker is that of
 * core/models/waiting.pml.
 */
#ifndef PROVIDERS
#define PROVIDERS 1
#endif
#ifndef CALLERS
#define CALLERS 1
#endif
#ifndef SERVICES
#define SERVICES 2 /* that each provider makes */
#endif
#ifndef CALLS
#define CALLS 1
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef RESTARTS
#define RESTARTS 0 /* of coserviced */
#endif
#ifndef WORKER_DEATHS
#define WORKER_DEATHS 1
#endif
#define CLIENTS (PROVIDERS + CALLERS)
#define POOLS (PROVIDERS * SERVICES + 1) /* numbered from 1 */

/* core/pools.c: who made the pool, + 1; 0: it has ended. */
byte pool_use[POOLS];
/* Each provider has one worker thread. */
bit worker_alive[PROVIDERS] = 1;
byte worker_claim[PROVIDERS]; /* caller + 1 whom it serves */

/* coserviced's table: one place. */
byte owner, generation, token;              /* token: the pool in the vault */
bit changing;                               /* begun and not committed */
byte old_owner, old_generation, old_token;  /* what the log has */
bit vault[POOLS];

byte named_pool; /* what the latest service, as it is found by name, stands for */

byte claim; /* of coserviced's worker: client + 1 on whose kernel thread it runs; HOME on its own */
#define HOME 255
byte started = 1; /* how often coserviced was */
byte life[CLIENTS] = 1;
bit finished[CLIENTS], ended[CLIENTS];
byte kills_left = KILLS, restarts_left = RESTARTS, worker_deaths_left = WORKER_DEATHS;
bit retired[POOLS]; /* coretire has returned */

#define ALIVE (life[k])
#define provides(k) (k < PROVIDERS)
/* Of a client's kernel thread that runs coserviced's code. */
#define SERVES (life[k] && claim == k + 1)

inline copool_end(pool) { pool_use[pool] = 0 }

inline state_set_entry(new_owner, new_token)
{
    atomic {
        SERVES ->
        if
        :: !changing -> old_owner = owner; old_generation = generation; old_token = token; changing = 1
        :: else
        fi;
        token = new_token };
    atomic { SERVES -> owner = new_owner }
}

inline state_commit() { atomic { SERVES -> changing = 0 } }

inline state_rollback()
{
    if
    :: changing -> owner = old_owner; generation = old_generation; token = old_token; changing = 0
    :: else
    fi
}

/* services.c: end_service. The pool first, so that nobody can call it; then the entry; then what the vault keeps. */
inline end_service()
{
    atomic { SERVES -> copool_end(token) };
    atomic { SERVES -> kept = token };
    state_set_entry(0, token);
    state_commit();
    atomic { SERVES -> vault[kept] = 0; kept = 0 } /* covault_drop */
}

/* services.c: collect. Entries whose pool has ended. */
inline collect()
{
    if
    :: atomic { SERVES && owner != 0 && pool_use[token] == 0 -> skip };
        end_service()
    :: atomic { SERVES && !(owner != 0 && pool_use[token] == 0) -> skip }
    fi
}

/* A call of coserviced. ENOLINK if it ends in the middle: `lost`. */
inline begin() { atomic { ALIVE && claim == 0 -> claim = k + 1; serving = started; lost = 0 } }
inline reply()
{
    atomic {
        ALIVE ->
        if
        :: claim == k + 1 && serving == started -> claim = 0
        :: else -> lost = 1
        fi }
}

/* What the call does may be cut off by the end of coserviced: its caller goes on behind it. */
#define CUT (life[k] && claim != k + 1)

inline services_provide()
{
    begin();
    {
        collect();
        if
        :: atomic { SERVES && owner == 0 -> skip };
            atomic { SERVES -> vault[pool] = 1 }; /* covault_put */
            state_set_entry(k + 1, pool);
            atomic { SERVES -> generation++ };
            atomic { SERVES -> made = generation }; /* comint */
            state_commit()
        :: atomic { SERVES && owner != 0 -> made = 0 } /* no free place */
        fi
    } unless { CUT };
    reply()
}

/* lib/libcomsg/service.c: coprovide. If the service is not made, or that is not known, the pool ends. */
inline coprovide()
{
    atomic { ALIVE -> made = 0; pool = next_pool; next_pool++; pool_use[pool] = k + 1 }; /* copool */
    services_provide();
    if
    :: atomic { ALIVE && (lost || made == 0) -> made = 0; copool_end(pool) }
    :: atomic { ALIVE && !lost && made != 0 -> named_pool = pool } /* coinsert */
    fi
}

/* services.c: services_retire; find compares the generation. */
inline services_retire(which, what)
{
    begin();
    {
        if
        :: atomic { SERVES && owner != 0 && generation == which -> assert(token == what) };
            end_service()
        :: atomic { SERVES && !(owner != 0 && generation == which) -> skip } /* EBADF */
        fi
    } unless { CUT };
    reply();
    atomic {
        ALIVE ->
        if
        :: !lost -> retired[what] = 1
        :: else
        fi }
}

/* services.c: services_recover, vault_keep_only */
inline services_recover()
{
    for (p : 1 .. POOLS - 1) {
        if
        :: vault[p] && !(owner != 0 && token == p) -> vault[p] = 0
        :: else
        fi
    }
    p = 0
}

proctype provider(byte k)
{
    byte left = SERVICES, pool, made, kept, serving, next_pool = k * SERVICES + 1;
    bit lost;
    do
    :: atomic { ALIVE && left > 0 -> left-- };
        coprovide();
        if
        :: atomic { ALIVE && made != 0 -> skip };
            services_retire(made, pool);
            services_retire(made, pool) /* once more: EBADF, whatever is in the place now */
        :: atomic { ALIVE && made != 0 -> skip } /* it stays */
        :: atomic { ALIVE && made == 0 -> skip }
        fi
    :: atomic { ALIVE && left == 0 -> finished[k] = 1; break } /* it stays, and serves */
    :: atomic { ALIVE && left == 0 && worker_claim[k] == 0 -> finished[k] = 1; life[k] = 0; break } /* it ends */
    :: atomic { !ALIVE -> break }
    od
}

/* coservice_call: a worker of the pool that is free, or ENOLINK. */
inline coservice_call(pool)
{
    if
    :: atomic {
        ALIVE && pool_use[pool] != 0 && worker_alive[(pool - 1) / SERVICES] && worker_claim[(pool - 1) / SERVICES] == 0 ->
        assert(!retired[pool]);
        worker_claim[(pool - 1) / SERVICES] = k + 1 };
        atomic { ALIVE && (worker_claim[(pool - 1) / SERVICES] == k + 1 || !worker_alive[(pool - 1) / SERVICES]) ->
            if
            :: worker_claim[(pool - 1) / SERVICES] == k + 1 -> worker_claim[(pool - 1) / SERVICES] = 0
            :: else /* ENOLINK: it has died */
            fi }
    :: atomic { ALIVE && (pool_use[pool] == 0 || !worker_alive[(pool - 1) / SERVICES]) -> skip } /* ENOLINK */
    fi
}

proctype caller(byte k)
{
    byte left = CALLS, found, serving;
    bit lost;
    do
    :: atomic { ALIVE && left > 0 && named_pool != 0 -> found = named_pool; left-- }; /* codiscover */
        coservice_call(found);
        begin(); /* coservice_operation: takes the worker's time, on this kernel thread, and changes nothing */
        reply()
    :: atomic { ALIVE && left == 0 -> finished[k] = 1; break }
    :: atomic { !ALIVE -> break }
    od
}

active proctype fate()
{
    byte k, p;
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
    :: atomic { restarts_left > 0 -> restarts_left--; started++;
        /* Its process ends: whoever runs its code goes on as the caller, with ENOLINK. What it keeps stays. */
        state_rollback();
        services_recover();
        claim = 0 }
    :: atomic { worker_deaths_left > 0 -> worker_deaths_left--; worker_alive[0] = 0; worker_claim[0] = 0 }
    od
}

#define just_died(t) (!life[t] && !ended[t])

proctype supervisor()
{
    byte e, p;
    do
    /* server.c: start_again, when the dead one has been reaped. */
    :: atomic {
        claim != 0 && claim != HOME && !life[claim - 1] ->
        state_rollback();
        services_recover();
        claim = 0 }
    /* The end of a co-process: its pools end (core_pools_end), whom it called is free; then coserviced is told
     * (services_died, purge). */
    :: atomic {
        claim == 0 && (just_died(0) || just_died(1) || just_died(CLIENTS - 1)) ->
        e = (just_died(0) -> 0 : (just_died(1) -> 1 : CLIENTS - 1));
        for (p : 1 .. POOLS - 1) {
            if
            :: pool_use[p] == e + 1 -> pool_use[p] = 0
            :: else
            fi
        }
        for (p : 0 .. PROVIDERS - 1) {
            if
            :: worker_claim[p] == e + 1 -> worker_claim[p] = 0
            :: else
            fi
        }
        p = 0;
        if
        :: provides(e) -> worker_alive[e] = 0
        :: else
        fi;
        if
        :: owner == e + 1 -> owner = 0; vault[token] = 0 /* purge */
        :: else
        fi;
        ended[e] = 1;
        e = 0 }
    :: timeout -> break
    od;
    /* Nothing happens any more. */
    atomic {
        assert(claim == 0 && !changing);
        for (p : 1 .. POOLS - 1) {
            assert(vault[p] == (owner != 0 && token == p)); /* nothing is kept that no entry names, and the other way round */
            assert(!(pool_use[p] != 0 && !(owner != 0 && token == p))) /* no pool without a service */
        }
        assert(owner == 0 || life[owner - 1]);
        for (e : 0 .. CLIENTS - 1) {
            assert(!life[e] || finished[e] || named_pool == 0) /* no caller waits for ever */
        }
    }
}

init {
    atomic {
        byte t;
        for (t : 0 .. PROVIDERS - 1) {
            run provider(t)
        }
        for (t : PROVIDERS .. CLIENTS - 1) {
            run caller(t)
        }
        run supervisor()
    }
}

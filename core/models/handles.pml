/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Deriving, closing and revoking handles (core/handles.c, core/derivation.c, core/revoke.c). Entry 0 is a handle from
 * which entry 1, in another table, was derived; the others, in a third table, are free. Threads derive further handles
 * from those, close entry 1, revoke entry 1, and revoke entry 0; one may die at any instant. When entry 0 has been
 * revoked, nothing that was derived from it may be live.
 *
 * The store that makes an entry pending may stay in the CPU's store buffer while the parent is looked at.
 */
#ifndef DERIVERS
#define DERIVERS 1
#endif
#ifndef DERIVES
#define DERIVES 2 /* by each */
#endif
#ifndef CLOSERS
#define CLOSERS 0
#endif
#ifndef RIVALS
#define RIVALS 0 /* who revoke entry 1 */
#endif
#ifndef KILLS
#define KILLS 0
#endif
#define ENTRIES 4
#define THREADS (1 + RIVALS + CLOSERS + DERIVERS)
#define SUPERVISOR THREADS
#define ALIVE (life[k])

#define FREE 0
#define LIVE 1
#define RESERVED 2
#define PENDING 3
#define CLOSING 4
#define REVOKED 5

/* struct handle_entry: its value, its parent with the generation of that, and the tables where children may be. */
byte entry_state[ENTRIES], owner[ENTRIES], generation[ENTRIES];
byte parent[ENTRIES], parent_generation[ENTRIES]; /* entry + 1; 0: none */
byte children[ENTRIES];
byte relinked_while_revoked;
bit revoking[THREADS];

bit life[THREADS] = 1;
byte kills_left = KILLS;
bit over; /* entry 0 has been revoked */

/* The store buffers. */
byte pending_store[THREADS], parent_store[THREADS], parent_generation_store[THREADS]; /* entry + 1; 0: nothing */

#define table_of(e) (e < 2 -> 1 << e : 4)
#define is_value(e, s, g) (entry_state[e] == s && generation[e] == g)

inline drain(t)
{
    if
    :: pending_store[t] ->
        entry_state[pending_store[t] - 1] = PENDING;
        parent[pending_store[t] - 1] = parent_store[t];
        parent_generation[pending_store[t] - 1] = parent_generation_store[t];
        pending_store[t] = 0; parent_store[t] = 0; parent_generation_store[t] = 0
    :: else
    fi
}

inline drain_all()
{
    for (j : 0 .. THREADS - 1) {
        drain(j)
    }
    j = 0
}

inline set_state(e, s, o)
{
    entry_state[e] = s;
    owner[e] = o
}

/* up, up_generation: the nearest handle above that is not being closed; 0: none. */
inline core_handle_above(e)
{
    up = parent[e]; up_generation = parent_generation[e];
    do
    :: up == 0 -> break
    :: up != 0 && (generation[up - 1] != up_generation || entry_state[up - 1] == FREE) -> up = 0; break
    :: up != 0 && is_value(up - 1, CLOSING, up_generation) ->
        up_generation = parent_generation[up - 1]; up = parent[up - 1]
    :: else -> break
    od;
    if
    :: up == 0 -> up_generation = 0
    :: else
    fi
}

inline set_free(e, s, o)
{
    if
    :: entry_state[e] == s && owner[e] == o -> set_state(e, FREE, 0)
    :: else
    fi
}

proctype cpu(byte k)
{
    do
    :: atomic { pending_store[k] -> drain(k) }
    od
}

/* core_children_relink, for the entry m that is CLOSING, in the name of `who`. */
inline core_children_relink(m, alive)
{
    if
    :: atomic { alive && (parent[m] == 0 || children[m] == 0) -> skip }
    :: atomic { alive && !(parent[m] == 0 || children[m] == 0) -> drain_all() }; /* barrier_everywhere */
        e = 1;
        do
        :: atomic { alive && e == ENTRIES -> e = 0; break }
        :: atomic { alive && e < ENTRIES && !((children[m] & table_of(e)) && parent[e] == m + 1 && parent_generation[e] == generation[m]) -> e++ }
        :: atomic { alive && e < ENTRIES && (children[m] & table_of(e)) && parent[e] == m + 1 && parent_generation[e] == generation[m] ->
                old = m + 1; old_generation = generation[m] };
            do
            :: atomic { alive -> core_handle_above(m) };
                if
                :: atomic { alive && up -> children[up - 1] = children[up - 1] | table_of(e) }
                :: atomic { alive && up == 0 -> skip }
                fi;
                if
                :: atomic { alive && !(parent[e] == old && parent_generation[e] == old_generation) -> break }
                :: atomic { alive && parent[e] == old && parent_generation[e] == old_generation ->
                        parent[e] = up; parent_generation[e] = up_generation;
                        old = up; old_generation = up_generation };
                    if
                    :: atomic { alive && old == 0 -> break }
                    :: atomic { alive && old && is_value(old - 1, LIVE, old_generation) -> break }
                    :: atomic { alive && old && is_value(old - 1, REVOKED, old_generation) -> relinked_while_revoked++; break }
                    :: atomic { alive && old && !is_value(old - 1, LIVE, old_generation) && !is_value(old - 1, REVOKED, old_generation) -> skip }
                    fi
                fi
            od;
            atomic { old = 0; old_generation = 0; up = 0; up_generation = 0; e++ }
        od
    fi
}

inline include(mask)
{
    if
    :: (tables | (mask)) != tables -> tables = tables | (mask); unsettled = 1
    :: else
    fi
}

/* mark_derived of core/revoke.c: entries become REVOKED in the name of `who`. has_root: `root` counts. */
inline mark_derived(who, root, has_root, alive)
{
    do
    :: atomic { alive ->
            before = relinked_while_revoked;
            others = 0;
            if
            :: has_root -> include(children[root])
            :: else
            fi;
            unsettled = 0 };
        atomic { alive -> drain_all() }; /* barrier_everywhere */
        e = 1;
        do
        :: atomic { alive && e == ENTRIES -> e = 0; break }
        :: atomic { alive && e < ENTRIES ->
                seen = entry_state[e]; seen_generation = generation[e];
                if
                :: !(tables & table_of(e)) -> seen = FREE
                :: else
                fi;
                if
                :: seen == REVOKED -> /* look_at */
                    include(children[e]);
                    if
                    :: owner[e] != who -> others = others | 1 << e
                    :: else
                    fi
                :: seen == LIVE || seen == PENDING || seen == CLOSING ->
                    core_handle_above(e);
                    if
                    :: up && entry_state[up - 1] == REVOKED -> skip
                    :: else -> seen = FREE
                    fi;
                    up = 0; up_generation = 0
                :: else
                fi };
            if
            :: atomic { alive && seen == CLOSING -> include(children[e]) } /* pass_by */
            :: atomic { alive && (seen == LIVE || seen == PENDING) -> /* mark */
                    unsettled = 1;
                    if
                    :: is_value(e, seen, seen_generation) -> set_state(e, REVOKED, who); include(children[e])
                    :: else
                    fi }
            :: atomic { alive && seen != CLOSING && seen != LIVE && seen != PENDING -> skip }
            fi;
            atomic { seen = 0; seen_generation = 0; e++ }
        od;
        if
        :: atomic { alive ->
                if
                :: has_root -> include(children[root])
                :: else
                fi;
                if
                :: !unsettled && relinked_while_revoked == before && others == others_before ->
                    before = 0; others = 0; others_before = 0; break
                :: else -> before = 0; unsettled = 0; others_before = others
                fi }
        fi
    od
}

inline free_marked(who, alive)
{
    e = 0;
    do
    :: atomic { alive && e == ENTRIES -> e = 0; break }
    :: atomic { alive && e < ENTRIES -> set_free(e, REVOKED, who); e++ }
    od
}

#define NOTHING_LIVE (entry_state[0] != LIVE && entry_state[1] != LIVE && entry_state[2] != LIVE && entry_state[3] != LIVE)

/* core_handle_revoke */
proctype revoker(byte k; byte root)
{
    byte e, j, up, up_generation, seen, seen_generation, tables, before, others, others_before;
    bit unsettled;
    atomic { ALIVE -> revoking[k] = 1 };
    if
    :: atomic { ALIVE && is_value(root, LIVE, 0) -> set_state(root, REVOKED, k) };
        mark_derived(k, root, 1, ALIVE);
        free_marked(k, ALIVE);
        atomic { ALIVE ->
            if
            :: root == 0 -> assert(NOTHING_LIVE); over = 1
            :: else
            fi;
            revoking[k] = 0 }
    :: atomic { ALIVE && !is_value(root, LIVE, 0) -> revoking[k] = 0 }
    fi
}

/* core_handle_close of entry 1 */
proctype closer(byte k)
{
    byte e, j, up, up_generation, old, old_generation;
    if
    :: atomic { ALIVE && is_value(1, LIVE, 0) -> set_state(1, CLOSING, k) };
        core_children_relink(1, ALIVE);
        atomic { ALIVE -> set_state(1, FREE, 0) } /* give_back */
    :: atomic { ALIVE && !is_value(1, LIVE, 0) -> skip }
    fi
}

/* derive */
proctype deriver(byte k)
{
    byte from, to, from_generation, count;
    do
    :: atomic { ALIVE && count < DERIVES ->
            select(from : 0 .. ENTRIES - 1);
            to = ENTRIES - 1 - (count + k) % 2;
            count++ };
        if
        :: atomic { ALIVE && entry_state[from] == LIVE && entry_state[to] == FREE -> /* take */
                from_generation = generation[from];
                set_state(to, RESERVED, k);
                children[to] = 0; /* fill: nobody looks while it is RESERVED */
                generation[to]++ };
            atomic { ALIVE ->
                pending_store[k] = to + 1;
                parent_store[k] = from + 1;
                parent_generation_store[k] = from_generation };
            if
            :: atomic { ALIVE && (children[from] & table_of(to)) -> skip } /* core_children_include */
            :: atomic { ALIVE && !(children[from] & table_of(to)) ->
                    drain(k); children[from] = children[from] | table_of(to) }
            fi;
            if
            :: atomic { ALIVE && is_value(from, LIVE, from_generation) -> from_generation = 0 };
                atomic { ALIVE ->
                    drain(k);
                    if
                    :: entry_state[to] == PENDING && owner[to] == k -> assert(!over); set_state(to, LIVE, 0)
                    :: else
                    fi }
            :: atomic { ALIVE && !is_value(from, LIVE, from_generation) ->
                    from_generation = 0; drain(k); set_free(to, PENDING, k) }
            fi
        :: atomic { ALIVE && !(entry_state[from] == LIVE && entry_state[to] == FREE) -> skip }
        fi;
        atomic { from = 0; to = 0 }
    :: atomic { ALIVE && count == DERIVES -> break }
    od
}

/* A thread dies; core_handles_recover makes good what it was doing. */
proctype supervisor()
{
    byte k, e, m, j, up, up_generation, old, old_generation, seen, seen_generation, tables, before, others, others_before;
    bit unsettled;
    do
    :: atomic { kills_left ->
            kills_left--;
            select(k : 0 .. THREADS - 1);
            drain(k);
            life[k] = 0 };
        m = 0;
        do
        :: atomic { m == ENTRIES -> m = 0; break }
        :: atomic { m < ENTRIES && owner[m] == k && (entry_state[m] == RESERVED || entry_state[m] == PENDING) ->
                set_state(m, FREE, 0); m++ }
        :: atomic { m < ENTRIES && owner[m] == k && entry_state[m] == CLOSING -> skip };
            core_children_relink(m, true);
            atomic { set_free(m, CLOSING, k); m++ }
        :: atomic { m < ENTRIES && !(owner[m] == k && (entry_state[m] == RESERVED || entry_state[m] == PENDING || entry_state[m] == CLOSING)) -> m++ }
        od;
        if
        :: atomic { revoking[k] && k == 0 && entry_state[0] == REVOKED -> over = 0 };
            tables = 7;
            mark_derived(k, 0, 0, true);
            free_marked(k, true);
            atomic { assert(NOTHING_LIVE); over = 1; revoking[k] = 0 }
        :: atomic { revoking[k] && !(k == 0 && entry_state[0] == REVOKED) -> skip };
            tables = 7;
            mark_derived(k, 0, 0, true);
            free_marked(k, true);
            revoking[k] = 0
        :: atomic { !revoking[k] -> skip }
        fi
    :: atomic { !kills_left -> break }
    od
}

init {
    byte k;
    atomic {
        entry_state[0] = LIVE;
        entry_state[1] = LIVE;
        parent[1] = 1;
        children[0] = 2;
        run revoker(0, 0);
        k = 1;
        do
        :: k == THREADS -> break
        :: k <= RIVALS -> run revoker(k, 1); k++
        :: k > RIVALS && k <= RIVALS + CLOSERS -> run closer(k); k++
        :: k > RIVALS + CLOSERS && k < THREADS -> run deriver(k); run cpu(k); k++
        od;
        k = 0;
        run supervisor()
    }
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Pools whose place becomes another co-process's pool while somebody works on them: at each instruction of that,
 * another thread of his ends the pool, and somebody else makes one. Nobody who only had a handle to the first may call
 * a worker of the second, nor change it. The same with handles that are called while their places become those of other
 * handles: nothing but a thread is called.
 *
 * The first is walked with the trap flag, in an ordinary process that has core memory but no programs.
 */
#include "tests/core/handles/tables.h"

#include "core/pools.h"
#include "core/seals.h"
#include "tests/core/walk.h"

/* Two co-processes with two kernel threads each: the second of each is the worker. */
enum { ATTACKER, VICTIM, COPROCESSES, ATTACKERS_WORKER = ATTACKER + 2, VICTIMS_WORKER = VICTIM + 2, THREADS };
enum { HANDLES = 64, STACK = 65536 };

static struct realm *realm;
static struct thread_block *attacker, *victim, *attackers_worker, *victims_worker;
static uint64_t old_pool, new_pool; /* handles */
static uint64_t to_victims_worker;  /* the victim's */
static char callee_stack[STACK];

/* What the switcher needs. */
bool core_cpu_has_avx;
uint64_t saved_stack;
typedef int64_t gate(void);
gate cocall_gate_avx, cocall_gate_sse;
int64_t call_gate(gate *, struct thread_block *, uint64_t target);
void entered(void);

/* Calls a gate as the context of a thread block does, and gets there again from a callee, or as the slow path begins.
 */
__asm__(".text\n"
        ".globl slow_call\n"
        "call_gate: pushq %rbx; pushq %rbp; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
        "movq %rsp, saved_stack(%rip)\n"
        "movq %rdi, %rax; movq %rsi, %r15; movq %rdx, %rdi; xorl %esi, %esi; xorl %edx, %edx; xorl %ecx, %ecx\n"
        "xorl %r8d, %r8d; xorl %r14d, %r14d; xorl %r13d, %r13d\n"
        "int3\n"
        "call *%rax\n"
        "entered: slow_call: int3\n"
        "movq saved_stack(%rip), %rsp\n"
        "popq %r15; popq %r14; popq %r13; popq %r12; popq %rbp; popq %rbx\n"
        "ret\n");

/* What the core needs beyond what is linked. */
uint64_t core_copy(void *to, const void *from, uint64_t length)
{
    memcpy(to, from, length);
    return 0;
}

void core_announce_waiter(struct thread_block *callee)
{
    (void)callee;
}

void core_serve_waiters(struct thread_block *callee)
{
    (void)callee;
}

bool core_waits(const struct thread_block *block)
{
    (void)block;
    return false;
}

bool core_is_next(const struct thread_block *block, const struct thread_block *callee)
{
    (void)block, (void)callee;
    return true;
}

static void let_accept(struct thread_block *worker)
{
    worker->claim = claim_word(claim_generation(worker->claim) + 1, 0, CLAIM_ACCEPTING);
}

static void prepare_thread(uint32_t index)
{
    struct thread_block *block = tables_block(realm, index);
    uint64_t slot = (uint64_t)block - SLOT_THREAD_BLOCK;
    tables_map(slot + SLOT_GATE_STACK, SLOT_GATE_STACK_TOP - SLOT_GATE_STACK);
    block->handles = handle_table(block->coprocess);
    block->handle_limit = HANDLES;
    block->slots = (uint64_t)block - (index + 1) * (uint64_t)CORE_SLOT_SIZE;
    block->incarnation = 1;
    block->mxcsr = 0x1f80;
    block->pad = (uint64_t)entered;
    block->control_sp = (uint64_t)(callee_stack + sizeof callee_stack);
}

static uint64_t make_handle(struct thread_block *block, uint32_t kind, void *object, uint32_t incarnation,
                            uint64_t what)
{
    const struct handle handle = {
        .kind = kind, .rights = CORIGHT_CALL, .object = object, .incarnation = incarnation, .words = {0, what}};
    uint64_t value;
    need(core_handle_make(block, block->coprocess, &handle, &value) == 0, "a handle");
    return value;
}

static struct pool *pool_of(const struct thread_block *block, uint64_t value)
{
    return handle_table(block->coprocess)[(uint32_t)value].object;
}

/* All the program's memory counts as its region. */
static uint64_t make_pool(struct thread_block *block, uint64_t worker)
{
    static uint64_t workers[1], value;
    workers[0] = worker;
    block->region_base = (uint64_t)workers & ~UINT64_C(0xffffff);
    need(core_pool_make(block, (uint64_t[]){(uint64_t)workers, 1, 0}, &value) == 0, "a pool");
    block->region_base = 0;
    return value;
}

/* The attacker's other thread, and the victim. */
static void replace_pool(void)
{
    core_pool_end(attackers_worker, &old_pool); /* if it has not ended yet */
    new_pool = make_pool(victim, to_victims_worker);
}

/* What the attacker does. */
static uint64_t to_own_worker, second_to_victims_worker, to_service;
static gate *used_gate;

static void add(void)
{
    core_pool_add(attacker, (uint64_t[]){old_pool, to_own_worker});
}

static void remove_victims(void)
{
    core_pool_remove(attacker, (uint64_t[]){old_pool, second_to_victims_worker});
}

static void claim(void)
{
    struct thread_block *callee;
    const struct pool *pool = pool_of(attacker, old_pool);
    attacker->target = (struct call_target){(uint64_t)pool, (uint32_t)(pool->use >> 32)};
    attacker->target_is_pool = true;
    attacker->arguments[0] = old_pool;
    WALK();
    core_claim_target(attacker, &callee);
    WALK();
}

/* The supervisor, when the attacker's co-process has ended. */
static void end_all(void)
{
    core_pools_end(attacker->coprocess);
}

static void call_pool(void)
{
    call_gate(used_gate, attacker, old_pool);
}

static void call_service(void)
{
    call_gate(used_gate, attacker, to_service);
}

static bool has_only(const struct pool *pool, const struct thread_block *worker)
{
    unsigned wrong = 0, right = 0;
    for (unsigned i = 0; i < POOL_WORKERS_MAX; i++) {
        uint64_t word = pool->workers[i];
        wrong += word != 0 && (uint32_t)word != worker->home.owner;
        right += (uint32_t)word == worker->home.owner;
    }
    return right == 1 && wrong == 0;
}

static uint64_t service_of(uint64_t pool_value)
{
    const struct pool *pool = pool_of(attacker, pool_value);
    uint64_t place = ((uint64_t)pool - realm->core_area - CORE_POOLS) / CORE_POOL_SIZE + 1;
    return make_handle(attacker, COHANDLE_SERVICE, realm, 1, pool->use >> 32 << 32 | MINTED_POOL | place);
}

struct outcome {
    bool met;     /* the others came, and the victim's pool lies where the first lay */
    bool changed; /* the victim's pool */
    bool called;  /* the victim's worker */
    bool own;     /* was called */
};

static struct outcome attack(void (*act)(void), bool gated, int number)
{
    struct outcome outcome = {0};
    let_accept(attackers_worker);
    let_accept(victims_worker);
    old_pool = make_pool(attacker, act == add ? second_to_victims_worker : to_own_worker);
    const struct pool *pool = pool_of(attacker, old_pool);
    to_service = service_of(old_pool);
    new_pool = 0;
    walk_at(number, replace_pool);
    if (!gated)
        WALK();
    act();
    if (!gated)
        WALK();
    outcome.called = claim_state(victims_worker->claim) == CLAIM_LENT;
    outcome.own = claim_state(attackers_worker->claim) == CLAIM_LENT;
    if (new_pool) {
        outcome.met = pool_of(victim, new_pool) == pool;
        outcome.changed = !has_only(pool_of(victim, new_pool), victims_worker);
        outcome.changed |= core_pool_end(victim, &new_pool) != 0;
        need(core_handle_close(victim, victim->coprocess, new_pool) == 0, "closing the victim's handle");
    } else {
        core_pool_end(attackers_worker, &old_pool);
    }
    need(core_handle_close(attacker, attacker->coprocess, old_pool) == 0 &&
             core_handle_close(attacker, attacker->coprocess, to_service) == 0,
         "closing handles");
    return outcome;
}

static void test(const char *what, void (*act)(void), bool gated, bool calls)
{
    unsigned met = 0, wrong = 0;
    int number = 0;
    do {
        struct outcome outcome = attack(act, gated, number);
        met += outcome.met;
        wrong += outcome.met && (outcome.changed || outcome.called);
    } while (number++ < steps);
    ok(number > 20 && met > 5, "%s: at %d instructions, at %u of them its place becomes another's", what, number, met);
    ok(wrong == 0, "%s: nothing of that is used or changed (%u)", what, wrong);
    if (calls)
        ok(attack(act, gated, WALK_NEVER).own, "%s: otherwise its own worker is called", what);
}

static struct thread_block *decoy; /* a memory object, to who takes it for a thread that accepts */
static uint64_t called, later;     /* handles, of the attacker, in one place */
static uint32_t later_kind;

/* The attacker's other thread closes the handle, and another one gets its place. */
static void replace_handle(void)
{
    const struct handle handle = {.kind = later_kind,
                                  .rights = CORIGHT_CALL,
                                  .object = decoy,
                                  .incarnation = 1,
                                  .words = {1, UINT64_C(1) << 32 | MINTED_POOL | 0x7ffffff0}};
    need(core_handle_close(attackers_worker, attacker->coprocess, called) == 0, "closing a handle");
    need(core_handle_make(attackers_worker, attacker->coprocess, &handle, &later) == 0, "another handle");
}

/* True if something other than the attacker's worker was called, or looked at that is no memory of the core. */
static bool is_misled(uint64_t value, int number)
{
    volatile bool faulted = false;
    called = value;
    later = 0;
    decoy->incarnation = 1;
    let_accept(attackers_worker);
    let_accept(decoy);
    uint64_t claim = decoy->claim;
    walk_at(number, replace_handle);
    if (sigsetjmp(fault, 1) == 0)
        call_gate(used_gate, attacker, value);
    else
        faulted = true;
    return faulted || decoy->claim != claim;
}

static void test_handle(const char *what, uint64_t (*make)(void), uint32_t kind)
{
    unsigned met = 0, misled = 0;
    int number = 0;
    later_kind = kind;
    do {
        misled += is_misled(make(), number);
        met += later && (uint32_t)later == (uint32_t)called;
        core_handle_close(attacker, attacker->coprocess, later ? later : called);
    } while (number++ < steps && misled == 0);
    ok(met > 5, "%s: at %u of %d instructions its handle becomes another", what, met, number);
    ok(misled == 0, "%s: nothing else is called", what);
}

static uint64_t make_target(void)
{
    return make_handle(attacker, HANDLE_KIND_TARGET, attackers_worker, 1, 0);
}

static uint64_t make_service(void)
{
    return service_of(old_pool);
}

static void test_handles(const char *how)
{
    char what[64];
    snprintf(what, sizeof what, "a thread and a memory object%s", how);
    test_handle(what, make_target, HANDLE_KIND_MEMORY);
    old_pool = make_pool(attacker, to_own_worker);
    snprintf(what, sizeof what, "a service and an object of somebody's%s", how);
    test_handle(what, make_service, HANDLE_KIND_SEALED);
    core_pool_end(attacker, &old_pool);
    core_handle_close(attacker, attacker->coprocess, old_pool);
}

static void create(void)
{
    realm = tables_create_threads(COPROCESSES, COPROCESSES, THREADS, HANDLES);
    tables_map(realm->core_area + CORE_POOLS, (size_t)CORE_POOLS_MAX * CORE_POOL_SIZE);
    for (uint32_t i = 0; i < THREADS; i++)
        prepare_thread(i);
    attacker = tables_block(realm, ATTACKER);
    victim = tables_block(realm, VICTIM);
    attackers_worker = tables_block(realm, ATTACKERS_WORKER);
    victims_worker = tables_block(realm, VICTIMS_WORKER);
    decoy = tables_map(realm->core_area + CORE_OBJECTS, sizeof *decoy);
    to_own_worker = make_handle(attacker, HANDLE_KIND_TARGET, attackers_worker, 1, 0);
    second_to_victims_worker = make_handle(attacker, HANDLE_KIND_TARGET, victims_worker, 1, 0);
    to_victims_worker = make_handle(victim, HANDLE_KIND_TARGET, victims_worker, 1, 0);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    walk_prepare();
    create();
    if (!*only || !strcmp(only, "changing")) {
        test("adding a worker", add, false, false);
        test("removing a worker", remove_victims, false, false);
        test("ending a co-process", end_all, false, false);
        test("claiming a worker", claim, true, true);
    }
    core_cpu_has_avx = __builtin_cpu_supports("avx");
    for (int avx = 0; avx <= core_cpu_has_avx; avx++) {
        used_gate = avx ? cocall_gate_avx : cocall_gate_sse;
        if (!*only || !strcmp(only, "calling")) {
            test(avx ? "calling a pool, AVX" : "calling a pool", call_pool, true, true);
            test(avx ? "calling a service, AVX" : "calling a service", call_service, true, true);
        }
        if (!*only || !strcmp(only, "handles"))
            test_handles(avx ? ", AVX" : "");
    }
    return done_testing();
}

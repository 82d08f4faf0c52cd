/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Slots while somebody takes one that a thread has left: at each instruction of that, another thread takes the slot,
 * comes to be, and leaves without being gone; then the first goes on, or dies at a later instruction and its co-process
 * ends. Never may a slot be somebody else's whose last thread is not gone. The same while the end of a co-process frees
 * its slots. A thread block that is prepared anew is looked at after each instruction: whatever still follows a pointer
 * into it finds its last life or the new one. And somebody cancels a thread whose slot becomes another's: that one is
 * not.
 *
 * The first is walked with the trap flag, in an ordinary process that has core memory but no programs.
 */
#include "core/kernel.h"
#include "core/shim/shim.h"
#include "tests/loader/tap.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { TAKER, LEAVER, COPROCESSES, SLOTS = 3, TRAP_FLAG = 0x100, NEVER = 1 << 30, ALWAYS = -1 };

static struct realm *realm;
static struct coprocess *coprocesses[COPROCESSES];
static struct thread_block *contested; /* of the slot that a thread has left */
static bool lives;                     /* that thread, or one after it, is not gone */
static bool dropped;                   /* stacks of one that is not gone */

static volatile int steps, others_at, dies_at;
static volatile bool walks;
static void (*others)(void);
static sigjmp_buf death;

/* What the core needs of the kernel: memory can always be had. */
long core_kernel(long number, long a, long b, long c, long d, long e, long f)
{
    (void)b, (void)c, (void)d, (void)e, (void)f;
    uint64_t slot = (uint64_t)contested - SLOT_THREAD_BLOCK;
    if (number == SYS_madvise && (uint64_t)a - slot < CORE_SLOT_SIZE)
        dropped |= lives;
    return 0;
}

_Noreturn void core_end_home_thread(struct thread_block *block)
{
    (void)block;
    abort(); /* nobody is signalled but to be cancelled */
}

bool core_signal_ends(int signal)
{
    (void)signal;
    abort();
}

/* No call has a deadline. */
void core_deadline_end(struct thread_block *caller)
{
    (void)caller;
}

static void *map(uint64_t address, size_t size)
{
    void *memory = mmap((void *)address, size, PROT_READ | PROT_WRITE,
                        MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    need(memory != MAP_FAILED, "memory");
    return memory;
}

static void create_realm(void)
{
    static const struct switcher switcher;
    void *area = mmap(NULL, CORE_SLOTS + SLOTS * (size_t)CORE_SLOT_SIZE, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    need(area != MAP_FAILED, "the core area");
    realm = map((uint64_t)area, sizeof(struct realm));
    realm->core_area = (uint64_t)area;
    realm->switcher = &switcher;
    for (uint32_t i = 0; i < COPROCESSES; i++) {
        coprocesses[i] =
            map((uint64_t)area + CORE_COPROCESSES + i * (uint64_t)CORE_COPROCESS_SIZE, sizeof(struct coprocess));
        coprocesses[i]->index = i;
        coprocesses[i]->realm = realm;
    }
    for (uint32_t i = 0; i < SLOTS; i++) {
        map(((uint64_t)core_block_of(realm, i + 1) & ~UINT64_C(4095)) - 4096, 4096 + sizeof(struct thread_block));
        core_block_of(realm, i + 1)->home.owner = i + 1;
        realm->slot_accessible[i] = true;
    }
    realm->slot_limit = SLOTS;
    contested = core_block_of(realm, 1);
}

static bool is_left(void)
{
    return realm->slot_use[0] == ((LEAVER + 1) | SLOT_LEFT);
}

static void set_life(struct coprocess *coprocess, bool alive)
{
    lives = alive;
    contested->coprocess = coprocess;
    contested->home.pid = 1;
    contested->home.tid_word = alive;
}

/* A further thread of this co-process comes. False if it gets another slot. */
static bool come(struct coprocess *coprocess)
{
    struct thread_block *block = core_slot_take(coprocess);
    if (block != contested) {
        realm->slot_use[block->home.owner - 1] = 0;
        return false;
    }
    set_life(coprocess, true);
    core_slot_use(block);
    return true;
}

static void come_and_leave(void)
{
    if (come(coprocesses[LEAVER]))
        realm->slot_use[0] = (LEAVER + 1) | SLOT_LEFT;
}

static void come_and_stay(void)
{
    come(coprocesses[TAKER]);
}

static void step(int signal, siginfo_t *information, void *interrupted)
{
    ucontext_t *context = interrupted;
    greg_t *flags = &context->uc_mcontext.gregs[REG_EFL];
    (void)signal;
    if (information->si_code == SI_KERNEL) { /* int3: begins and ends the walk */
        walks = !walks;
        *flags = walks ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
        return;
    }
    if (steps == others_at || others_at == ALWAYS)
        others();
    if (steps++ == dies_at)
        siglongjmp(death, 1);
}

static void prepare(void (*what_others_do)(void), int others_come, int dies)
{
    steps = 0;
    others = what_others_do;
    others_at = others_come;
    dies_at = dies;
    dropped = walks = false;
    for (uint32_t i = 1; i < SLOTS; i++)
        realm->slot_use[i] = 0;
    realm->slot_use[0] = (LEAVER + 1) | SLOT_LEFT;
    set_life(coprocesses[LEAVER], false);
}

/* Gives what the taker has got; NULL if it died. */
static struct thread_block *take(uint32_t taker, int others_come, int dies)
{
    struct thread_block *volatile taken = NULL;
    prepare(come_and_leave, others_come, dies);
    if (sigsetjmp(death, 1))
        return NULL;
    __asm__ volatile("int3");
    taken = core_slot_take(coprocesses[taker]);
    __asm__ volatile("int3");
    return taken;
}

static void test_taking(uint32_t taker, const char *what)
{
    unsigned met = 0, shared = 0, lost = 0;
    int number = 0;
    do {
        struct thread_block *taken = take(taker, number, NEVER);
        met += lives;
        shared += lives && (taken == contested || !is_left());
        lost += !taken;
    } while (number++ < steps);
    ok(number > 20 && met > 5, "%s: at %d instructions, at %u of them another takes it first", what, number, met);
    ok(shared == 0, "%s: nobody takes a slot whose thread is not gone (%u)", what, shared);
    ok(lost == 0 && !dropped, "%s: but another", what);
}

static void test_deaths(void)
{
    unsigned met = 0, shared = 0;
    int number = 0, end = 0;
    do {
        take(TAKER, number, NEVER);
        end = lives ? steps : 0;
        for (int dies = number; dies < end && shared == 0; dies++) {
            take(TAKER, number, dies);
            core_slots_free(coprocesses[TAKER]);
            met++;
            shared += dropped || !is_left();
        }
    } while (number++ < steps && shared == 0);
    ok(met > 100 || shared, "the taker dies at %u places, after another has taken the slot first", met);
    ok(shared == 0, "nobody loses the slot before it is gone (%u)", shared);
    take(TAKER, NEVER, NEVER);
    core_slots_free(coprocesses[TAKER]);
    ok(realm->slot_use[0] == 0, "what a co-process has is free after its end");
}

static void test_incarnations(void)
{
    take(TAKER, NEVER, NEVER);
    core_slots_free(coprocesses[TAKER]);
    contested->incarnation = UINT32_MAX - 1;
    ok(take(TAKER, NEVER, NEVER) != contested, "a slot whose incarnations are used up is not taken");
    contested->incarnation = UINT32_MAX / 2;
    ok(take(TAKER, NEVER, NEVER) == contested, "but one is that has some left");
}

/* Whoever ends the co-process of the one that has left. */
static void test_end(void)
{
    unsigned met = 0, lost = 0;
    int number = 0;
    do {
        prepare(come_and_stay, number, NEVER);
        __asm__ volatile("int3");
        core_slots_free(coprocesses[LEAVER]);
        __asm__ volatile("int3");
        met += lives;
        lost += lives && (dropped || realm->slot_use[0] != TAKER + 1);
    } while (number++ < steps);
    ok(met > 5, "at %u of %d instructions of the end of its co-process another takes the slot", met, number);
    ok(lost == 0, "and keeps it (%u)", lost);
}

enum { WORDS = sizeof(struct thread_block) / sizeof(uint64_t) };
static uint64_t last_life[WORDS], new_life[WORDS];
static unsigned strange, early;

static void look(void)
{
    const size_t claim = offsetof(struct thread_block, claim) / sizeof(uint64_t);
    const volatile uint64_t *words = (const volatile uint64_t *)contested;
    bool published = words[claim] != last_life[claim];
    for (size_t i = 0; i < WORDS; i++) {
        strange += words[i] != last_life[i] && words[i] != new_life[i];
        early += published && words[i] != new_life[i];
    }
}

static void test_preparing(void)
{
    coprocesses[LEAVER]->region_base = 1;
    coprocesses[TAKER]->region_base = 2;
    core_block_prepare(contested, coprocesses[LEAVER]);
    contested->callee = contested;
    contested->arguments[0] = 5;
    memcpy(last_life, contested, sizeof last_life);
    core_block_prepare(contested, coprocesses[TAKER]);
    memcpy(new_life, contested, sizeof new_life);
    memcpy(contested, last_life, sizeof last_life);
    prepare(look, ALWAYS, NEVER);
    memcpy(contested, last_life, sizeof last_life);
    __asm__ volatile("int3");
    core_block_prepare(contested, coprocesses[TAKER]);
    __asm__ volatile("int3");
    ok(steps > WORDS && memcmp(contested, new_life, sizeof new_life) == 0,
       "a thread block is prepared anew, in %d steps", steps);
    ok(strange == 0, "each word goes from its last life to the new one (%u)", strange);
    ok(early == 0, "and the claim word comes last (%u)", early);
}

/* The thread goes for good, and another co-process's gets its slot. */
static void succeed(void)
{
    contested->home.tid_word = 0;
    coprocesses[LEAVER]->threads[0] = 0;
    core_block_prepare(contested, coprocesses[TAKER]);
    contested->home.tid = 8;
    contested->home.pid = 2;
}

static void test_cancelling(void)
{
    const uint64_t arguments[] = {7, COMESG_SIGNAL_CANCEL};
    struct thread_block canceller = {.coprocess = coprocesses[LEAVER]};
    unsigned cancelled = 0, marked = 0;
    int number = 0;
    do {
        core_block_prepare(contested, coprocesses[LEAVER]);
        coprocesses[LEAVER]->threads[0] = contested->home.owner;
        prepare(succeed, number, NEVER);
        set_life(coprocesses[LEAVER], true);
        contested->home.tid = 7;
        __asm__ volatile("int3");
        shim_tkill(&canceller, arguments);
        __asm__ volatile("int3");
        contested->arguments[0] = COMESG_CANCELLATION_POINT;
        marked += contested->cancelled != 0;
        cancelled += contested->coprocess == coprocesses[TAKER] && shim_cancelled(contested);
    } while (number++ < steps);
    ok(marked > 2, "somebody cancels a thread: of %d instructions, the mark is left at %u", number, marked);
    ok(cancelled == 0, "whoever gets its slot meanwhile is not cancelled (%u)", cancelled);
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    const struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO};
    need(sigaction(SIGTRAP, &action, NULL) == 0, "sigaction");
    create_realm();
    if (!*only || !strcmp(only, "taking")) {
        test_taking(LEAVER, "the same co-process");
        test_taking(TAKER, "another co-process");
    }
    if (!*only || !strcmp(only, "deaths"))
        test_deaths();
    if (!*only || !strcmp(only, "end"))
        test_end();
    if (!*only || !strcmp(only, "incarnations"))
        test_incarnations();
    if (!*only || !strcmp(only, "preparing"))
        test_preparing();
    if (!*only || !strcmp(only, "cancelling"))
        test_cancelling();
    return done_testing();
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The processor as judge: runs admitted instructions in a region of its own, one at a time, and looks at what they did.
 * Each is placed so that it ends with its page and nothing executable follows. It must then fault in itself (its memory
 * operand is unmapped, it divides by zero, this processor lacks it) or complete: stop exactly at the end of the page,
 * so that decoder and processor agree on its length, with the reserved registers intact. Faulting addresses must lie
 * within the reach of the legal memory forms.
 *
 * All encodings of the four legacy opcode maps with common prefixes are enumerated; VEX encodings are sampled.
 */
#include "comesg/abi.h"
#include "tests/verifier/check.h"
#include "verifier/patterns.h"
#include <Zydis/Zydis.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define REACH 0x80000000
#define PAGE 0x1000
#define DATA_OFFSET 0x400000
#define DATA_SIZE 0x20000
/* Values that no admitted instruction can reach or change. */
#define STACK_VALUE 0x00005eed00000008
#define THREAD_VALUE 0x00005eee00000000
#define CARRY_TO_OVERFLOW 0x8d5
#define MUST_BE_CLEAR 0x247500 /* TF, DF, IOPL, NT, AC, ID */

enum { VEX_SAMPLES = 1500000, QUEUE = 4096 };

struct test {
    uint8_t bytes[15];
    uint8_t length;
};

static uint8_t *region;
static uint8_t *page_end;
static struct test queue[QUEUE];
static size_t queue_length, position;
static ucontext_t resume;
static bool running;
static struct {
    unsigned long completed, faulted, unsupported, wrong;
} outcome;

static uint64_t next_random(void)
{
    static uint64_t state = 0x2545f4914f6cdd1d;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void complain(const struct test *test, const char *what, const greg_t *registers, uint64_t address)
{
    if (outcome.wrong++ >= 20)
        return;
    printf("# %s:", what);
    for (unsigned i = 0; i < test->length; i++)
        printf(" %02x", test->bytes[i]);
    printf(" (rip %llx, address %" PRIx64 ", r11 %llx, r13 %llx, flags %llx)\n", registers[REG_RIP], address,
           registers[REG_R11], registers[REG_R13], registers[REG_EFL]);
}

static const char *judge_registers(const greg_t *registers)
{
    if (registers[REG_RSP] != STACK_VALUE)
        return "rsp changed";
    if (registers[REG_R15] != THREAD_VALUE)
        return "r15 changed";
    if (registers[REG_R14] != (greg_t)(uintptr_t)region)
        return "r14 changed";
    if ((uint64_t)registers[REG_R11] >> 32 != 0)
        return "r11 has an upper half";
    if ((uint64_t)registers[REG_R13] >> 32 != 0)
        return "r13 has an upper half";
    return registers[REG_EFL] & MUST_BE_CLEAR ? "a system flag is set" : NULL;
}

static bool is_within_reach(uint64_t address)
{
    uint64_t base = (uint64_t)(uintptr_t)region;
    return address >= base - REACH && address < base + COMESG_REGION_SIZE + REACH + 64;
}

static const char *judge(int signal, const siginfo_t *info, const greg_t *registers, const struct test *test)
{
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
    uint64_t end = (uint64_t)(uintptr_t)page_end;
    uint64_t rip = (uint64_t)registers[REG_RIP];
    if (rip == end && signal == SIGSEGV && address == end) {
        outcome.completed++;
        return judge_registers(registers);
    }
    if (rip != end - test->length)
        return "stopped at a strange place: the processor takes another length";
    if (signal == SIGILL) {
        outcome.unsupported++;
        return NULL;
    }
    outcome.faulted++;
    if (signal == SIGSEGV && info->si_code > 0 && info->si_code != SI_KERNEL) {
        if (address == end)
            return "fetches behind its end: the processor takes another length";
        if (!is_within_reach(address) && address - THREAD_VALUE != COMESG_THREAD_POINTER)
            return "accesses memory out of reach";
    }
    return judge_registers(registers);
}

static void set_up(greg_t *registers, const struct test *test)
{
    static const int free_registers[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RBP, REG_RSI,
                                         REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R12};
    uint8_t *start = page_end - test->length;
    memcpy(start, test->bytes, test->length);
    for (unsigned i = 0; i < sizeof(free_registers) / sizeof(free_registers[0]); i++)
        registers[free_registers[i]] = (greg_t)next_random();
    registers[REG_R11] = DATA_OFFSET + (greg_t)(next_random() % (DATA_SIZE / 32)) * 32;
    registers[REG_R13] = DATA_OFFSET + (greg_t)(next_random() % (DATA_SIZE / 32)) * 32;
    registers[REG_R14] = (greg_t)(uintptr_t)region;
    registers[REG_R15] = THREAD_VALUE;
    registers[REG_RSP] = STACK_VALUE;
    registers[REG_EFL] = 0x202 | (greg_t)(next_random() & CARRY_TO_OVERFLOW);
    registers[REG_RIP] = (greg_t)(uintptr_t)start;
}

static void handle(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (running) {
        const struct test *test = &queue[position++];
        const char *error = judge(signal, info, registers, test);
        if (error != NULL)
            complain(test, error, registers, (uint64_t)(uintptr_t)info->si_addr);
    } else {
        memcpy(resume.uc_mcontext.gregs, registers, sizeof(resume.uc_mcontext.gregs));
        resume.uc_mcontext.gregs[REG_RIP] += 2;
        running = true;
    }
    if (position < queue_length) {
        set_up(registers, &queue[position]);
        return;
    }
    memcpy(registers, resume.uc_mcontext.gregs, sizeof(resume.uc_mcontext.gregs));
    running = false;
}

/* Runs the queue from within the signal handler: every instruction ends in a fault that starts the next one. */
static void run_queue(void)
{
    position = 0;
    if (queue_length != 0)
        __asm__ volatile("ud2" ::: "memory");
    queue_length = 0;
}

static void install_handler(void)
{
    static uint8_t stack[1 << 16];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    sigaltstack(&alternate, NULL);
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
}

/* A region with unmapped surroundings, one page of code and some data. */
static bool make_region(void)
{
    uint8_t *span = mmap(NULL, 5 * COMESG_REGION_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (span == MAP_FAILED)
        return false;
    region = (uint8_t *)(((uintptr_t)span + 2 * COMESG_REGION_SIZE - 1) & ~(uintptr_t)(COMESG_REGION_SIZE - 1));
    page_end = region + CHECK_ADDRESS + PAGE;
    return mprotect(region + CHECK_ADDRESS, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0 &&
           mprotect(region + DATA_OFFSET, DATA_SIZE, PROT_READ | PROT_WRITE) == 0;
}

/* Control flow, units and gates are byte patterns; what they do is not seen in one step. */
static bool may_run(const uint8_t *bytes)
{
    uint8_t window[PATTERN_WINDOW] = {0};
    memcpy(window, bytes, 15);
    struct pattern pattern = pattern_match(window);
    bool harmless = bytes[0] == 0x66 || bytes[0] == 0x90 || bytes[0] == 0xf3 || bytes[0] == 0x0f;
    return pattern.length == 0 || (harmless && !pattern.branches && !pattern.stops);
}

static void offer(const uint8_t bytes[15])
{
    static ZydisDecoder decoder;
    ZydisDecoderContext context;
    ZydisDecodedInstruction decoded;
    if (decoder.stack_width == 0)
        ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (ZYAN_FAILED(ZydisDecoderDecodeInstruction(&decoder, &context, bytes, 15, &decoded)) || !may_run(bytes) ||
        check_then_trap(bytes, decoded.length) != VERIFIER_ACCEPTED)
        return;
    struct test *test = &queue[queue_length++];
    memcpy(test->bytes, bytes, 15);
    test->length = decoded.length;
    if (queue_length == QUEUE)
        run_queue();
}

/* The operand bytes behind an opcode: registers, then the legal memory forms, then random ones. */
static void offer_operands(uint8_t bytes[15], unsigned opcode_end)
{
    for (unsigned i = opcode_end; i < 15; i++)
        bytes[i] = (uint8_t)next_random();
    for (unsigned modrm = 0xc0; modrm < 0x100; modrm++) {
        bytes[opcode_end] = (uint8_t)modrm;
        offer(bytes);
    }
    for (unsigned reg = 0; reg < 8; reg++) {
        bytes[opcode_end] = (uint8_t)(reg << 3 | 4);
        bytes[opcode_end + 1] = next_random() & 1 ? 0x1e : 0x2e; /* (%r14,%r11) or (%r14,%r13) */
        offer(bytes);
    }
    bytes[opcode_end] |= 0x80; /* with a random 32-bit displacement: mostly a fault, but within reach */
    offer(bytes);
    bytes[opcode_end] = (uint8_t)next_random();
    bytes[opcode_end + 1] = (uint8_t)next_random();
    offer(bytes);
}

static unsigned put_prefixes(uint8_t *bytes, unsigned choice, unsigned rex)
{
    static const uint8_t legacy[][2] = {{0}, {0x66}, {0xf2}, {0xf3}, {0x66, 0xf2}, {0x66, 0xf3}, {0xf0}, {0x66, 0xf0}};
    unsigned n = 0;
    for (unsigned i = 0; i < 2 && legacy[choice][i] != 0; i++)
        bytes[n++] = legacy[choice][i];
    if (rex != 0)
        bytes[n++] = (uint8_t)rex;
    return n;
}

static unsigned put_map(uint8_t *bytes, unsigned n, unsigned map)
{
    if (map > 0)
        bytes[n++] = 0x0f;
    if (map > 1)
        bytes[n++] = map == 2 ? 0x38 : 0x3a;
    return n;
}

static void enumerate_legacy(void)
{
    static const uint8_t rex[] = {0, 0x40, 0x41, 0x43, 0x44, 0x45, 0x47, 0x48, 0x49, 0x4b, 0x4c, 0x4d, 0x4f};
    for (unsigned prefix = 0; prefix < 8; prefix++)
        for (unsigned r = 0; r < sizeof(rex); r++)
            for (unsigned map = 0; map < 4; map++)
                for (unsigned opcode = 0; opcode < 256; opcode++) {
                    uint8_t bytes[15];
                    unsigned n = put_map(bytes, put_prefixes(bytes, prefix, rex[r]), map);
                    bytes[n] = (uint8_t)opcode;
                    offer_operands(bytes, n + 1);
                }
    run_queue();
}

/* Three-byte VEX prefixes of the three maps, with a register operand or r14 and r11 as address. */
static void sample_vex(void)
{
    for (unsigned sample = 0; sample < VEX_SAMPLES; sample++) {
        uint8_t bytes[15];
        uint64_t random = next_random();
        for (unsigned i = 0; i < 15; i++)
            bytes[i] = (uint8_t)next_random();
        bytes[0] = 0xc4;
        bytes[1] = (uint8_t)((bytes[1] & 0xe0) | (1 + random % 3));
        if (random & 0x10000)
            bytes[2] |= 0x78; /* most instructions demand an unused second source */
        bool memory = (random >> 8 & 3) == 0;
        if (memory) {
            bytes[1] &= 0x9f;
            bytes[4] &= 0x3f;
            bytes[4] = (uint8_t)((bytes[4] & 0x38) | 4);
            bytes[5] = 0x1e;
        } else {
            bytes[4] |= 0xc0;
        }
        offer(bytes);
    }
    run_queue();
}

int main(void)
{
    if (!make_region()) {
        printf("1..0 # SKIP cannot reserve the address space that the test needs\n");
        return 0;
    }
    install_handler();
    enumerate_legacy();
    printf("# legacy: %lu completed, %lu faulted, %lu unsupported\n", outcome.completed, outcome.faulted,
           outcome.unsupported);
    check(outcome.completed > 100000, "many admitted legacy instructions completed");
    unsigned long before = outcome.completed;
    sample_vex();
    printf("# all: %lu completed, %lu faulted, %lu unsupported\n", outcome.completed, outcome.faulted,
           outcome.unsupported);
    check(outcome.completed > before || outcome.unsupported > 0, "admitted VEX instructions ran");
    check(outcome.wrong == 0, "none did anything illegal (%lu did)", outcome.wrong);
    return check_done();
}

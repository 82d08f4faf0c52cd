/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Byte patterns, in the encodings that the GNU assembler chooses. A different encoding of the same instructions is
 * refused.
 */
#include "verifier/patterns.h"
#include "comesg/abi.h"
#include <string.h>

enum { RSP = 4, R11 = 11, R13 = 13, R14 = 14, R15 = 15 };
enum { REX = 0x40, REX_B = 0x01, REX_X = 0x02, REX_R = 0x04, REX_W = 0x08 };

static int32_t load32(const uint8_t *p)
{
    int32_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static int32_t sign_extend8(uint8_t byte)
{
    return (int32_t)(byte ^ 0x80u) - 0x80;
}

static bool is_free(unsigned reg)
{
    return reg != RSP && reg != R11 && reg != R13 && reg != R14 && reg != R15;
}

static struct pattern plain(unsigned length)
{
    return (struct pattern){.length = length};
}

static struct pattern stop(unsigned length)
{
    return (struct pattern){.length = length, .stops = true};
}

/* A direct branch whose displacement is the last thing in it. */
static struct pattern branch8(const uint8_t *p, unsigned opcode_length, bool stops)
{
    unsigned length = opcode_length + 1;
    return (struct pattern){length, stops, true, 0, length, sign_extend8(p[opcode_length])};
}

static struct pattern branch32(const uint8_t *p, unsigned opcode_length, bool stops)
{
    unsigned length = opcode_length + 4;
    return (struct pattern){length, stops, true, 0, length, load32(p + opcode_length)};
}

/* endbr64, pause */
static struct pattern match_f3(const uint8_t *p)
{
    if (p[1] == 0x0f && p[2] == 0x1e && p[3] == 0xfa)
        return plain(4);
    return plain(p[1] == 0x90 ? 2 : 0);
}

/* The instructions that the assembler pads with. */
static struct pattern match_nop(const uint8_t *p)
{
    static const struct {
        uint8_t length;
        uint8_t bytes[11];
    } nops[] = {
        {1, {0x90}},
        {2, {0x66, 0x90}},
        {3, {0x0f, 0x1f, 0x00}},
        {4, {0x0f, 0x1f, 0x40, 0x00}},
        {5, {0x0f, 0x1f, 0x44, 0x00, 0x00}},
        {6, {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00}},
        {7, {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00}},
        {8, {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}},
        {9, {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}},
        {10, {0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}},
        {11, {0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}},
    };
    for (unsigned i = 0; i < sizeof(nops) / sizeof(nops[0]); i++)
        if (memcmp(p, nops[i].bytes, nops[i].length) == 0)
            return plain(nops[i].length);
    return plain(0);
}

/* lfence, mfence, sfence */
static struct pattern match_fence(const uint8_t *p)
{
    return plain(p[2] == 0xe8 || p[2] == 0xf0 || p[2] == 0xf8 ? 3 : 0);
}

/* 0f: jcc rel32, ud2, fences, nops */
static struct pattern match_0f(const uint8_t *p)
{
    if ((p[1] & 0xf0) == 0x80)
        return branch32(p, 2, false);
    if (p[1] == 0x0b)
        return stop(2);
    if (p[1] == 0xae)
        return match_fence(p);
    return p[1] == 0x1f ? match_nop(p) : plain(0);
}

/* call or jmp *K(%r15), K from the closed list */
static struct pattern match_gate(const uint8_t *p)
{
    unsigned gate = (p[2] & 0xc0) == 0x40 ? p[3] : 0;
    unsigned length = (p[2] & 0xc0) == 0x40 ? 4 : 3;
    bool explicit_zero = length == 4 && gate == 0;
    if (p[1] != 0xff || explicit_zero)
        return plain(0);
    switch (p[2] & 0xbf) {
    case 0x17: /* call */
        if (gate == COMESG_GATE_SYSCALL || gate == COMESG_GATE_COCALL || gate == COMESG_GATE_SETJMP ||
            gate == COMESG_GATE_COCALL_WITH)
            return plain(length);
        break;
    case 0x27: /* jmp */
        if (gate == COMESG_GATE_COACCEPT || gate == COMESG_GATE_LONGJMP || gate == COMESG_GATE_COACCEPT_WITH)
            return stop(length);
        break;
    }
    return plain(0);
}

/* movq COMESG_THREAD_POINTER(%r15),%reg */
static struct pattern match_thread_pointer(const uint8_t *p)
{
    unsigned reg = ((p[0] & REX_R) ? 8 : 0) + (p[2] >> 3 & 7);
    bool matches = p[1] == 0x8b && (p[2] & 0xc7) == 0x47 && p[3] == COMESG_THREAD_POINTER && is_free(reg);
    return plain(matches ? 4 : 0);
}

/* The length of `jne`, 0 if there is none. */
static unsigned match_jne(const uint8_t *p, int32_t *displacement)
{
    if (p[0] == 0x75) {
        *displacement = sign_extend8(p[1]);
        return 2;
    }
    if (p[0] == 0x0f && p[1] == 0x85) {
        *displacement = load32(p + 2);
        return 6;
    }
    return 0;
}

/* The landing-pad check and the indirect branch behind it; see doc/abi.md. */
static struct pattern match_branch_unit(const uint8_t *p)
{
    unsigned high = p[0] == (REX | REX_R | REX_B) ? 1 : 0;
    const uint8_t *q = p + high;
    unsigned low = q[1] & 7;
    if (q[0] != 0x89 || q[1] != (0xc0 | low << 3 | low) || !is_free(high << 3 | low)) /* movl %eR,%eR */
        return plain(0);
    q += 2;
    if (q[0] != 0x41 || q[1] != 0xbb || load32(q + 2) != COMESG_LANDING_PAD_NEGATED) /* movl $...,%r11d */
        return plain(0);
    q += 6;
    if (q[0] != (REX | REX_R | REX_B | (high ? REX_X : 0)) || q[1] != 0x03 || q[2] != 0x1c || q[3] != (low << 3 | 6))
        return plain(0); /* addl (%r14,%rR),%r11d */
    q += 4;
    struct pattern unit = {.branches = true, .branch_start = (unsigned)(q - p)};
    unsigned jne = match_jne(q, &unit.displacement);
    if (jne == 0)
        return plain(0);
    q += jne;
    unit.branch_end = (unsigned)(q - p);
    if (q[0] != (REX | REX_W | REX_R | (high ? REX_B : 0)) || q[1] != 0x01 || q[2] != (0xf0 | low))
        return plain(0); /* addq %r14,%rR */
    q += 3;
    if (high && *q++ != (REX | REX_B))
        return plain(0);
    if (q[0] != 0xff || (q[1] != (0xd0 | low) && q[1] != (0xe0 | low))) /* call, jmp *%rR */
        return plain(0);
    unit.stops = q[1] == (0xe0 | low);
    unit.length = (unsigned)(q + 2 - p);
    return unit;
}

static bool is_repeat(uint8_t byte)
{
    return byte == 0xf2 || byte == 0xf3;
}

/* A string instruction with its repeat, operand-size and REX.W prefixes; its length, and its opcode without the width
 * bit. */
static unsigned match_string(const uint8_t *p, unsigned *opcode)
{
    const uint8_t *q = p;
    bool sized = *q == 0x66;
    q += sized;
    uint8_t repeat = is_repeat(*q) ? *q++ : 0;
    if (!sized && (*q == 0x66 || *q == (REX | REX_W))) {
        sized = true;
        q++;
    }
    *opcode = *q & 0xfe;
    bool compares = *opcode == 0xa6 || *opcode == 0xae;
    bool is_byte = (*q & 1) == 0;
    if ((repeat == 0xf2 && !compares) || (sized && is_byte))
        return 0;
    return (unsigned)(q + 1 - p);
}

/* A string instruction behind the guards of exactly the pointers it uses. */
static struct pattern match_string_unit(const uint8_t *p)
{
    static const uint8_t guard_rdi[] = {0x89, 0xff, 0x49, 0x8d, 0x3c, 0x3e};
    static const uint8_t guard_rsi[] = {0x89, 0xf6, 0x49, 0x8d, 0x34, 0x36};
    const uint8_t *q = p;
    bool rdi = memcmp(q, guard_rdi, sizeof(guard_rdi)) == 0;
    q += rdi ? sizeof(guard_rdi) : 0;
    bool rsi = memcmp(q, guard_rsi, sizeof(guard_rsi)) == 0;
    q += rsi ? sizeof(guard_rsi) : 0;
    unsigned opcode;
    unsigned length = match_string(q, &opcode);
    bool matches = false;
    switch (opcode) {
    case 0xa4: /* movs */
    case 0xa6: /* cmps */
        matches = rdi && rsi;
        break;
    case 0xaa: /* stos */
    case 0xae: /* scas */
        matches = rdi && !rsi;
        break;
    case 0xac: /* lods */
        matches = !rdi && rsi;
        break;
    }
    return plain(matches && length != 0 ? (unsigned)(q - p) + length : 0);
}

static struct pattern match_unit(const uint8_t *p)
{
    struct pattern unit = match_branch_unit(p);
    return unit.length != 0 ? unit : match_string_unit(p);
}

struct pattern pattern_match(const uint8_t p[PATTERN_WINDOW])
{
    switch (p[0]) {
    case 0x0f:
        return match_0f(p);
    case 0x41:
        return match_gate(p);
    case 0x45:
    case 0x89:
        return match_unit(p);
    case 0x49:
    case 0x4d:
        return match_thread_pointer(p);
    case 0x66:
    case 0x90:
        return match_nop(p);
    case 0x70 ... 0x7f: /* jcc */
        return branch8(p, 1, false);
    case 0xc3: /* ret */
    case 0xf4: /* hlt */
        return stop(1);
    case 0xe8: /* call */
        return branch32(p, 1, false);
    case 0xe9: /* jmp */
        return branch32(p, 1, true);
    case 0xeb: /* jmp */
        return branch8(p, 1, true);
    case 0xf3:
        return match_f3(p);
    default:
        return plain(0);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The instructions that the rewriter knows: which operands they write and what rewriting they need. Everything that is
 * not here is refused.
 */
#include "toolchain/rewriter/internal.h"
#include <string.h>

#define BWLQ "bwlq"
#define WLQ "wlq"
#define LQ "lq"

static const struct instruction general_table[] = {
    {"add", KIND_MODIFY, BWLQ, 0},
    {"adc", KIND_MODIFY, BWLQ, 0},
    {"sub", KIND_MODIFY, BWLQ, 0},
    {"sbb", KIND_MODIFY, BWLQ, 0},
    {"and", KIND_MODIFY, BWLQ, 0},
    {"or", KIND_MODIFY, BWLQ, 0},
    {"xor", KIND_MODIFY, BWLQ, 0},
    {"not", KIND_MODIFY, BWLQ, 0},
    {"neg", KIND_MODIFY, BWLQ, 0},
    {"inc", KIND_MODIFY, BWLQ, 0},
    {"dec", KIND_MODIFY, BWLQ, 0},
    {"shl", KIND_MODIFY, BWLQ, 0},
    {"sal", KIND_MODIFY, BWLQ, 0},
    {"shr", KIND_MODIFY, BWLQ, 0},
    {"sar", KIND_MODIFY, BWLQ, 0},
    {"rol", KIND_MODIFY, BWLQ, 0},
    {"ror", KIND_MODIFY, BWLQ, 0},
    {"rcl", KIND_MODIFY, BWLQ, 0},
    {"rcr", KIND_MODIFY, BWLQ, 0},
    {"shld", KIND_MODIFY, WLQ, 0},
    {"shrd", KIND_MODIFY, WLQ, 0},
    {"cmp", KIND_READ, BWLQ, 0},
    {"test", KIND_READ, BWLQ, 0},
    {"bt", KIND_BIT, WLQ, 0},
    {"bts", KIND_BIT, WLQ, 0},
    {"btr", KIND_BIT, WLQ, 0},
    {"btc", KIND_BIT, WLQ, 0},
    {"mov", KIND_WRITE, BWLQ, 0},
    {"movabs", KIND_WRITE, BWLQ, 0},
    {"movzb", KIND_WRITE, WLQ, 0},
    {"movzw", KIND_WRITE, LQ, 0},
    {"movzx", KIND_WRITE, "", 0},
    {"movsb", KIND_WRITE, WLQ, 0},
    {"movsw", KIND_WRITE, LQ, 0},
    {"movsl", KIND_WRITE, "q", 0},
    {"movsx", KIND_WRITE, "", 0},
    {"movsxd", KIND_WRITE, "", 0},
    {"imul", KIND_MULTIPLY, BWLQ, 0},
    {"mul", KIND_READ, BWLQ, 0},
    {"div", KIND_READ, BWLQ, 0},
    {"idiv", KIND_READ, BWLQ, 0},
    {"cltq", KIND_READ, "", 0},
    {"cqto", KIND_READ, "", 0},
    {"cltd", KIND_READ, "", 0},
    {"cwtl", KIND_READ, "", 0},
    {"cwtd", KIND_READ, "", 0},
    {"cbtw", KIND_READ, "", 0},
    {"cdqe", KIND_READ, "", 0},
    {"cqo", KIND_READ, "", 0},
    {"cdq", KIND_READ, "", 0},
    {"cwde", KIND_READ, "", 0},
    {"cwd", KIND_READ, "", 0},
    {"cbw", KIND_READ, "", 0},
    {"bswap", KIND_MODIFY, LQ, 0},
    {"xchg", KIND_EXCHANGE, BWLQ, 0},
    {"xadd", KIND_EXCHANGE, BWLQ, 0},
    {"cmpxchg", KIND_MODIFY, BWLQ, 0},
    {"cmpxchg8b", KIND_MODIFY, "", 0},
    {"cmpxchg16b", KIND_MODIFY, "", 0},
    {"bsf", KIND_MODIFY, WLQ, 0},
    {"bsr", KIND_MODIFY, WLQ, 0},
    {"popcnt", KIND_WRITE, WLQ, 0},
    {"lzcnt", KIND_WRITE, WLQ, 0},
    {"tzcnt", KIND_WRITE, WLQ, 0},
    {"andn", KIND_WRITE, LQ, 0},
    {"bextr", KIND_WRITE, LQ, 0},
    {"bzhi", KIND_WRITE, LQ, 0},
    {"pdep", KIND_WRITE, LQ, 0},
    {"pext", KIND_WRITE, LQ, 0},
    {"rorx", KIND_WRITE, LQ, 0},
    {"sarx", KIND_WRITE, LQ, 0},
    {"shlx", KIND_WRITE, LQ, 0},
    {"shrx", KIND_WRITE, LQ, 0},
    {"blsi", KIND_WRITE, LQ, 0},
    {"blsr", KIND_WRITE, LQ, 0},
    {"blsmsk", KIND_WRITE, LQ, 0},
    {"mulx", KIND_EXCHANGE, LQ, 0},
    {"adcx", KIND_MODIFY, LQ, 0},
    {"adox", KIND_MODIFY, LQ, 0},
    {"crc32", KIND_MODIFY, BWLQ, 0},
    {"movbe", KIND_WRITE, WLQ, 0},
    {"movnti", KIND_WRITE, LQ, 0},
    {"lea", KIND_LEA, WLQ, 0},
    {"push", KIND_PUSH, "wq", 0},
    {"pop", KIND_POP, "wq", 0},
    {"call", KIND_CALL, "q", 0},
    {"jmp", KIND_JUMP, "q", 0},
    {"ret", KIND_RETURN, "q", 0},
    {"leave", KIND_LEAVE, "q", 0},
    {"nop", KIND_NOP, WLQ, 0},
    {"pause", KIND_READ, "", 0},
    {"mfence", KIND_READ, "", 0},
    {"lfence", KIND_READ, "", 0},
    {"sfence", KIND_READ, "", 0},
    {"endbr64", KIND_LANDING_PAD, "", 0},
    {"clc", KIND_READ, "", 0},
    {"stc", KIND_READ, "", 0},
    {"cmc", KIND_READ, "", 0},
    {"cld", KIND_DROP, "", 0},
    {"lahf", KIND_READ, "", 0},
    {"sahf", KIND_READ, "", 0},
    {"ud2", KIND_STOP, "", 0},
    {"hlt", KIND_STOP, "", 0},
    {"prefetcht0", KIND_READ, "", 0},
    {"prefetcht1", KIND_READ, "", 0},
    {"prefetcht2", KIND_READ, "", 0},
    {"prefetchnta", KIND_READ, "", 0},
    {"prefetchw", KIND_READ, "", 0},
};

static const struct instruction string_table[] = {
    {"movs", KIND_STRING, BWLQ, 0}, {"stos", KIND_STRING, BWLQ, 0}, {"cmps", KIND_STRING, BWLQ, 0},
    {"scas", KIND_STRING, BWLQ, 0}, {"lods", KIND_STRING, BWLQ, 0},
};

#define CONTROL "control transfers that the control stack cannot follow are refused"
#define FLAGS_REASON "the flags register cannot be loaded or stored whole; use setcc, lahf or sahf"
#define COUNT_JUMP "use dec or test and a conditional jump"
#define STATE "saving or loading processor state is refused; use <fenv.h> for rounding and exceptions"
#define SEGMENT_REASON "segment registers and bases are the core's; use the C library's thread functions"

static const struct instruction refused_table[] = {
    {"syscall", KIND_REFUSED, "", "system calls go through the gate: call *0x0(%r15), or the C library's syscall()"},
    {"sysenter", KIND_REFUSED, "", "system calls go through the gate: call *0x0(%r15), or the C library's syscall()"},
    {"sysret", KIND_REFUSED, LQ, CONTROL},
    {"int", KIND_REFUSED, "", "system calls go through the gate: call *0x0(%r15); use ud2 to trap"},
    {"int3", KIND_REFUSED, "", "use ud2 to trap"},
    {"into", KIND_REFUSED, "", "use ud2 to trap"},
    {"iret", KIND_REFUSED, "wlq", CONTROL},
    {"lret", KIND_REFUSED, "wlq", CONTROL},
    {"lcall", KIND_REFUSED, "wlq", CONTROL},
    {"ljmp", KIND_REFUSED, "wlq", CONTROL},
    {"enter", KIND_REFUSED, "wq", "use push, mov and sub"},
    {"pushf", KIND_REFUSED, "wq", FLAGS_REASON},
    {"popf", KIND_REFUSED, "wq", FLAGS_REASON},
    {"std", KIND_REFUSED, "", "the direction flag is always clear; copy upwards or with a loop"},
    {"sti", KIND_REFUSED, "", "privileged"},
    {"cli", KIND_REFUSED, "", "privileged"},
    {"xlat", KIND_REFUSED, "b", "use movb with base and index"},
    {"loop", KIND_REFUSED, "q", COUNT_JUMP},
    {"loope", KIND_REFUSED, "q", COUNT_JUMP},
    {"loopne", KIND_REFUSED, "q", COUNT_JUMP},
    {"loopz", KIND_REFUSED, "q", COUNT_JUMP},
    {"loopnz", KIND_REFUSED, "q", COUNT_JUMP},
    {"jrcxz", KIND_REFUSED, "", COUNT_JUMP},
    {"jecxz", KIND_REFUSED, "", COUNT_JUMP},
    {"cpuid", KIND_REFUSED, "", "use getauxval(AT_HWCAP), or build for the CPU with -march"},
    {"xgetbv", KIND_REFUSED, "", "use getauxval(AT_HWCAP), or build for the CPU with -march"},
    {"rdtsc", KIND_REFUSED, "", "use clock_gettime(CLOCK_MONOTONIC)"},
    {"rdtscp", KIND_REFUSED, "", "use clock_gettime(CLOCK_MONOTONIC)"},
    {"rdpmc", KIND_REFUSED, "", "use clock_gettime(CLOCK_MONOTONIC)"},
    {"rdpid", KIND_REFUSED, "", "use sched_getcpu()"},
    {"rdrand", KIND_REFUSED, WLQ, "use getrandom()"},
    {"rdseed", KIND_REFUSED, WLQ, "use getrandom()"},
    {"in", KIND_REFUSED, BWLQ, "privileged"},
    {"out", KIND_REFUSED, BWLQ, "privileged"},
    {"ins", KIND_REFUSED, BWLQ, "privileged"},
    {"outs", KIND_REFUSED, BWLQ, "privileged"},
    {"clflush", KIND_REFUSED, "", "cache control is refused; leave it out"},
    {"clflushopt", KIND_REFUSED, "", "cache control is refused; leave it out"},
    {"clwb", KIND_REFUSED, "", "cache control is refused; leave it out"},
    {"ldmxcsr", KIND_REFUSED, "", STATE},
    {"stmxcsr", KIND_REFUSED, "", STATE},
    {"vldmxcsr", KIND_REFUSED, "", STATE},
    {"vstmxcsr", KIND_REFUSED, "", STATE},
    {"fxsave", KIND_REFUSED, LQ, STATE},
    {"fxrstor", KIND_REFUSED, LQ, STATE},
    {"xsave", KIND_REFUSED, LQ, STATE},
    {"xsavec", KIND_REFUSED, LQ, STATE},
    {"xsaveopt", KIND_REFUSED, LQ, STATE},
    {"xrstor", KIND_REFUSED, LQ, STATE},
    {"emms", KIND_REFUSED, "", "MMX is refused; use SSE"},
    {"rdfsbase", KIND_REFUSED, LQ, SEGMENT_REASON},
    {"rdgsbase", KIND_REFUSED, LQ, SEGMENT_REASON},
    {"wrfsbase", KIND_REFUSED, LQ, SEGMENT_REASON},
    {"wrgsbase", KIND_REFUSED, LQ, SEGMENT_REASON},
    {"swapgs", KIND_REFUSED, "", SEGMENT_REASON},
    {"maskmovdqu", KIND_REFUSED, "", "its address is implicit; use a blend and a store"},
    {"vmaskmovdqu", KIND_REFUSED, "", "its address is implicit; use a blend and a store"},
    {"maskmovq", KIND_REFUSED, "", "MMX is refused; use SSE"},
    {"xbegin", KIND_REFUSED, "", "transactions are refused; use a lock"},
    {"xend", KIND_REFUSED, "", "transactions are refused; use a lock"},
    {"xabort", KIND_REFUSED, "", "transactions are refused; use a lock"},
    {"endbr32", KIND_REFUSED, "", "use endbr64"},
    {"fwait", KIND_REFUSED, "", "x87 is refused; long double is 64 bits here"},
    {"wait", KIND_REFUSED, "", "x87 is refused; long double is 64 bits here"},
    {"vpgatherdd", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vpgatherdq", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vpgatherqd", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vpgatherqq", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vgatherdps", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vgatherdpd", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vgatherqps", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vgatherqpd", KIND_REFUSED, "", "gathers are refused; load the elements one by one"},
    {"vzeroall", KIND_VECTOR, "", 0},
    {"vzeroupper", KIND_VECTOR, "", 0},
};

/* Vector instructions by name, each also with a leading v. They write no general register but as the last operand. */
static const char vector_names[] =
    " movaps movapd movups movupd movdqa movdqu movss movsd movd movq movhlps movlhps movhps movlps movhpd movlpd "
    "movmskps"
    " movmskpd movntps movntpd movntdq movntdqa movddup movshdup movsldup lddqu addps addpd addss addsd subps subpd "
    "subss"
    " subsd mulps mulpd mulss mulsd divps divpd divss divsd sqrtps sqrtpd sqrtss sqrtsd rsqrtps rsqrtss rcpps rcpss "
    "minps"
    " minpd minss minsd maxps maxpd maxss maxsd andps andpd andnps andnpd orps orpd xorps xorpd addsubps addsubpd "
    "haddps"
    " haddpd hsubps hsubpd cmpps cmppd cmpss cmpsd comiss comisd ucomiss ucomisd shufps shufpd unpckhps unpckhpd "
    "unpcklps"
    " unpcklpd cvtdq2ps cvtdq2pd cvtps2dq cvttps2dq cvtpd2dq cvttpd2dq cvtps2pd cvtpd2ps cvtss2sd cvtsd2ss cvtsi2ss"
    " cvtsi2sd cvtss2si cvtsd2si cvttss2si cvttsd2si paddb paddw paddd paddq psubb psubw psubd psubq paddsb paddsw "
    "paddusb"
    " paddusw psubsb psubsw psubusb psubusw pmullw pmulhw pmulhuw pmuludq pmaddwd psadbw pavgb pavgw pminub pminsw "
    "pmaxub"
    " pmaxsw pand pandn por pxor pcmpeqb pcmpeqw pcmpeqd pcmpeqq pcmpgtb pcmpgtw pcmpgtd pcmpgtq psllw pslld psllq "
    "pslldq"
    " psrlw psrld psrlq psrldq psraw psrad packsswb packssdw packuswb packusdw punpckhbw punpckhwd punpckhdq punpckhqdq"
    " punpcklbw punpcklwd punpckldq punpcklqdq pshufd pshufhw pshuflw pshufb pextrb pextrw pextrd pextrq pinsrb pinsrw"
    " pinsrd pinsrq pmovmskb phaddw phaddd phaddsw phsubw phsubd phsubsw pmaddubsw pmulhrsw psignb psignw psignd pabsb"
    " pabsw pabsd palignr pblendvb blendvps blendvpd pblendw blendps blendpd ptest pmovsxbw pmovsxbd pmovsxbq pmovsxwd"
    " pmovsxwq pmovsxdq pmovzxbw pmovzxbd pmovzxbq pmovzxwd pmovzxwq pmovzxdq pmuldq pmulld pminsb pminuw pminsd pminud"
    " pmaxsb pmaxuw pmaxsd pmaxud phminposuw mpsadbw dpps dppd insertps extractps roundps roundpd roundss roundsd "
    "pcmpestri"
    " pcmpestrm pcmpistri pcmpistrm aesenc aesenclast aesdec aesdeclast aesimc aeskeygenassist pclmulqdq sha1rnds4"
    " sha1nexte sha1msg1 sha1msg2 sha256rnds2 sha256msg1 sha256msg2 ";

/* Names that exist only in the AVX, AVX2, F16C encodings. */
static const char avx_names[] =
    " vbroadcastss vbroadcastsd vbroadcastf128 vbroadcasti128 vextractf128 vextracti128 vinsertf128 vinserti128"
    " vmaskmovps vmaskmovpd vpmaskmovd vpmaskmovq vpermilps vpermilpd vperm2f128 vperm2i128 vpermd vpermps vpermq "
    "vpermpd"
    " vtestps vtestpd vpblendd vpbroadcastb vpbroadcastw vpbroadcastd vpbroadcastq vpsllvd vpsllvq vpsravd vpsrlvd"
    " vpsrlvq vcvtph2ps vcvtps2ph vzeroall vzeroupper vpclmulqdq ";

static const struct instruction vector_instruction = {"vector", KIND_VECTOR, "lqxy", 0};
static const struct instruction set_instruction = {"set", KIND_WRITE, "", 0};
static const struct instruction move_if_instruction = {"cmov", KIND_MODIFY, WLQ, 0};
static const struct instruction jump_if_instruction = {"j", KIND_JUMP_IF, "", 0};
static const struct instruction x87_instruction = {"x87", KIND_REFUSED, "",
                                                   "x87 is refused; long double is 64 bits here"};
static const struct instruction evex_instruction = {
    "evex", KIND_REFUSED, "", "AVX-512, opmask and AMX instructions are refused; build without -mavx512*"};

static const char x87_stems[] = " fld fst fild fist fadd fsub fmul fdiv fcom fucom fxch fabs fchs fsqrt fsin fcos "
                                "fptan fpatan fyl2x f2xm1 fscale fprem"
                                " frnd finit fninit fclex fnclex fnst fnsa fsave frst fldenv ffree finc fdec fnop "
                                "fcmov ftst fxam fbld fbst fiadd fisub"
                                " fimul fidiv ficom fxtract ";

static bool in_list(const char *list, const char *name, size_t length)
{
    for (const char *at = list; (at = strstr(at, " ")) && at[1]; at++)
        if (!strncmp(at + 1, name, length) && at[1 + length] == ' ')
            return true;
    return false;
}

static bool is_condition(const char *text, size_t length)
{
    static const char conditions[] =
        " o no b nae c nb ae nc e z ne nz be na nbe a s ns p pe np po l nge nl ge le ng nle g ";
    return length && in_list(conditions, text, length);
}

static bool starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static bool ends_in_type(const char *name, size_t length)
{
    return length >= 2 && name[length - 2] && strchr("ps", name[length - 2]) && strchr("sd", name[length - 1]);
}

static bool is_fused_multiply(const char *name, size_t length)
{
    static const char *const stems[] = {"vfmaddsub", "vfmsubadd", "vfmadd", "vfmsub", "vfnmadd", "vfnmsub"};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        size_t stem = strlen(stems[i]);
        if (length != stem + 5 || !starts(name, stems[i]))
            continue;
        const char *order = name + stem;
        return (starts(order, "132") || starts(order, "213") || starts(order, "231")) && ends_in_type(name, length);
    }
    return false;
}

static bool is_vector(const char *name, size_t length)
{
    if (in_list(vector_names, name, length) || in_list(avx_names, name, length))
        return true;
    if (name[0] == 'v' && in_list(vector_names, name + 1, length - 1) && !starts(name, "vsha"))
        return true;
    bool compare = starts(name, "cmp") || starts(name, "vcmp");
    bool carryless =
        (starts(name, "pclmul") || starts(name, "vpclmul")) && length > 4 && !strncmp(name + length - 3, "qdq", 3);
    return is_fused_multiply(name, length) || carryless || (compare && length > 6 && ends_in_type(name, length));
}

static const struct instruction *find_vector(const char *name, char *suffix)
{
    size_t length = strlen(name);
    if (length > 2 && is_vector(name, length))
        return &vector_instruction;
    if (length > 3 && strchr("lqxy", name[length - 1]) && is_vector(name, length - 1)) {
        *suffix = name[length - 1];
        return &vector_instruction;
    }
    return NULL;
}

static const struct instruction *find_in(const struct instruction *table, size_t count, const char *name, char *suffix)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < count; i++) {
        size_t stem = strlen(table[i].name);
        if (strncmp(name, table[i].name, stem))
            continue;
        if (length == stem)
            return &table[i];
        if (length == stem + 1 && strchr(table[i].suffixes, name[stem])) {
            *suffix = name[stem];
            return &table[i];
        }
    }
    return NULL;
}

static const struct instruction *find_conditional(const char *name, char *suffix)
{
    size_t length = strlen(name);
    if (starts(name, "set") && is_condition(name + 3, length - 3))
        return &set_instruction;
    if (name[0] == 'j' && is_condition(name + 1, length - 1))
        return &jump_if_instruction;
    if (!starts(name, "cmov"))
        return NULL;
    if (is_condition(name + 4, length - 4))
        return &move_if_instruction;
    if (length > 5 && strchr(WLQ, name[length - 1]) && is_condition(name + 4, length - 5)) {
        *suffix = name[length - 1];
        return &move_if_instruction;
    }
    return NULL;
}

static bool is_x87(const char *name)
{
    for (size_t length = 3; length <= strlen(name) && length <= 7; length++)
        if (in_list(x87_stems, name, length))
            return true;
    return false;
}

#define COUNT(table) (sizeof(table) / sizeof *(table))

const struct instruction *find_instruction(const char *mnemonic, bool bare, char *suffix)
{
    const struct instruction *found = NULL;
    *suffix = 0;
    if (bare)
        found = find_in(string_table, COUNT(string_table), mnemonic, suffix);
    if (!found)
        found = find_in(general_table, COUNT(general_table), mnemonic, suffix);
    if (!found)
        found = find_conditional(mnemonic, suffix);
    if (!found)
        found = find_in(refused_table, COUNT(refused_table), mnemonic, suffix);
    if (!found)
        found = find_vector(mnemonic, suffix);
    if (!found && !bare)
        found = find_in(string_table, COUNT(string_table), mnemonic, suffix);
    if (!found && is_x87(mnemonic))
        found = &x87_instruction;
    if (!found && (mnemonic[0] == 'k' || starts(mnemonic, "tile") || starts(mnemonic, "vp") || starts(mnemonic, "tdp")))
        found = &evex_instruction;
    return found;
}

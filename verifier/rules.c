/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The names and the explanations of the rules.
 */
#include "verifier/verifier.h"

struct rule {
    const char *name;
    const char *text;
};

static const struct rule rules[VERIFIER_RULE_COUNT] = {
    [VERIFIER_ACCEPTED] = {"accepted", "The text keeps to the binary interface."},
    [VERIFIER_OUT_OF_MEMORY] = {"out-of-memory",
                                "There is not enough memory to verify this text; give the verifier more."},
    [VERIFIER_TEXT_BOUNDS] = {"text-bounds", "The executable segment must not be empty and must lie between the image "
                                             "start and the image limit of a region; link the program at 0x10000."},
    [VERIFIER_UNDECODABLE] = {"undecodable",
                              "These bytes are not one whole instruction: unknown, or cut off by the end "
                              "of the text."},
    [VERIFIER_ENCODING] = {"encoding",
                           "Only the legacy or the VEX encoding that every CPU knows is admitted; EVEX, XOP "
                           "and 3DNow! are not."},
    [VERIFIER_INSTRUCTION] = {"instruction", "This instruction is not on the list of admitted ones; compile for "
                                             "x86-64 with at most AVX2 and leave privileged work to the gates."},
    [VERIFIER_PREFIX] = {"prefix", "A prefix is admitted only where it is needed and only once; no segment or "
                                   "address-size prefix, REX last, lock only on a lockable memory destination."},
    [VERIFIER_REGISTER_CLASS] = {"register-class", "Only general and xmm/ymm registers may be operands; not x87, MMX, "
                                                   "segment, control, mask or tile registers."},
    [VERIFIER_STACK_POINTER] = {"stack-pointer", "No operand may name rsp: it points to the control stack, which only "
                                                 "call and ret touch; stack data is addressed through r13."},
    [VERIFIER_THREAD_BLOCK] = {"thread-block", "No operand may name r15, except in a gate and in the load of the "
                                               "thread pointer into a free register."},
    [VERIFIER_REGION_BASE] = {"region-base", "r14 holds the base of the region and must never be written."},
    [VERIFIER_UPPER_HALF] = {"upper-half", "r11 and r13 must keep a zero upper half: every write to them must be a "
                                           "32-bit write."},
    [VERIFIER_MEMORY_FORM] = {"memory-form",
                              "Memory is accessed as disp(%r14,%r11), disp(%r14,%r13) or disp(%rip) only, "
                              "so that every address stays inside the region."},
    [VERIFIER_RIP_RANGE] = {"rip-range", "An operand relative to rip must lie inside the region as a whole."},
    [VERIFIER_BIT_OFFSET] = {"bit-offset",
                             "A bit instruction on memory must have an immediate offset: one in a register "
                             "reaches far from the checked address."},
    [VERIFIER_BRANCH_FORM] = {"branch-form",
                              "A branch must be direct and without prefix, or end a landing-pad check unit, "
                              "or be a gate."},
    [VERIFIER_RETURN] = {"return", "A return must be the bare ret (c3): no prefix, no immediate, not far."},
    [VERIFIER_GATE] = {"gate", "Only the gates of the closed list may be called or jumped through, each the way the "
                               "list says, in its shortest encoding."},
    [VERIFIER_BRANCH_TARGET] = {"branch-target",
                                "A direct branch must go to the start of an instruction or a unit inside "
                                "the executable segment."},
    [VERIFIER_STRING_UNIT] = {"string-unit", "A string instruction must end a unit that guards exactly the pointers it "
                                             "uses, rdi first."},
    [VERIFIER_LANDING_PAD] = {"landing-pad", "The bytes f3 0f 1e fa may occur only as an endbr64 at the start of an "
                                             "instruction; elsewhere they would be an unintended entry."},
    [VERIFIER_FALL_THROUGH] = {"fall-through", "The executable segment must end in an instruction behind which control "
                                               "never continues (jmp, ret, ud2, hlt)."},
};

static const struct rule *find(enum verifier_rule rule)
{
    static const struct rule unknown = {"unknown", "This is no rule of the verifier."};
    return (unsigned)rule < VERIFIER_RULE_COUNT ? &rules[rule] : &unknown;
}

const char *verifier_rule_name(enum verifier_rule rule)
{
    return find(rule)->name;
}

const char *verifier_rule_text(enum verifier_rule rule)
{
    return find(rule)->text;
}

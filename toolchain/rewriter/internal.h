/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Data structures shared by the parts of the rewriter: statements, operands, sections, and the context of one run.
 */
#ifndef COMESG_REWRITER_INTERNAL_H
#define COMESG_REWRITER_INTERNAL_H

#include "toolchain/rewriter/rewriter.h"
#include <stdarg.h>
#include <stdint.h>

enum general_register {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    RIP,
    NO_REGISTER = -1
};

enum register_class { CLASS_GENERAL, CLASS_VECTOR, CLASS_MMX, CLASS_X87, CLASS_SEGMENT, CLASS_OTHER };

struct machine_register {
    enum register_class class;
    int number;
    int size;  /* bytes */
    bool high; /* ah, bh, ch, dh */
};

enum operand_kind { OPERAND_REGISTER, OPERAND_IMMEDIATE, OPERAND_MEMORY };

struct operand {
    enum operand_kind kind;
    bool indirect;    /* written with a star */
    const char *text; /* without the star */
    struct machine_register reg;
    const char *segment;    /* NULL, or a name without the percent sign */
    const char *expression; /* displacement or immediate as written */
    bool literal;           /* the expression is a number: value */
    int64_t value;
    int base;
    int index;
    int scale;
    bool address32; /* base or index named by 32 bits */
};

enum prefix {
    PREFIX_LOCK = 1,
    PREFIX_REP = 2,
    PREFIX_REPNE = 4,
    PREFIX_NOTRACK = 8,
    PREFIX_OTHER = 16,
};

enum statement_kind {
    STATEMENT_LABEL,
    STATEMENT_DIRECTIVE,
    STATEMENT_INSTRUCTION,
    STATEMENT_ASSIGNMENT,
    STATEMENT_MARKER
};

/* How an instruction uses its explicit operands, and which rewriting it needs. */
enum instruction_kind {
    KIND_READ,     /* writes no operand */
    KIND_WRITE,    /* writes the last operand */
    KIND_MODIFY,   /* reads and writes the last operand */
    KIND_EXCHANGE, /* writes the last two operands */
    KIND_BIT,      /* bit test: a register offset reaches outside a memory operand */
    KIND_MULTIPLY, /* imul: depends on the number of operands */
    KIND_VECTOR,   /* SSE, AVX: writes the last operand */
    KIND_LEA,
    KIND_PUSH,
    KIND_POP,
    KIND_CALL,
    KIND_JUMP,
    KIND_JUMP_IF,
    KIND_RETURN,
    KIND_LEAVE,
    KIND_STRING,
    KIND_NOP,
    KIND_LANDING_PAD,
    KIND_STOP, /* ud2, hlt */
    KIND_DROP, /* has no effect here */
    KIND_REFUSED,
};

struct instruction {
    const char *name; /* without size suffix */
    enum instruction_kind kind;
    const char *suffixes;
    const char *reason; /* why it is refused */
};

enum { UNSEEN = INT32_MAX, UNKNOWN = INT32_MAX - 1 };

/* What is known before a statement: offsets from the virtual stack pointer at function entry. */
struct frame {
    int offset;        /* of the virtual stack pointer; UNSEEN, UNKNOWN or a number */
    int frame_pointer; /* of rbp; UNKNOWN or a number */
    bool foreign;      /* the stack pointer came from outside the frame */
};

/* r11 holds the sum of base, index times scale, and offset, modulo 2^32. */
struct guard_fact {
    int base;
    int index; /* or NO_REGISTER */
    int scale;
    int64_t offset;
};

#define GUARD_FACTS 6

struct guard_facts {
    struct guard_fact facts[GUARD_FACTS];
    int count;
};

struct section {
    const char *name;
    const char *directive; /* text that selects it again */
    bool executable;
    bool debug;
    int last; /* last instruction or label in it, while linking statements */
    /* emission state */
    bool reachable;
    int adjustment; /* r13 minus virtual stack pointer */
    bool needs_trap;
    bool has_code;
    int number;
    int function; /* current one, while assigning statements to functions */
    struct guard_facts guard;
};

#define OPERANDS_MAX 5

struct statement {
    enum statement_kind kind;
    const char *text; /* trimmed source */
    const char *file;
    int line;
    const char *name;      /* label, directive, mnemonic */
    const char *arguments; /* directive arguments, assignment value */
    unsigned prefixes;
    const struct instruction *instruction;
    char suffix; /* b w l q, or 0 */
    struct operand operands[OPERANDS_MAX];
    int count;
    struct section *section;
    int function;
    int next; /* statement that follows in the same section, or -1 */
    struct frame frame;
    /* labels */
    bool entry; /* called or jumped to from outside: r13 at its entry value */
    bool global;
    bool taken;    /* its address is taken */
    bool in_table; /* by a jump table that a compiler wrote */
    bool in_value; /* in any other way */
    bool called;
    bool type_function;
    int jumps;                 /* direct ones that go there */
    int jumps_seen;            /* of them, while writing out */
    struct guard_facts *facts; /* what all of those agree on */
};

struct buffer {
    char *data;
    size_t length;
    size_t capacity;
};

struct symbol {
    const char *name;
    int statement; /* index of the label, or -1 */
    const char *alias;
    bool global;
    bool type_function;
    bool weak;
    bool common;
    struct symbol *next;
};

/* Labels that the same indirect jumps may reach: they agree on r13. */
struct label_group {
    struct frame frame; /* merged over the jumps */
    int *labels;
    int count;
    int adjustment;
};

enum { GROUP_TABLE, GROUP_VALUE };

struct function {
    const char *name;
    int parent; /* the function whose cold part this is, or itself */
    bool takes_stack_address;
    struct label_group groups[2];
    bool mixed; /* a label is in both groups: they are one */
};

#define SYMBOL_BUCKETS 4096

struct rewriter {
    struct rewrite_request *request;
    struct statement *statements;
    int count;
    int capacity;
    struct section **sections;
    int section_count;
    struct symbol *symbols[SYMBOL_BUCKETS];
    struct function *functions;
    int function_count;
    void *arena;
    struct buffer output;
    const struct statement *current; /* is being written out */
    struct buffer messages;
    int errors;
    int retries; /* labels of the loops of locked bit instructions */
};

/* memory.c */
void *arena_allocate(struct rewriter *rw, size_t size);
char *arena_copy(struct rewriter *rw, const char *start, size_t length);
char *arena_format(struct rewriter *rw, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct rewriter *rw);
void buffer_append(struct buffer *buffer, const char *text, size_t length);
void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments);
void refuse(struct rewriter *rw, const struct statement *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* lexer.c */
void lex(struct rewriter *rw);
struct statement *add_statement(struct rewriter *rw);

/* operand.c */
bool parse_register(const char *text, size_t length, struct machine_register *reg);
void parse_operands(struct rewriter *rw, struct statement *statement, const char *text);
const char *register_name(int number, int size);
bool operand_is(const struct operand *operand, int number);
bool memory_uses(const struct operand *operand, int number);
bool is_native_stack(const struct operand *operand);
bool is_native_guard(const struct operand *operand);

/* expression.c */
bool evaluate(const char *text, int64_t *value);
/* Calls found for each symbol of an expression; numeric references come as written, "1f". */
void each_symbol(struct rewriter *rw, const char *text, void (*found)(struct rewriter *, int, const char *), int at);

/* table.c; bare: without register operands, so that movs and cmps are the string instructions */
const struct instruction *find_instruction(const char *mnemonic, bool bare, char *suffix);

/* section.c */
void assign_sections(struct rewriter *rw);

/* symbol.c */
void resolve_symbols(struct rewriter *rw);
struct symbol *find_symbol(struct rewriter *rw, const char *name);
/* Declared weak and not defined in this text. */
bool is_undefined_weak(struct rewriter *rw, const char *name);
/* The label statement that a reference from a statement means, or -1. */
bool is_local_name(const char *name);
int find_label(struct rewriter *rw, int from, const char *reference);

/* effect.c */
struct frame frame_after(const struct statement *statement, struct frame frame);
bool reads_stack_address(const struct statement *statement);

/* flow.c */
void analyse_flow(struct rewriter *rw);
int label_adjustment(const struct rewriter *rw, int label);
/* What r13 must be relative to the virtual stack pointer at an indirect jump. */
int jump_adjustment(struct rewriter *rw, const struct statement *jump);
bool is_branch_target(const struct rewriter *rw, int label);

/* emit.c */
void emit_all(struct rewriter *rw);
void emit(struct rewriter *rw, const char *format, ...) __attribute__((format(printf, 2, 3)));
void emit_instruction(struct rewriter *rw, const struct statement *statement, const char *const *operands);

/* stack.c */
#define ENTRY_ADJUSTMENT 8
#define RED_ZONE 128
void set_adjustment(struct rewriter *rw, struct section *section, int wanted);
int borrow(struct rewriter *rw, const struct statement *statement);
void give_back(struct rewriter *rw, int borrowed);
int find_unused(const struct statement *statement, int taken);
void check_return_slot(struct rewriter *rw, const struct statement *statement, int base, int64_t value);
const char *stack_operand(struct rewriter *rw, const struct statement *statement, const char *displacement,
                          bool literal, int64_t value);
bool rewrite_stack(struct rewriter *rw, const struct statement *statement);

/* guard.c */
const char *guard_operand(struct rewriter *rw, const struct statement *statement, const struct operand *operand);
void load_address(struct rewriter *rw, const struct statement *statement, const struct operand *operand);
void rewrite_lea(struct rewriter *rw, const struct statement *statement);

/* reuse.c */
void forget_guard(struct section *section);
void learn_guard(struct section *section, const struct operand *operand, int64_t offset);
bool guard_distance(const struct section *section, const struct operand *operand, int64_t *distance);
void follow_guard(struct section *section, const struct statement *statement);
void keep_guard(struct rewriter *rw, struct section *section, int label);
void join_guards(struct section *section, const struct statement *label);

/* control.c */
void rewrite_control(struct rewriter *rw, const struct statement *statement);

/* bit.c */
bool has_far_bit(const struct statement *statement);
void rewrite_far_bit(struct rewriter *rw, const struct statement *statement);

/* string_unit.c */
void rewrite_string(struct rewriter *rw, const struct statement *statement);

/* general.c */
void rewrite_general(struct rewriter *rw, const struct statement *statement);
bool check_reserved(struct rewriter *rw, const struct statement *statement);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The compiler driver cocc: what the command line asks for, and the steps that do it.
 */
#ifndef COMESG_COCC_H
#define COMESG_COCC_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    const char **items;
    int count;
    int capacity;
};

enum language {
    LANGUAGE_BY_NAME,
    LANGUAGE_C,
    LANGUAGE_PREPROCESSED_C,
    LANGUAGE_ASSEMBLER,
    LANGUAGE_PREPROCESSED_ASSEMBLER,
    LANGUAGE_OBJECT,
};

struct input {
    const char *name;
    enum language language;
};

enum mode { MODE_LINK, MODE_OBJECT, MODE_ASSEMBLY, MODE_PREPROCESS, MODE_CHECK };

struct request {
    enum mode mode;
    const char *output;
    const char *sysroot;
    const char *gcc_include;
    struct list compile;  /* options for gcc */
    struct list assemble; /* options for as */
    struct list link;     /* options and input files for ld, in order */
    struct input *inputs;
    int input_count;
    bool show; /* -v */
    bool dry;  /* -### */
    bool verify;
    bool debug; /* -g */
    bool no_standard_includes;
    bool no_start_files;
    bool no_default_libraries;
    bool relocatable;
    bool write_dependencies;    /* -MD, -MMD */
    bool names_dependency_file; /* -MF */
    bool names_dependency_target;
};

/* list.c */
void list_add(struct list *list, const char *item);
void list_add_all(struct list *list, const char *const *items);
void list_join(struct list *list, const struct list *other);
char *format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* options.c */
void parse_options(struct request *request, struct list *arguments);
/* Replaces @file by its words. */
void expand_response_files(struct list *arguments, int argc, char **argv);

/* inform.c: answers questions such as --version and exits, if one is asked */
void answer_questions(struct request *request, const struct list *arguments);
void find_sysroot(struct request *request);
/* The folder of this program. */
char *own_folder(void);

/* run.c */
int run_program(const struct request *request, const struct list *command);
/* What it writes to standard error goes to a file. */
int run_into_file(const struct request *request, const struct list *command, const char *messages);
char *run_for_line(const char *const *command);
const char *temporary_file(const char *suffix);
/* Standard input becomes a file that can be read several times, and is read from its start. */
void keep_standard_input(void);
void rewind_standard_input(void);
void remove_temporary_files(void);

/* compile.c: both return the name of the object file, or NULL if the step failed or made none */
int compile_all(struct request *request);

/* link.c */
int link_program(struct request *request);

#endif

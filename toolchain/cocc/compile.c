/* SPDX-License-Identifier: BSD-2-Clause
 *
 * From source to object: gcc makes assembly, the rewriter changes it, as assembles it.
 */
#include "toolchain/cocc/cocc.h"
#include "toolchain/rewriter/rewriter.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Behind the user's options, so that these win. What each is for stands in doc/cocc.md. */
static const char *const code_options[] = {"-ffixed-r11",
                                           "-ffixed-r13",
                                           "-ffixed-r14",
                                           "-ffixed-r15",
                                           "-fno-ipa-ra",
                                           "-fcf-protection=branch",
                                           "-mlong-double-64",
                                           "-fno-stack-clash-protection",
                                           "-fno-stack-protector",
                                           "-mno-tls-direct-seg-refs",
                                           "-ftls-model=local-exec",
                                           "-mindirect-branch-register",
                                           "-fPIE",
                                           "-fno-asynchronous-unwind-tables",
                                           "-fno-unwind-tables",
                                           "-mno-avx512f",
                                           "-mno-avxvnni",
                                           "-mno-xop",
                                           "-mno-fma4",
                                           "-mno-tbm",
                                           "-mno-sse4a",
                                           "-mtune-ctrl=^use_gather,^use_gather_2parts,^use_gather_4parts,^push_memory",
                                           "-Werror=trampolines",
                                           NULL};

/* In front of the user's options. Code is larger than native code anyway, and padding other than of loops costs more
 * than it gains. A jump through a table is dearer than natively, by the check of its target. What scheduling behind the
 * allocation of registers gains was measured to be less than nothing. */
static const char *const preferred_options[] = {"-falign-functions=4",
                                                "-falign-jumps=1",
                                                "-falign-labels=1",
                                                "-falign-loops=8",
                                                "--param=case-values-threshold=6",
                                                "-fno-schedule-insns2",
                                                NULL};

static const char *language_name(enum language language)
{
    switch (language) {
    case LANGUAGE_PREPROCESSED_C:
        return "cpp-output";
    case LANGUAGE_ASSEMBLER:
        return "assembler";
    case LANGUAGE_PREPROCESSED_ASSEMBLER:
        return "assembler-with-cpp";
    default:
        return "c";
    }
}

static char *with_extension(const char *name, const char *extension)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    const char *dot = strrchr(base, '.');
    return format("%.*s%s", (int)(dot && dot != base ? dot - name : (long)strlen(name)), name, extension);
}

static char *beside_output(const char *name, const char *extension)
{
    const char *slash = strrchr(name, '/');
    return with_extension(slash ? slash + 1 : name, extension);
}

static void add_dependency_options(const struct request *request, const struct input *input, struct list *command)
{
    if (!request->write_dependencies)
        return;
    const char *target = request->output ? request->output : beside_output(input->name, ".o");
    if (!request->names_dependency_file) {
        list_add(command, "-MF");
        list_add(command, with_extension(target, ".d"));
    }
    if (!request->names_dependency_target) {
        list_add(command, "-MQ");
        list_add(command, target);
    }
}

static void start_command(const struct request *request, const struct input *input, struct list *command)
{
    list_add(command, "gcc");
    list_add_all(command, preferred_options);
    list_join(command, &request->compile);
    list_add(command, "-D__comesg__=1");
    if (!request->no_standard_includes) {
        static const char *const question[] = {"gcc", "-print-file-name=include", NULL};
        char *own = run_for_line(question);
        list_add(command, "-nostdinc");
        list_add(command, "-isystem");
        list_add(command, format("%s/include", request->sysroot));
        list_add(command, "-isystem");
        list_add(command, own ? own : "");
    }
    list_add_all(command, code_options);
    add_dependency_options(request, input, command);
}

static bool is_standard_input(const struct input *input)
{
    return !strcmp(input->name, "-");
}

/* Standard input begins anew. */
static int run_gcc(const struct request *request, const struct input *input, struct list *command, const char *output)
{
    if (output) {
        list_add(command, "-o");
        list_add(command, output);
    }
    list_add(command, "-x");
    list_add(command, language_name(input->language));
    list_add(command, input->name);
    if (is_standard_input(input) && !request->dry)
        rewind_standard_input();
    return run_program(request, command);
}

static char *read_text(const char *name)
{
    FILE *stream = fopen(name, "r");
    if (!stream)
        fail("cannot open %s: %s", name, strerror(errno));
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, 0, stream) < 0) {
        if (ferror(stream))
            fail("cannot read %s: %s", name, strerror(errno));
        text = format("%s", "");
    } else if (!feof(stream) && fgetc(stream) != EOF) {
        fail("%s: not a text file", name);
    }
    fclose(stream);
    return text;
}

static int write_text(const char *name, const char *text, size_t length)
{
    FILE *stream = strcmp(name, "-") ? fopen(name, "w") : stdout;
    if (!stream)
        fail("cannot create %s: %s", name, strerror(errno));
    fwrite(text, 1, length, stream);
    if (ferror(stream) | (stream == stdout ? fflush(stream) : fclose(stream)))
        fail("cannot write %s: %s", name, strerror(errno));
    return 0;
}

static bool is_c(const struct input *input)
{
    return input->language == LANGUAGE_C || input->language == LANGUAGE_PREPROCESSED_C;
}

/* How messages name it, as gcc does. */
static const char *shown_name(const struct input *input)
{
    return is_standard_input(input) ? "<stdin>" : input->name;
}

/* Compiles once more with further options: what the first assembly was is known by then. */
static bool rewrite_again(const struct request *request, const struct input *input, const struct list *options,
                          struct rewrite_request *rewrite)
{
    struct list command = {0};
    const char *assembly = temporary_file(".s");
    start_command(request, input, &command);
    list_add(&command, "-S");
    list_join(&command, options);
    list_add(&command, "-w");
    if (run_gcc(request, input, &command, assembly))
        return false;
    rewrite->text = read_text(assembly);
    rewrite->name = shown_name(input);
    rewrite->compiled = true;
    return !rewrite_assembly(rewrite);
}

/* Prefers messages that name the place in the source. */
static void print_messages(const struct request *request, const struct input *input,
                           const struct rewrite_request *rewrite)
{
    struct rewrite_request located = {0};
    struct list option = {0};
    list_add(&option, "-g1");
    if (is_c(input) && !request->debug && !rewrite_again(request, input, &option, &located) && located.messages)
        rewrite = &located;
    fputs(rewrite->messages, stderr);
}

static int rewrite_file(const struct request *request, const struct input *input, const char *assembly,
                        const char *output)
{
    struct rewrite_request rewrite = {.name = shown_name(input), .compiled = is_c(input)};
    if (request->dry)
        return 0;
    rewrite.text = read_text(assembly);
    if (!rewrite_assembly(&rewrite))
        return write_text(output, rewrite.output, rewrite.output_length);
    struct rewrite_request remedied = {0};
    struct list remedies = {0};
    if (rewrite.argument_pointer_in_r13)
        list_add(&remedies, "-fno-optimize-sibling-calls");
    if (rewrite.keeps_exception_flags)
        list_add(&remedies, "-fno-trapping-math");
    if (remedies.count && rewrite_again(request, input, &remedies, &remedied))
        return write_text(output, remedied.output, remedied.output_length);
    print_messages(request, input, &rewrite);
    return 1;
}

/* Returns the name of the assembly text before rewriting, or NULL. */
static const char *make_assembly(const struct request *request, const struct input *input)
{
    struct list command = {0};
    if (input->language == LANGUAGE_ASSEMBLER)
        return is_standard_input(input) ? "/dev/stdin" : input->name;
    const char *assembly = temporary_file(".s");
    start_command(request, input, &command);
    list_add(&command, input->language == LANGUAGE_PREPROCESSED_ASSEMBLER ? "-E" : "-S");
    return run_gcc(request, input, &command, assembly) ? NULL : assembly;
}

static void assembler_command(const struct request *request, const char *assembly, const char *object,
                              struct list *command)
{
    static const char *const fixed[] = {"as", "--64", "--noexecstack", NULL};
    list_add_all(command, fixed);
    list_join(command, &request->assemble);
    list_add(command, "-o");
    list_add(command, object);
    list_add(command, assembly);
}

/* The rewritten text with the places in the source, from assembly that has them. */
static bool rewrite_with_places(const struct request *request, const struct input *input, const char *assembly,
                                struct rewrite_request *rewrite)
{
    static const char *const options[] = {"-g1", "-fno-optimize-sibling-calls", "-fno-trapping-math", NULL};
    struct list further = {0};
    list_add_all(&further, options);
    rewrite->mark_lines = true;
    if (is_c(input))
        return rewrite_again(request, input, &further, rewrite);
    rewrite->text = read_text(assembly);
    rewrite->name = shown_name(input);
    rewrite->compiled = is_c(input);
    return !rewrite_assembly(rewrite);
}

/* The assembler has complained about lines that nobody knows: once more, to hear about those of the source. */
static void repeat_messages(const struct request *request, const struct input *input, const char *assembly,
                            const char *messages)
{
    struct rewrite_request located = {0};
    struct list command = {0};
    const char *text = temporary_file(".s");
    if (!rewrite_with_places(request, input, assembly, &located)) {
        fputs(messages, stderr);
        return;
    }
    write_text(text, located.output, located.output_length);
    assembler_command(request, text, temporary_file(".o"), &command);
    run_program(request, &command);
}

static int assemble(const struct request *request, const struct input *input, const char *assembly,
                    const char *rewritten, const char *object)
{
    struct list command = {0};
    const char *messages = temporary_file(".messages");
    assembler_command(request, rewritten, object, &command);
    int status = run_into_file(request, &command, messages);
    const char *text = request->dry ? "" : read_text(messages);
    if (*text)
        repeat_messages(request, input, assembly, text);
    return status;
}

static int make_object(const struct request *request, const struct input *input, const char *object)
{
    const char *assembly = make_assembly(request, input);
    if (!assembly)
        return 1;
    const char *rewritten = temporary_file(".rewritten.s");
    if (rewrite_file(request, input, assembly, rewritten))
        return 1;
    return assemble(request, input, assembly, rewritten, object);
}

static int preprocess(const struct request *request, const struct input *input)
{
    struct list command = {0};
    start_command(request, input, &command);
    if (request->mode == MODE_PREPROCESS)
        list_add(&command, "-E");
    return run_gcc(request, input, &command, request->output);
}

static int make_rewritten_assembly(const struct request *request, const struct input *input)
{
    const char *assembly = make_assembly(request, input);
    if (!assembly)
        return 1;
    const char *output = request->output ? request->output : beside_output(input->name, ".s");
    return rewrite_file(request, input, assembly, output);
}

static void replace_link_word(struct request *request, int input, const char *object)
{
    char *place = format("\001%d", input);
    for (int i = 0; i < request->link.count; i++)
        if (!strcmp(request->link.items[i], place))
            request->link.items[i] = object;
    free(place);
}

static int compile_one(struct request *request, int index)
{
    const struct input *input = &request->inputs[index];
    const char *object;
    if (is_standard_input(input) && !request->dry)
        keep_standard_input();
    if (input->language == LANGUAGE_OBJECT) {
        if (request->mode != MODE_LINK)
            fprintf(stderr, "cocc: %s: linker input, unused because nothing is linked\n", input->name);
        return 0;
    }
    switch (request->mode) {
    case MODE_PREPROCESS:
    case MODE_CHECK:
        return preprocess(request, input);
    case MODE_ASSEMBLY:
        return make_rewritten_assembly(request, input);
    case MODE_OBJECT:
        object = request->output ? request->output : beside_output(input->name, ".o");
        return make_object(request, input, object);
    default:
        object = temporary_file(".o");
        replace_link_word(request, index, object);
        return make_object(request, input, object);
    }
}

int compile_all(struct request *request)
{
    int status = 0;
    for (int i = 0; i < request->input_count; i++)
        status |= compile_one(request, i);
    return status;
}

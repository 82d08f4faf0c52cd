/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command line: which option goes to gcc, as or ld, which changes the driver's steps, which is refused and why.
 */
#include "toolchain/cocc/cocc.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static const struct {
    const char *option;
    bool prefix;
    const char *reason;
} refused[] = {
    {"-shared", false, "a co-process program is one static file; link static libraries"},
    {"-flto", true, "link-time optimisation runs behind the rewriter; leave it out"},
    {"-fno-fat-lto-objects", false, "link-time optimisation runs behind the rewriter; leave it out"},
    {"-m32", false, "programs are 64-bit"},
    {"-mx32", false, "programs are 64-bit with 64-bit pointers"},
    {"-m16", false, "programs are 64-bit"},
    {"-pg", false, "profiling by mcount needs return addresses, which are out of reach; use perf"},
    {"-p", false, "profiling by mcount needs return addresses, which are out of reach; use perf"},
    {"-mfentry", false, "profiling by fentry needs return addresses, which are out of reach; use perf"},
    {"-finstrument-functions", true, "it needs return addresses, which are out of reach"},
    {"-fsanitize", true, "sanitizers need a run-time library that co-processes do not have"},
    {"-fsplit-stack", false, "the data stack has a fixed size"},
    {"-mavx512", true, "AVX-512 is refused by the verifier; AVX2 is admitted"},
    {"-mavx10", true, "AVX10 is refused by the verifier; AVX2 is admitted"},
    {"-mamx", true, "AMX is refused by the verifier"},
    {"-masm=intel", false, "the rewriter reads AT&T syntax"},
    {"-mmmx", false, "MMX is refused by the verifier; SSE is the baseline"},
    {"-m3dnow", true, "MMX is refused by the verifier; SSE is the baseline"},
    {"-mfpmath=387", false, "x87 is refused by the verifier"},
    {"-mfpmath=both", false, "x87 is refused by the verifier"},
    {"-mlong-double-80", false, "x87 is refused by the verifier; long double is 64 bits"},
    {"-mlong-double-128", false, "the C library is built with a long double of 64 bits"},
    {"-mcmodel=large", false, "programs lie below 1 GiB"},
    {"-mcmodel=medium", false, "programs lie below 1 GiB"},
    {"-mcmodel=kernel", false, "programs lie below 1 GiB of their region"},
    {"-fcall-used-", true, "the registers' roles are fixed by the binary interface"},
    {"-fcall-saved-", true, "the registers' roles are fixed by the binary interface"},
};

/* Options that the driver decides itself; what they ask for has no effect or is always so. */
static const char *const ignored[] = {
    "-pipe",
    "-fPIC",
    "-fpic",
    "-fPIE",
    "-fpie",
    "-fno-PIC",
    "-fno-pic",
    "-fno-PIE",
    "-fno-pie",
    "-pie",
    "-no-pie",
    "-static",
    "-static-pie",
    "-static-libgcc",
    "-rdynamic",
    "-mlong-double-64",
    "-fno-lto",
    "-m64",
    "-fno-plt",
    "-fplt",
    "-mcmodel=small",
    "-masm=att",
    "-mno-tls-direct-seg-refs",
    "-mtls-direct-seg-refs",
    "-save-temps",
    "-no-canonical-prefixes",
    "-fno-stack-protector",
    "-fno-stack-clash-protection",
    "-fstack-clash-protection",
    "-fipa-ra",
};

static const char *const ignored_prefixes[] = {"-fstack-protector", "-ftls-model=",      "-fcf-protection",
                                               "-fuse-ld=",         "-mindirect-branch", "-mfunction-return="};

/* Options of gcc whose value is the next word. */
static const char *const valued[] = {
    "-I",        "-D",         "-U",       "-include",     "-imacros",           "-isystem",
    "-iquote",   "-idirafter", "-iprefix", "-iwithprefix", "-iwithprefixbefore", "-isysroot",
    "-MF",       "-MT",        "-MQ",      "--param",      "-Xpreprocessor",     "-A",
    "-aux-info", "-dumpbase",  "-dumpdir", "-dumpbase-ext"};

static const char *next_word(const struct list *arguments, int *at)
{
    if (*at + 1 >= arguments->count)
        fail("%s needs a value", arguments->items[*at]);
    return arguments->items[++*at];
}

static enum language language_of_name(const char *name)
{
    static const struct {
        const char *extension;
        enum language language;
    } extensions[] = {{".c", LANGUAGE_C},
                      {".i", LANGUAGE_PREPROCESSED_C},
                      {".s", LANGUAGE_ASSEMBLER},
                      {".S", LANGUAGE_PREPROCESSED_ASSEMBLER},
                      {".sx", LANGUAGE_PREPROCESSED_ASSEMBLER}};
    static const char *const foreign[] = {".cc", ".cpp", ".cxx", ".C", ".c++", ".CPP",
                                          ".cp", ".ii",  ".m",   ".f", ".f90", ".go"};
    const char *dot = strrchr(name, '.');
    if (!dot)
        return LANGUAGE_OBJECT;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (!strcmp(dot, extensions[i].extension))
            return extensions[i].language;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (!strcmp(dot, foreign[i]))
            fail("%s: only C and assembly can be compiled", name);
    return LANGUAGE_OBJECT;
}

static enum language parse_language(const char *name)
{
    if (!strcmp(name, "c"))
        return LANGUAGE_C;
    if (!strcmp(name, "cpp-output") || !strcmp(name, "c-cpp-output"))
        return LANGUAGE_PREPROCESSED_C;
    if (!strcmp(name, "assembler"))
        return LANGUAGE_ASSEMBLER;
    if (!strcmp(name, "assembler-with-cpp"))
        return LANGUAGE_PREPROCESSED_ASSEMBLER;
    if (!strcmp(name, "none"))
        return LANGUAGE_BY_NAME;
    fail("-x %s: only C and assembly can be compiled", name);
}

static void add_input(struct request *request, const char *name, enum language language)
{
    if (language == LANGUAGE_BY_NAME)
        language = strcmp(name, "-") ? language_of_name(name) : LANGUAGE_BY_NAME;
    if (language == LANGUAGE_BY_NAME)
        fail("-x is needed to read standard input");
    request->inputs = realloc(request->inputs, (size_t)(request->input_count + 1) * sizeof *request->inputs);
    if (!request->inputs)
        fail("out of memory");
    request->inputs[request->input_count++] = (struct input){name, language};
    /* Keeps the place among the linker's words; replaced by the object's name later. */
    if (language == LANGUAGE_OBJECT)
        list_add(&request->link, name);
    else
        list_add(&request->link, format("\001%d", request->input_count - 1));
}

static void check_refused(const char *word)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        bool same = refused[i].prefix ? starts(word, refused[i].option) : !strcmp(word, refused[i].option);
        if (same)
            fail("%s: %s", word, refused[i].reason);
    }
}

static bool is_ignored(const char *word)
{
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        if (!strcmp(word, ignored[i]))
            return true;
    for (size_t i = 0; i < sizeof ignored_prefixes / sizeof *ignored_prefixes; i++)
        if (starts(word, ignored_prefixes[i]))
            return true;
    return false;
}

static void add_comma_separated(struct list *list, const char *text)
{
    char *copy = format("%s", text);
    for (char *word = strtok(copy, ","); word; word = strtok(NULL, ","))
        list_add(list, word);
}

static void add_linker_word(struct request *request, const char *word)
{
    static const char *const wrong[] = {"-shared", "-Bshareable", "--dynamic-linker", "-dynamic-linker",
                                        "-no-pie", "--relax",     "-soname",          "-plugin"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!strcmp(word, wrong[i]))
            fail("-Wl,%s: a co-process program is one static position-independent file", word);
    if (!strcmp(word, "execstack"))
        fail("-Wl,-z,execstack: the stack of a co-process is never executable");
    list_add(&request->link, word);
}

static void add_linker_words(struct request *request, const char *text)
{
    struct list words = {0};
    add_comma_separated(&words, text);
    for (int i = 0; i < words.count; i++)
        add_linker_word(request, words.items[i]);
}

static bool parse_mode(struct request *request, const char *word)
{
    if (!strcmp(word, "-c")) {
        if (request->mode == MODE_LINK)
            request->mode = MODE_OBJECT;
    } else if (!strcmp(word, "-S")) {
        request->mode = MODE_ASSEMBLY;
    } else if (!strcmp(word, "-E")) {
        request->mode = MODE_PREPROCESS;
    } else if (!strcmp(word, "-M") || !strcmp(word, "-MM")) {
        request->mode = MODE_PREPROCESS;
        list_add(&request->compile, word);
    } else if (!strcmp(word, "-fsyntax-only")) {
        request->mode = MODE_CHECK;
        list_add(&request->compile, word);
    } else {
        return false;
    }
    return true;
}

static bool parse_switch(struct request *request, const char *word)
{
    if (!strcmp(word, "-v"))
        request->show = true;
    else if (!strcmp(word, "-###"))
        request->dry = true;
    else if (!strcmp(word, "--verify"))
        request->verify = true;
    else if (!strcmp(word, "-nostdlib"))
        request->no_start_files = request->no_default_libraries = true;
    else if (!strcmp(word, "-nostartfiles"))
        request->no_start_files = true;
    else if (!strcmp(word, "-nodefaultlibs") || !strcmp(word, "-nolibc"))
        request->no_default_libraries = true;
    else
        return false;
    return true;
}

/* Options of the linker and assembler; returns whether the word was one. */
static bool parse_tool_option(struct request *request, const struct list *arguments, int *at)
{
    const char *word = arguments->items[*at];
    if (starts(word, "-Wl,"))
        add_linker_words(request, word + 4);
    else if (!strcmp(word, "-Xlinker"))
        add_linker_word(request, next_word(arguments, at));
    else if (starts(word, "-Wa,"))
        add_comma_separated(&request->assemble, word + 4);
    else if (!strcmp(word, "-Xassembler"))
        list_add(&request->assemble, next_word(arguments, at));
    else if (!strcmp(word, "-l") || !strcmp(word, "-L"))
        list_add(&request->link, format("%s%s", word, next_word(arguments, at)));
    else if (starts(word, "-l") || starts(word, "-L"))
        list_add(&request->link, word);
    else if (!strcmp(word, "-u") || !strcmp(word, "-z") || !strcmp(word, "-e")) {
        list_add(&request->link, word);
        add_linker_word(request, next_word(arguments, at));
    } else if (!strcmp(word, "-s"))
        list_add(&request->link, word);
    else if (!strcmp(word, "-T"))
        fail("-T: the layout of a program is fixed; linker scripts are refused");
    else if (!strcmp(word, "-r")) {
        request->relocatable = true;
        list_add(&request->link, word);
    } else
        return false;
    return true;
}

static void note_compile_option(struct request *request, const char *word)
{
    if (starts(word, "-g") && strcmp(word, "-g0"))
        request->debug = true;
    if (!strcmp(word, "-nostdinc"))
        request->no_standard_includes = true;
    if (!strcmp(word, "-MD") || !strcmp(word, "-MMD"))
        request->write_dependencies = true;
    if (starts(word, "-MF"))
        request->names_dependency_file = true;
    if (starts(word, "-MT") || starts(word, "-MQ"))
        request->names_dependency_target = true;
}

static bool takes_value(const char *word)
{
    for (size_t i = 0; i < sizeof valued / sizeof *valued; i++)
        if (!strcmp(word, valued[i]))
            return true;
    return false;
}

static void parse_compile_option(struct request *request, const struct list *arguments, int *at)
{
    const char *word = arguments->items[*at];
    check_refused(word);
    if (is_ignored(word))
        return;
    note_compile_option(request, word);
    list_add(&request->compile, word);
    if (takes_value(word))
        list_add(&request->compile, next_word(arguments, at));
}

void parse_options(struct request *request, struct list *arguments)
{
    enum language language = LANGUAGE_BY_NAME;
    for (int i = 0; i < arguments->count; i++) {
        const char *word = arguments->items[i];
        if (word[0] != '-' || !word[1])
            add_input(request, word, language);
        else if (!strcmp(word, "-o"))
            request->output = next_word(arguments, &i);
        else if (starts(word, "-o") && word[2])
            request->output = word + 2;
        else if (!strcmp(word, "-x"))
            language = parse_language(next_word(arguments, &i));
        else if (starts(word, "-x"))
            language = parse_language(word + 2);
        else if (!strcmp(word, "--sysroot"))
            request->sysroot = next_word(arguments, &i);
        else if (starts(word, "--sysroot="))
            request->sysroot = strchr(word, '=') + 1;
        else if (!parse_mode(request, word) && !parse_switch(request, word) &&
                 !parse_tool_option(request, arguments, &i))
            parse_compile_option(request, arguments, &i);
    }
}

static char *read_file(const char *name)
{
    FILE *stream = fopen(name, "r");
    if (!stream)
        return NULL;
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, 0, stream) < 0) {
        free(text);
        text = format("%s", "");
    }
    fclose(stream);
    return text;
}

/* Splits at white space; quotes and backslashes as in gcc's response files. */
static void add_words(struct list *list, const char *text)
{
    while (*text) {
        while (isspace((unsigned char)*text))
            text++;
        if (!*text)
            return;
        char *word = format("%s", text), *end = word;
        char quote = 0;
        for (; *text && (quote || !isspace((unsigned char)*text)); text++) {
            if (*text == quote)
                quote = 0;
            else if (!quote && (*text == '"' || *text == '\''))
                quote = *text;
            else if (*text == '\\' && text[1])
                *end++ = *++text;
            else
                *end++ = *text;
        }
        *end = 0;
        list_add(list, word);
    }
}

void expand_response_files(struct list *arguments, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *text = argv[i][0] == '@' ? read_file(argv[i] + 1) : NULL;
        if (text)
            add_words(arguments, text);
        else
            list_add(arguments, argv[i]);
    }
}

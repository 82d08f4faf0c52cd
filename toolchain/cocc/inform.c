/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Answers to the questions that build systems ask a compiler, and where the sysroot is.
 */
#include "toolchain/cocc/cocc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MACHINE "x86_64-linux-musl"

static const char help[] =
    "usage: cocc [options] file...\n"
    "Compiles C and assembly to programs and objects for co-processes. The options are those of gcc; besides them:\n"
    "  --sysroot=DIR  C library and headers (default: COCC_SYSROOT, or beside the folder of this program: sysroot in\n"
    "                 a build, lib/comesg/sysroot where it is installed)\n"
    "  --verify       run coverify over the linked program\n"
    "  -S             write the rewritten assembly\n"
    "  -v, -###       show the commands that are run; only show them\n"
    "Refused: -shared, -flto, -m32, -pg, -fsanitize=, -mavx512*, linker scripts, C++. See cocc(1).\n";

char *own_folder(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        fail("cannot find out where this program is; use --sysroot");
    path[length] = 0;
    *strrchr(path, '/') = 0;
    return format("%s", path);
}

void find_sysroot(struct request *request)
{
    const char *named = getenv("COCC_SYSROOT");
    if (!request->sysroot && named && *named)
        request->sysroot = named;
    if (request->sysroot)
        return;
    char *folder = own_folder(), *installed = format("%s/../lib/comesg/sysroot", folder);
    request->sysroot = access(installed, X_OK) ? format("%s/../sysroot", folder) : installed;
}

static int print_version(void)
{
    const char *const command[] = {"gcc", "--version", NULL};
    char *version = run_for_line(command);
    printf("cocc (comesg), a driver of %s\n", version ? version : "gcc");
    return 0;
}

static int pass_to_gcc(const struct request *request, const char *word)
{
    struct list command = {0};
    list_add(&command, "gcc");
    list_add(&command, word);
    return run_program(request, &command);
}

static int print_file_name(const struct request *request, const char *name)
{
    if (!strcmp(name, "libgcc.a"))
        name = "libcocc_runtime.a";
    char *path = format("%s/lib/%s", request->sysroot, name);
    if (!strcmp(name, "include"))
        return pass_to_gcc(request, "-print-file-name=include");
    puts(access(path, F_OK) ? name : path);
    return 0;
}

static bool is_question(const char *word)
{
    static const char *const passed[] = {"-dumpversion", "-dumpfullversion", "-dumpspecs", "--target-help",
                                         "-print-search-dirs"};
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (!strcmp(word, passed[i]))
            return true;
    return !strncmp(word, "-print-prog-name=", 17) || !strncmp(word, "--help=", 7);
}

static int answer(const struct request *request, const char *word)
{
    if (!strcmp(word, "--help"))
        return fputs(help, stdout) < 0;
    if (!strcmp(word, "--version"))
        return print_version();
    if (!strcmp(word, "-dumpmachine") || !strcmp(word, "-print-multiarch"))
        return puts(MACHINE) < 0;
    if (!strcmp(word, "-print-sysroot"))
        return puts(request->sysroot) < 0;
    if (!strcmp(word, "-print-libgcc-file-name"))
        return print_file_name(request, "libgcc.a");
    if (!strncmp(word, "-print-file-name=", 17))
        return print_file_name(request, word + 17);
    if (!strcmp(word, "-print-multi-os-directory") || !strcmp(word, "-print-multi-directory"))
        return puts(".") < 0;
    if (is_question(word))
        return pass_to_gcc(request, word);
    return -1;
}

void answer_questions(struct request *request, const struct list *arguments)
{
    for (int i = 0; i < arguments->count; i++)
        if (!strncmp(arguments->items[i], "--sysroot=", 10))
            request->sysroot = arguments->items[i] + 10;
    find_sysroot(request);
    for (int i = 0; i < arguments->count; i++) {
        const char *word = !strncmp(arguments->items[i], "--print-", 8) ? arguments->items[i] + 1 : arguments->items[i];
        int status = answer(request, word);
        if (status >= 0)
            exit(status);
    }
    if (arguments->count == 1 && !strcmp(arguments->items[0], "-v"))
        exit(print_version());
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The command `comesg`.
 */
#include "host/microkernel.h"
#include "host/supervisor.h"

#include "comesg/version.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "Usage: comesg run [-bpv] PROGRAM [ARGUMENT...] [: PROGRAM [ARGUMENT...]]...\n"
                           "       comesg up [-v] FILE\n"
                           "       comesg --help | --version\n"
                           "\n"
                           "Runs programs as co-processes of one realm: real processes in one address space,\n"
                           "kept apart by verification of their machine code. A lone colon separates programs.\n"
                           "They start in the order given. The realm lasts as long as the last of them; the\n"
                           "others are then ended. Programs are built with cocc.\n"
                           "comesg up runs what FILE describes: programs with their arguments, handles, quotas\n"
                           "and restart policies, see comesg-realm(5).\n"
                           "\n"
                           "  -b, --bare        without the microkernel: no names, ports, services or events\n"
                           "  -p, --privileged  give the first program the right to hear of the end of any other,\n"
                           "                    and to end any other\n"
                           "  -v, --verbose     say when programs start and end\n"
                           "  -h, --help        this text\n"
                           "  -V, --version     the version\n"
                           "\n"
                           "COMESG_WITHOUT=AVX,GUARD_INSTALL in the environment chooses the fallbacks for older\n"
                           "CPUs (no AVX) and kernels (no MADV_GUARD_INSTALL), for testing them.\n"
                           "COMESG_UKERNEL=FOLDER says where the programs of the microkernel are.\n"
                           "\n"
                           "Exit status: that of the last program, 128 plus the number of the signal that ended\n"
                           "it or the realm, 126 if a program could not be started, 125 if the microkernel has\n"
                           "failed, 2 for wrong usage.\n";

enum { EXIT_USAGE = 2 };

__attribute__((format(printf, 1, 2))) static int usage(const char *problem, ...)
{
    va_list arguments;
    fputs("comesg: ", stderr);
    va_start(arguments, problem);
    vfprintf(stderr, problem, arguments);
    va_end(arguments);
    fputs(" (see comesg --help)\n", stderr);
    return EXIT_USAGE;
}

/* After getopt_long has found one; short options may stand together in one word, of which the next may be next. */
static int unknown_option(char **argv)
{
    if (optopt)
        return usage("unknown option -%c", optopt);
    return usage("unknown option %s", argv[optind - 1]);
}

/* Splits the arguments at each ":" into NULL-terminated vectors. False if one of them is empty. */
static bool split_programs(char **arguments, char ***programs, size_t *count)
{
    char **program = arguments;
    *count = 0;
    for (char **argument = arguments;; argument++) {
        bool last = *argument == NULL;
        if (!last && strcmp(*argument, ":") != 0)
            continue;
        if (argument == program)
            return false;
        *argument = NULL;
        programs[(*count)++] = program;
        program = argument + 1;
        if (last)
            return true;
    }
}

static int command_run(int argc, char **argv)
{
    static const struct option long_options[] = {{"bare", no_argument, NULL, 'b'},
                                                 {"privileged", no_argument, NULL, 'p'},
                                                 {"verbose", no_argument, NULL, 'v'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {0}};
    struct realm_options options = {0};
    int option;
    while ((option = getopt_long(argc, argv, "+bpvh", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        }
        if (option == 'b')
            options.bare = true;
        else if (option == 'p')
            options.privileged = true;
        else if (option == 'v')
            options.verbose = true;
        else
            return unknown_option(argv);
    }
    options.programs = calloc((size_t)argc + 1, sizeof *options.programs);
    if (!options.programs)
        return usage("out of memory");
    if (!split_programs(argv + optind, options.programs, &options.program_count))
        return usage("a program is missing");
    return supervise(&options);
}

/* A realm whose one program, corealm, starts the others. */
static int run_file(char *file, bool verbose)
{
    char *microkernel[MICROKERNEL_ARGUMENTS], *corealm[] = {NULL, verbose ? "-v" : file, verbose ? file : NULL, NULL};
    char **programs[] = {corealm};
    const struct realm_options options = {
        .programs = programs, .program_count = 1, .privileged = true, .verbose = verbose};
    if (!microkernel_find(microkernel, false))
        return EXIT_CANNOT_START;
    if (asprintf(&corealm[0], "%s/corealm", microkernel[1]) < 0)
        return usage("out of memory");
    return supervise(&options);
}

static int command_up(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool verbose = false;
    int option;
    while ((option = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        }
        if (option != 'v')
            return unknown_option(argv);
        verbose = true;
    }
    if (optind != argc - 1)
        return usage("name one realm file");
    return run_file(argv[optind], verbose);
}

int main(int argc, char **argv)
{
    opterr = 0; /* unknown_option tells it */
    if (argc < 2)
        return usage("a command is missing");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("comesg " COMESG_VERSION);
        return EXIT_SUCCESS;
    }
    if (strcmp(argv[1], "run") == 0)
        return command_run(argc - 1, argv + 1);
    if (strcmp(argv[1], "up") == 0)
        return command_up(argc - 1, argv + 1);
    return usage("%s is no command", argv[1]);
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * corealm: runs what a realm file describes. `comesg up' starts it, with a privileged handle that tells of deaths; the
 * realm ends with it.
 *
 *   corealm [-v] FILE
 */
#include "ukernel/corealm/realm_file.h"
#include "ukernel/corealm/start.h"

#include <comesg/coexec.h>
#include <comesg/coprivileged.h>
#include <comesg/coproc.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { EXIT_USAGE = 2, EXIT_CANNOT_START = 126 };

static struct realm_file realm;
static struct running {
    pid_t pid;         /* 0: it does not run */
    uint64_t identity; /* 0: it had ended before we could ask */
    time_t *restarts;  /* a ring of the latest ones, seconds of CLOCK_MONOTONIC */
    unsigned next;
} running[PROGRAMS_MAX];

static const char *path;
static cohandle_t privileged;
static bool verbose;

static bool start(size_t number)
{
    const struct program *program = &realm.programs[number];
    pid_t pid = start_program(path, program);
    if (pid < 0)
        return false;
    running[number].pid = pid;
    if (coidentify(privileged, pid, &running[number].identity))
        running[number].identity = 0;
    if (verbose)
        fprintf(stderr, "comesg: %s started with pid %d\n", program->name, (int)pid);
    return true;
}

/* False if it has been restarted too often lately. */
static bool note_restart(size_t number)
{
    const struct program *program = &realm.programs[number];
    struct running *run = &running[number];
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!run->restarts)
        run->restarts = calloc(program->restarts_max, sizeof *run->restarts);
    if (!run->restarts)
        return false;
    time_t *oldest = &run->restarts[run->next];
    if (*oldest && now.tv_sec - *oldest < (time_t)program->restarts_seconds)
        return false;
    *oldest = now.tv_sec;
    run->next = (run->next + 1) % program->restarts_max;
    return true;
}

static int shell_status(const struct codeath *record)
{
    if (WIFEXITED(record->status))
        return WEXITSTATUS(record->status);
    return 128 + (record->signal ? record->signal : WTERMSIG(record->status));
}

/* A program has ended: exits if the realm ends with it. */
static void handle_end(size_t number, const struct codeath *record)
{
    const struct program *program = &realm.programs[number];
    int status = shell_status(record);
    running[number].pid = 0;
    if (program->restart == RESTART_ALWAYS || (program->restart == RESTART_ON_FAILURE && status != 0)) {
        if (!note_restart(number)) {
            fprintf(stderr, "comesg: %s:%u: %s has ended more than %u times in %u seconds\n", path, program->line,
                    program->name, program->restarts_max, program->restarts_seconds);
            exit(EXIT_FAILURE);
        }
        if (!start(number))
            exit(EXIT_CANNOT_START);
    } else if (program == realm.last) {
        exit(status);
    }
}

static bool is_of(const struct codeath *record, const struct running *run)
{
    return run->pid && (run->identity ? run->identity == record->identity : run->pid == record->pid);
}

static int watch(void)
{
    struct codeath record = {.size = sizeof record};
    uint64_t seen = 0;
    while (codeath(privileged, seen, &record) == 0) {
        seen = record.sequence;
        for (size_t i = 0; i < realm.program_count; i++) {
            if (!is_of(&record, &running[i]))
                continue;
            handle_end(i, &record);
            break;
        }
    }
    perror("comesg: cannot hear of the ends of programs");
    return EXIT_FAILURE;
}

static int usage(void)
{
    fputs("corealm: use comesg up, which starts this\n", stderr);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const struct covector *vector = cogetvec();
    verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    if (argc != 2 + verbose || vector->count != 1)
        return usage();
    path = argv[argc - 1];
    privileged = corestrict(vector->handles[0], CORIGHT_DEATHS); /* nobody is to be ended from here */
    if (!privileged || cohandle_close(vector->handles[0]))
        return usage();
    if (!realm_file_read(path, &realm))
        return EXIT_USAGE;
    if (!coproc_init()) {
        perror("comesg: cannot join the microkernel");
        return EXIT_CANNOT_START;
    }
    if (!start_objects(path, &realm))
        return EXIT_CANNOT_START;
    for (size_t i = 0; i < realm.program_count; i++) {
        if (!start(i))
            return EXIT_CANNOT_START;
    }
    return watch();
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs gcc, as and ld, and keeps track of temporary files.
 */
#include "toolchain/cocc/cocc.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;
static struct list temporary;

static void remove_and_die(int number)
{
    remove_temporary_files();
    signal(number, SIG_DFL);
    raise(number);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char *pattern = format("%s/cocc-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(pattern))
        fail("cannot create a temporary folder %s: %s; set TMPDIR", pattern, strerror(errno));
    folder = pattern;
    signal(SIGINT, remove_and_die);
    signal(SIGTERM, remove_and_die);
    signal(SIGHUP, remove_and_die);
}

const char *temporary_file(const char *suffix)
{
    if (!folder)
        make_folder();
    char *name = format("%s/%d%s", folder, temporary.count, suffix);
    list_add(&temporary, name);
    return name;
}

void remove_temporary_files(void)
{
    for (int i = 0; i < temporary.count; i++)
        unlink(temporary.items[i]);
    if (folder)
        rmdir(folder);
    folder = NULL;
}

static void copy_standard_input(int file)
{
    char bytes[65536];
    ssize_t length;
    while ((length = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0, written; at < length; at += written)
            if ((written = write(file, bytes + at, (size_t)(length - at))) < 0)
                fail("cannot keep standard input: %s; set TMPDIR", strerror(errno));
    if (length < 0)
        fail("cannot read standard input: %s", strerror(errno));
}

void keep_standard_input(void)
{
    const char *name = temporary_file(".stdin");
    int file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        fail("cannot create %s: %s", name, strerror(errno));
    copy_standard_input(file);
    if (dup2(file, STDIN_FILENO) < 0)
        fail("cannot keep standard input: %s", strerror(errno));
    close(file);
}

void rewind_standard_input(void)
{
    lseek(STDIN_FILENO, 0, SEEK_SET);
}

static void print_command(const struct list *command)
{
    for (int i = 0; i < command->count; i++)
        fprintf(stderr, strpbrk(command->items[i], " \"'$\\") ? "%s'%s'" : "%s%s", i ? " " : "", command->items[i]);
    fputc('\n', stderr);
}

extern char **environ;

static int spawn(const char *const *command, const posix_spawn_file_actions_t *actions, pid_t *child)
{
    return posix_spawnp(child, command[0], actions, NULL, (char *const *)command, environ);
}

static int run(const struct request *request, const struct list *command, const posix_spawn_file_actions_t *actions)
{
    if (request->show || request->dry)
        print_command(command);
    if (request->dry)
        return 0;
    pid_t child;
    int status, error = spawn(command->items, actions, &child);
    if (error)
        fail("cannot run %s: %s; install gcc and binutils", command->items[0], strerror(error));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            fail("lost %s: %s", command->items[0], strerror(errno));
    if (WIFSIGNALED(status))
        fail("%s was ended by signal %d", command->items[0], WTERMSIG(status));
    return WEXITSTATUS(status);
}

int run_program(const struct request *request, const struct list *command)
{
    return run(request, command, NULL);
}

int run_into_file(const struct request *request, const struct list *command, const char *messages)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int status = run(request, command, &actions);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* The first line that the program writes, or NULL. */
char *run_for_line(const char *const *command)
{
    int ends[2], status;
    pid_t child;
    posix_spawn_file_actions_t actions;
    if (pipe(ends))
        fail("cannot make a pipe: %s", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    int error = spawn(command, &actions, &child);
    if (error)
        fail("cannot run %s: %s; install gcc and binutils", command[0], strerror(error));
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *stream = fdopen(ends[0], "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length = stream ? getline(&line, &size, stream) : -1;
    while (stream && fgetc(stream) != EOF)
        continue;
    if (stream)
        fclose(stream);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (length <= 0)
        return NULL;
    line[strcspn(line, "\n")] = 0;
    return line;
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Starts itself as further co-processes, in every way that coexec.h offers. Arguments: the folder for its files; or,
 * as a co-process that was started by the first, what to do.
 */
#include "support.h"

#include <comesg/coexec.h>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

static const char *self;

static pid_t start(const char *what, const struct coexec_options *options)
{
    char *const arguments[] = {(char *)self, (char *)what, NULL};
    char *const environment[] = {"NAME=value", NULL};
    return coexecve_with(self, arguments, environment, options);
}

struct answer {
    int32_t pid;
    uint32_t uid, gid, umask;
    uint32_t open; /* a bit for each of the first 32 descriptors */
    uint32_t count;
    int32_t groups;
    char folder[200], environment[64], arguments[200];
};

/* The new co-process: says what it finds, as often as it is asked. */
static _Noreturn void tell(int argc, char **argv)
{
    struct answer answer = {.pid = getpid(), .uid = getuid(), .gid = getgid(), .umask = umask(0)};
    umask(answer.umask);
    for (int descriptor = 0; descriptor < 32; descriptor++)
        answer.open |= (uint32_t)(fcntl(descriptor, F_GETFD) >= 0) << descriptor;
    need(getcwd(answer.folder, sizeof answer.folder) != NULL, "getcwd");
    snprintf(answer.environment, sizeof answer.environment, "%s", getenv("NAME") ? getenv("NAME") : "(none)");
    for (int i = 0; i < argc; i++)
        snprintf(answer.arguments + strlen(answer.arguments), sizeof answer.arguments - strlen(answer.arguments), "%s ",
                 argv[i]);
    answer.count = (uint32_t)cogetvec()->count;
    cotarget_t target;
    need(coregister("told", NULL, &target) == 0, "coregister");
    for (char request;;)
        coaccept(NULL, &answer, sizeof answer, &request, sizeof request);
}

static struct answer ask(void)
{
    struct answer answer = {0};
    need(call(find("told"), "?", 1, &answer, sizeof answer) == sizeof answer, "the new co-process answers");
    return answer;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "tell") == 0)
        tell(argc, argv);
    pid_t pid = start("tell", NULL);
    ok(pid > 0, "a program is started: %s", strerror(pid > 0 ? 0 : errno));
    struct answer answer = ask();
    ok(answer.pid == pid, "it has the pid that coexecve gave");
    ok(strcmp(answer.environment, "value") == 0, "%s", answer.environment);
    ok(answer.open == 7, "%x", answer.open);
    return done_testing();
}

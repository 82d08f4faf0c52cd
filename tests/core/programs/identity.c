/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Two clients and one server, each with its own pid, open file and working directory. Whoever runs, on whichever kernel
 * thread, sees its own. Arguments: server | client, folder, and for clients the number of calls.
 */
#include "support.h"

#include <fcntl.h>
#include <sys/stat.h>

struct question {
    uint32_t look; /* the server is to make system calls */
};
struct answer {
    int32_t server, caller;
    uint32_t right; /* the server saw its own pid, file and folder */
};

struct identity {
    pid_t pid;
    int file;
    char folder[200];
    char text[64];
};

static void take_identity(struct identity *identity, const char *folder)
{
    identity->pid = getpid();
    need(mkdir(folder, 0700) == 0 && chdir(folder) == 0, folder);
    need(getcwd(identity->folder, sizeof identity->folder) != NULL, "getcwd");
    identity->file = open("mine", O_RDWR | O_CREAT | O_TRUNC, 0600);
    need(identity->file == 3, "every process has its file as descriptor 3");
    snprintf(identity->text, sizeof identity->text, "file of %d", identity->pid);
    need(write(3, identity->text, sizeof identity->text) == sizeof identity->text, "write");
}

static bool identity_holds(const struct identity *identity)
{
    char folder[200] = "", text[64] = "";
    return getpid() == identity->pid && getcwd(folder, sizeof folder) && strcmp(folder, identity->folder) == 0 &&
           pread(3, text, sizeof text, 0) == sizeof text && strcmp(text, identity->text) == 0 &&
           access("mine", F_OK) == 0;
}

static _Noreturn void serve(const struct identity *identity)
{
    cotarget_t target;
    struct question question;
    struct answer answer = {0};
    need(coregister("identity", NULL, &target) == 0, "coregister");
    for (;;) {
        need(coaccept(NULL, &answer, sizeof answer, &question, sizeof question) == sizeof question, "coaccept");
        answer.server = identity->pid;
        answer.right = !question.look || identity_holds(identity);
        pid_t caller = 0;
        need(cogetpid(&caller) == 0, "cogetpid");
        answer.caller = caller;
    }
}

static int use(const struct identity *identity, unsigned calls, unsigned seed)
{
    cotarget_t target = find("identity");
    unsigned wrong_caller = 0, wrong_own = 0, wrong_server = 0;
    for (unsigned i = 0; i < calls; i++) {
        seed = seed * 1664525 + 1013904223;
        struct question question = {seed >> 31};
        struct answer answer = {0};
        need(call(target, &question, sizeof question, &answer, sizeof answer) == sizeof answer, "cocall");
        wrong_caller += answer.caller != identity->pid;
        wrong_server += !answer.right || answer.server == identity->pid;
        if (seed >> 29 & 1)
            wrong_own += !identity_holds(identity);
    }
    printf("client: %u calls, wrong caller %u, wrong server %u, wrong own %u\n", calls, wrong_caller, wrong_server,
           wrong_own);
    fflush(stdout);
    /* The realm ends with its last program, the client "two": the other one is let finish, and stays until then. */
    const char *name = strrchr(identity->folder, '/') + 1;
    cotarget_t done;
    if (strcmp(name, "two") == 0) {
        find("one");
        return 0;
    }
    need(coregister(name, NULL, &done) == 0, "coregister");
    coaccept(NULL, NULL, 0, NULL, 0);
    return 1;
}

int main(int argc, char **argv)
{
    struct identity identity;
    need(argc == 4, "usage: identity server|client FOLDER CALLS");
    take_identity(&identity, argv[2]);
    if (strcmp(argv[1], "server") == 0)
        serve(&identity);
    return use(&identity, (unsigned)atoi(argv[3]), (unsigned)getpid());
}

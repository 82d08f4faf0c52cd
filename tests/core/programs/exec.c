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
    need(coregister(argc > 2 ? argv[2] : "told", NULL, &target) == 0, "coregister");
    for (char request;;)
        coaccept(NULL, &answer, sizeof answer, &request, sizeof request);
}

static struct answer ask(const char *name)
{
    struct answer answer = {0};
    need(call(find(name), "?", 1, &answer, sizeof answer) == sizeof answer, "the new co-process answers");
    return answer;
}

static void fails(int error, const char *path, char *const *arguments, const struct coexec_options *options,
                  const char *what)
{
    char *const environment[] = {NULL};
    errno = 0;
    pid_t pid = coexecve_with(path, arguments, environment, options);
    int found = errno;
    ok(pid == -1 && found == error, "%s: %s", what, strerror(found));
}

static void refuses_options(void)
{
    char *const arguments[] = {(char *)self, "tell", NULL};
    const cohandle_t no_handle = 12345;
    const struct coexec_quota unknown = {COQUOTA_END, 0, 1}, more = {COQUOTA_HANDLES, 0, UINT64_MAX},
                              small = {COQUOTA_MEMORY, 0, 4096};
    const struct coexec_descriptor closed = {77, 3}, hidden = {0, 1024}, negative = {0, -1};
    const size_t size = sizeof(struct coexec_options);
    fails(EINVAL, self, arguments, &(struct coexec_options){.size = size - 1}, "a size that does not exist");
    fails(EINVAL, self, arguments, &(struct coexec_options){.size = size, .flags = 0x8000}, "a flag");
    fails(EINVAL, self, arguments, &(struct coexec_options){.size = size, .flags = COEXEC_UID, .uid = (uid_t)-1},
          "no user");
    fails(EINVAL, self, arguments, &(struct coexec_options){.size = size, .quotas = &unknown, .quota_count = 1},
          "a resource");
    fails(EINVAL, self, arguments, &(struct coexec_options){.size = size, .quotas = &more, .quota_count = 1UL << 62},
          "a count");
    fails(EPERM, self, arguments, &(struct coexec_options){.size = size, .quotas = &more, .quota_count = 1},
          "more than the own quota");
    fails(EDQUOT, self, arguments, &(struct coexec_options){.size = size, .quotas = &small, .quota_count = 1},
          "less memory than the program needs");
    fails(EBADF, self, arguments, &(struct coexec_options){.size = size, .handles = &no_handle, .handle_count = 1},
          "no handle");
    fails(EINVAL, self, arguments, &(struct coexec_options){.size = size, .handles = &no_handle, .handle_count = 1025},
          "too many handles");
    struct coexec_options options = {.size = size, .flags = COEXEC_DESCRIPTORS, .descriptor_count = 1};
    options.descriptors = &closed;
    fails(EBADF, self, arguments, &options, "a closed descriptor");
    options.descriptors = &hidden;
    fails(EINVAL, self, arguments, &options, "a descriptor of the core");
    options.descriptors = &negative;
    fails(EINVAL, self, arguments, &options, "a negative descriptor");
    fails(EFAULT, self, arguments, (void *)(region_base() + REGION_STRIDE + 0x20000), "options of another region");
    fails(ENOENT, self, arguments, &(struct coexec_options){.size = size, .directory = "nowhere"}, "no directory");
    fails(EPERM, self, arguments, &(struct coexec_options){.size = size, .flags = COEXEC_MICROKERNEL},
          "a part of the microkernel, from somebody who is none");
    fails(EBADF, self, arguments,
          &(struct coexec_options){.size = size, .flags = COEXEC_NAMESPACE, .root = coseal(1, 1)},
          "a root that is no namespace");
}

static void refuses_programs(const char *folder)
{
    char path[300], *const arguments[] = {(char *)self, NULL}, *const none[] = {NULL};
    static char long_argument[130000];
    memset(long_argument, 'x', sizeof long_argument - 1);
    char *const large[] = {(char *)self, long_argument, long_argument, NULL};
    fails(EINVAL, self, none, NULL, "no argv[0]");
    fails(E2BIG, self, large, NULL, "arguments beyond 128 KiB");
    fails(ENOENT, "nothing/there", arguments, NULL, "no file");
    fails(ENOENT, "", arguments, NULL, "no path");
    fails(EACCES, folder, arguments, NULL, "a directory");
    fails(EACCES, "/dev/null", arguments, NULL, "a device");
    fails(EFAULT, (const char *)8, arguments, NULL, "a path that is no pointer");
    fails(EFAULT, self, (char *const *)make_edge(PAGE), NULL, "a list that is not mapped");
    snprintf(path, sizeof path, "%s/script", folder);
    FILE *file = fopen(path, "w");
    need(file && fprintf(file, "#!/bin/sh\nexit 0\n") > 0 && fclose(file) == 0, path);
    fails(EACCES, path, arguments, NULL, "a file that is not executable");
    snprintf(path, sizeof path, "%s/executable", folder);
    fails(ENOEXEC, path, arguments, NULL, "a script");
    snprintf(path, sizeof path, "%s/native", folder);
    fails(ENOEXEC, path, arguments, NULL, "a program that the verifier refuses");
    snprintf(path, sizeof path, "%s/fifo", folder);
    fails(EACCES, path, arguments, NULL, "a FIFO");
    snprintf(path, sizeof path, "%s/loop", folder);
    fails(ELOOP, path, arguments, NULL, "a symbolic link to itself");
}

/* The new co-process with nothing: what it may not do. */
static _Noreturn void try_classes(void)
{
    cotarget_t target;
    struct stat status;
    bool right = open("/dev/null", O_RDONLY) == -1 && errno == ENOSYS;
    right = right && stat("/", &status) == -1 && errno == ENOSYS;
    right = right && coexecve(self, (char *const[]){(char *)self, NULL}, NULL) == -1 && errno == ENOSYS;
    right = right && coregister("mine", NULL, &target) == -1 && errno == EACCES;
    right = right && coregister(NULL, NULL, &target) == 0 && write(1, "", 0) == 0 && getpid() > 0;
    char *memory = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    right = right && memory == MAP_FAILED && errno == ENOMEM;
    char answer = right ? 'y' : 'n';
    need(cogetvec()->count == 3 && cogetvec()->handles[1] == 0, "the vector");
    need(call(cogetvec()->handles[2], &answer, 1, NULL, 0) == 0, "the handle of the vector can be called");
    exit(0);
}

static void restricts(void)
{
    cotarget_t target;
    char answer = 0;
    need(coregister(NULL, NULL, &target) == 0, "coregister");
    const cohandle_t handles[] = {target, 0, target};
    const struct coexec_quota quota = {COQUOTA_MEMORY, 0, 32 << 20};
    const struct coexec_options options = {
        .size = sizeof options,
        .flags = COEXEC_SYSTEM_CALLS | COEXEC_NO_PUBLISH,
        .quotas = &quota,
        .quota_count = 1,
        .handles = handles,
        .handle_count = 3,
    };
    ok(start("classes", &options) > 0, "a program without rights is started: %s", strerror(errno));
    ssize_t length = coaccept(NULL, NULL, 0, &answer, 1);
    ok(length == 1 && answer == 'y', "it finds that it has none (%c)", answer);
}

/* All that can be chosen at once. The groups are looked at by who has started this realm. */
static void chooses(const char *folder)
{
    char *const arguments[] = {(char *)self, "tell", "chosen", NULL};
    const gid_t groups[] = {4, 24};
    int ends[2];
    need(pipe(ends) == 0, "pipe");
    const struct coexec_descriptor descriptors[] = {{ends[0], 9}, {1, 1}, {2, 2}, {ends[1], ends[0]}};
    struct coexec_options options = {
        .size = sizeof options,
        .flags = COEXEC_UID | COEXEC_GID | COEXEC_GROUPS | COEXEC_DESCRIPTORS,
        .uid = 1234,
        .gid = 1235,
        .groups = groups,
        .group_count = 2,
        .directory = folder,
        .descriptors = descriptors,
        .descriptor_count = 4,
    };
    if (getuid() != 0) {
        fails(EPERM, self, arguments, &options, "other groups without the privilege");
        options.flags &= ~COEXEC_GROUPS;
        fails(EPERM, self, arguments, &options, "another group");
        options.gid = getgid();
        fails(EPERM, self, arguments, &options, "another user");
        options.uid = getuid();
    }
    pid_t pid = coexecve_with(self, arguments, NULL, &options);
    ok(pid > 0, "a program with all that can be chosen: %s", strerror(errno));
    struct answer answer = ask("chosen");
    ok(answer.uid == options.uid && answer.gid == options.gid, "it runs as user %u, group %u", answer.uid, answer.gid);
    ok(strcmp(answer.folder, folder) == 0, "in %s", answer.folder);
    ok(answer.open == (1U << 9 | 6 | 1U << ends[0]), "with the chosen descriptors and no others (%x)", answer.open);
    ok(strcmp(answer.environment, "(none)") == 0, "without an environment");
    ok(strcmp(answer.arguments + strlen(self), " tell chosen ") == 0, "with its arguments");
    close(ends[0]);
    close(ends[1]);
    printf("chosen %d\n", pid);
    need(getchar() == '\n', "somebody who looks at it");
}

/* For each character of the standard input, 250 programs one after the other. */
static _Noreturn void start_on_demand(void)
{
    while (getchar() != EOF) {
        for (int i = 0; i < 250;) {
            if (start("nothing", NULL) > 0)
                i++;
            else if (errno == EDQUOT)
                pause_milliseconds(1); /* those that have ended are still being taken down */
            else
                need(false, "start");
        }
        printf("started\n");
    }
    exit(0);
}

/* What fails and what ends leaves nothing: far more than there would be room for at once. */
static void starts_many(void)
{
    unsigned failed = 0;
    for (int i = 0; i < 300; i++)
        failed += start("nothing", NULL) < 0 && errno != EDQUOT;
    ok(failed == 0, "300 programs one after the other (%u failed: %s)", failed, strerror(errno));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "tell") == 0)
        tell(argc, argv);
    if (argc > 1 && strcmp(argv[1], "classes") == 0)
        try_classes();
    if (argc > 1 && strcmp(argv[1], "nothing") == 0)
        return 0;
    if (argc > 1 && strcmp(argv[1], "demand") == 0)
        start_on_demand();
    pid_t pid = start("tell", NULL);
    ok(pid > 0, "a program is started");
    struct answer answer = ask("told");
    ok(answer.pid == pid, "it has the pid that coexecve gave");
    ok(strcmp(answer.environment, "value") == 0, "its environment");
    ok(answer.open == 7, "the standard descriptors and no others (%x)", answer.open);
    ok(answer.uid == getuid() && answer.gid == getgid(), "user and group");
    chooses(argv[1]);
    refuses_options();
    refuses_programs(argv[1]);
    starts_many();
    restricts();
    return done_testing();
}

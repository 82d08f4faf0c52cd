/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The supervisor's event loop. One thread does all the work, but for what would take long (worker.h); another one only
 * turns the core's futex word into a file descriptor.
 */
#include "host/supervisor.h"

#include "host/deadline.h"
#include "host/deaths.h"
#include "host/ending.h"
#include "host/launch.h"
#include "host/lending.h"
#include "host/microkernel.h"
#include "host/objects.h"
#include "host/requests.h"
#include "host/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct supervisor {
    struct host_realm realm;
    const struct realm_options *options;
    int signals;
    int faults;
    size_t main_member;
    size_t microkernel_member; /* coprocd */
    int exit_status;
};

static void *watch_faults(void *argument)
{
    struct supervisor *supervisor = argument;
    _Atomic uint32_t *events = &supervisor->realm.shared->fault_events;
    uint32_t seen = 0;
    for (;;) {
        uint32_t now = *events;
        if (now != seen) {
            uint64_t one = 1;
            seen = now;
            if (write(supervisor->faults, &one, sizeof one) != sizeof one)
                perror("comesg: eventfd");
        }
        syscall(SYS_futex, events, FUTEX_WAIT, seen, NULL, NULL, 0);
    }
    return NULL;
}

static int fail(const char *what)
{
    int error = -errno;
    perror(what);
    return error;
}

/* Each program's sealed text holds a descriptor. */
static void raise_descriptor_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* Limits that would hit the wrong one: the kernel charges time to the thread that a callee has borrowed, and compares
 * memory with what the whole realm has. Lifted where that is allowed. */
static bool lift_limits(void)
{
    static const struct {
        int resource;
        const char *option;
    } limits[] = {{RLIMIT_CPU, "-t"}, {RLIMIT_RTTIME, "-R"}, {RLIMIT_DATA, "-d"}, {RLIMIT_AS, "-v"}};
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) || limit.rlim_cur == RLIM_INFINITY)
            continue;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(limits[i].resource, &unlimited) == 0 ||
            (limit.rlim_max == RLIM_INFINITY && setrlimit(limits[i].resource, &limit) == 0))
            continue;
        fprintf(stderr,
                "comesg: a resource limit (ulimit %s) would hit co-processes that did not use the resource: lift it "
                "first\n",
                limits[i].option);
        return false;
    }
    return true;
}

/* A reader of our messages who has gone, or a limit on file sizes, must give an error: a signal would end the whole
 * realm. Blocked, not ignored: co-processes keep the dispositions that we were started with. */
static void block_signals_of_writing(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGXFSZ);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Writes one message, or drops it if standard error would make us wait: it may be a pipe that a co-process has filled,
 * and everybody waits for the supervisor. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char message[512];
    struct pollfd output = {.fd = STDERR_FILENO, .events = POLLOUT};
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof message)
        length = sizeof message - 1;
    for (int i = 0; i < length - 1; i++) { /* a program may be called anything */
        if ((unsigned char)message[i] < ' ' || message[i] == 0x7f)
            message[i] = '?';
    }
    if (length > 0 && poll(&output, 1, 0) == 1 && (output.revents & POLLOUT) &&
        write(STDERR_FILENO, message, (size_t)length) < 0)
        return; /* nobody is left to tell */
}

static int prepare_events(struct supervisor *supervisor)
{
    sigset_t set;
    pthread_t thread;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGCONT);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL))
        return fail("comesg: sigprocmask");
    supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    supervisor->faults = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (supervisor->signals < 0 || supervisor->faults < 0)
        return fail("comesg: signalfd");
    if ((errno = -worker_start(supervisor->faults)))
        return fail("comesg: pthread_create");
    errno = pthread_create(&thread, NULL, watch_faults, supervisor);
    if (!errno)
        errno = deadline_watch(&supervisor->realm);
    return errno ? fail("comesg: pthread_create") : 0;
}

static void end_everybody(struct supervisor *supervisor)
{
    supervisor->realm.ending = true;
    for (size_t index = 0; index < supervisor->realm.member_limit; index++) {
        const struct member *member = &supervisor->realm.members[index];
        if (member->pid && !member->reaped)
            kill(member->pid, SIGKILL);
    }
}

/* The place of a fault, as a debugger would name it. */
static void describe_place(const struct member *member, uint64_t offset, char *text, size_t size)
{
    const struct symbol *symbol = deaths_function(member, offset);
    if (symbol)
        snprintf(text, size, "%s+%#llx (%#llx in its image)", symbol->name,
                 (unsigned long long)(offset - symbol->start), (unsigned long long)offset);
    else
        snprintf(text, size, "%#llx in its image", (unsigned long long)offset);
}

static void report_signal(const struct coprocess *coprocess, const struct member *member)
{
    const struct fault_record *fault = &coprocess->fault;
    const char *name = coprocess->name;
    int signal = WTERMSIG(member->wait_status), pid = member->pid;
    char place[SYMBOLS_NAME_MAX + 64];
    describe_place(member, fault->pc, place, sizeof place);
    if (coprocess->context_lost)
        say("comesg: %s (pid %d) was ended: its caller's process was killed while it ran there\n", name, pid);
    else if (fault->signal && coprocess->dying)
        say("comesg: %s (pid %d) was ended: %s (SIG%s), address %#llx, at %s\n", name, pid, strsignal(fault->signal),
            sigabbrev_np(fault->signal), (unsigned long long)fault->address, place);
    else
        say("comesg: %s (pid %d) was ended: %s (SIG%s)\n", name, pid, strsignal(signal), sigabbrev_np(signal));
}

/* What nobody would miss is said only on demand: normal exits, and who is ended because the realm ends. */
static void report(const struct supervisor *supervisor, size_t index)
{
    const struct member *member = &supervisor->realm.members[index];
    const struct coprocess *coprocess = realm_coprocess(&supervisor->realm, index);
    bool verbose = supervisor->options->verbose;
    bool own_end = coprocess->context_lost || coprocess->fault.signal;
    if (!coprocess->entered) {
        const char *problem = launch_problem(coprocess);
        if (problem && !coprocess->plan->launcher)
            say("comesg: %s (pid %d) could not be started: %s\n", coprocess->name, member->pid, problem);
    } else if (WIFEXITED(member->wait_status)) {
        if (verbose)
            say("comesg: %s (pid %d) exited with status %d\n", coprocess->name, member->pid,
                WEXITSTATUS(member->wait_status));
    } else if (own_end || !supervisor->realm.ending) {
        report_signal(coprocess, member);
    } else if (verbose) {
        say("comesg: %s (pid %d) ended with the realm\n", coprocess->name, member->pid);
    }
}

static int shell_status(const struct supervisor *supervisor, size_t index)
{
    int status = supervisor->realm.members[index].wait_status;
    int fault = realm_coprocess(&supervisor->realm, index)->fault.signal;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return 128 + (fault ? fault : WTERMSIG(status));
}

/* From here on the number may be a stranger's, and all its kernel threads are gone. */
static void forget_pid(const struct coprocess *coprocess)
{
    uint32_t thread = 0;
    for (struct thread_block *block; (block = core_next_thread(coprocess, &thread));)
        block->home.pid = 0;
}

/* One process that has ended or been stopped: its place, or SPAN_NO_REGION if there is none. */
static size_t reap_one(struct supervisor *supervisor)
{
    size_t index = 0;
    int status;
    pid_t pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
    if (pid <= 0)
        return SPAN_NO_REGION;
    while (index < supervisor->realm.member_limit && !launch_has_process(&supervisor->realm, index, pid))
        index++;
    if (index == supervisor->realm.member_limit)
        return SPAN_NO_REGION;
    supervisor->realm.members[index].pid = pid;
    if (WIFSTOPPED(status))
        lending_process_stopped(&supervisor->realm, index);
    if (WIFCONTINUED(status))
        lending_process_continued(&supervisor->realm, index);
    if (WIFSTOPPED(status) || WIFCONTINUED(status))
        return index;
    supervisor->realm.members[index].reaped = true;
    supervisor->realm.members[index].wait_status = status;
    forget_pid(realm_coprocess(&supervisor->realm, index));
    return index;
}

static void reap(struct supervisor *supervisor)
{
    for (;;) {
        pthread_mutex_lock(&supervisor->realm.reaping);
        size_t index = reap_one(supervisor);
        pthread_mutex_unlock(&supervisor->realm.reaping);
        if (index == SPAN_NO_REGION)
            break;
        if (!supervisor->realm.members[index].reaped)
            continue;
        launches_abandon(&supervisor->realm, realm_coprocess(&supervisor->realm, index));
        report(supervisor, index);
        if (index == supervisor->microkernel_member && !supervisor->realm.ending) {
            say("comesg: the microkernel has ended (coprocd, pid %d), and with it the realm\n",
                supervisor->realm.members[index].pid);
            supervisor->exit_status = EXIT_MICROKERNEL;
            end_everybody(supervisor);
        }
        if (index == supervisor->main_member && !supervisor->realm.ending) {
            supervisor->exit_status = shell_status(supervisor, index);
            end_everybody(supervisor);
        }
    }
}

/* True if some member could not be finished yet. */
static bool finish_endings(struct supervisor *supervisor)
{
    bool pending = false;
    for (size_t index = 0; index < supervisor->realm.member_limit; index++) {
        if (!supervisor->realm.members[index].reaped)
            continue;
        pending |= !ending_step(&supervisor->realm, index);
    }
    return pending;
}

static void read_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;
    while (read(supervisor->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCONT)
            lending_all_continued(&supervisor->realm);
        if (info.ssi_signo == SIGCHLD || info.ssi_signo == SIGCONT || supervisor->realm.ending)
            continue;
        supervisor->exit_status = 128 + (int)info.ssi_signo;
        end_everybody(supervisor);
    }
}

static void run(struct supervisor *supervisor)
{
    bool pending = true;
    while (supervisor->realm.alive > 0) {
        struct pollfd descriptors[] = {
            {.fd = supervisor->signals, .events = POLLIN},
            {.fd = supervisor->faults, .events = POLLIN},
        };
        uint64_t count;
        poll(descriptors, 2, pending ? 1 : -1);
        read_signals(supervisor);
        if (read(supervisor->faults, &count, sizeof count) == sizeof count)
            supervisor->realm.pursuing = true;
        worker_finish_jobs();
        requests_serve(&supervisor->realm);
        launches_settle(&supervisor->realm);
        reap(supervisor);
        pending = finish_endings(supervisor);
        pending |= ending_pursue(&supervisor->realm);
        pending |= lending_pursue(&supervisor->realm);
        objects_collect(&supervisor->realm);
        pending |= supervisor->realm.shared->objects_dropped;
    }
}

/* Gives the index of the new member. */
static ssize_t start_one(struct supervisor *supervisor, const struct program *program)
{
    ssize_t index = launch(&supervisor->realm, program, environ);
    if (index >= 0 && supervisor->options->verbose)
        fprintf(stderr, "comesg: %s started with pid %d at %#llx\n", program->path,
                supervisor->realm.members[index].pid,
                (unsigned long long)span_region_base(&supervisor->realm.span, (size_t)index));
    return index;
}

/* The microkernel comes first, if there is one: `programs` then begins with it. */
static int start(struct supervisor *supervisor, const struct program *programs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ssize_t index = start_one(supervisor, &programs[i]);
        if (index < 0)
            return (int)index;
        if (programs[i].microkernel)
            supervisor->microkernel_member = (size_t)index;
        supervisor->main_member = (size_t)index;
    }
    return 0;
}

/* All that is to be started, in this order; NULL if that is said to be impossible. */
static struct program *list_programs(const struct realm_options *options, size_t *count)
{
    static char *microkernel[MICROKERNEL_ARGUMENTS];
    struct program *programs = calloc(options->program_count + 1, sizeof *programs);
    if (!programs || (!options->bare && !microkernel_find(microkernel, options->verbose)))
        return NULL;
    if (!options->bare)
        programs[(*count)++] = (struct program){.arguments = microkernel, .microkernel = true, .privileged = true};
    for (size_t i = 0; i < options->program_count; i++)
        programs[(*count)++] =
            (struct program){.arguments = options->programs[i], .privileged = options->privileged && i == 0};
    return programs;
}

/* All programs are read and verified before the first one starts. */
static int load(struct program *programs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error = program_load(&programs[i]);
        if (error) {
            while (i-- > 0)
                program_free(&programs[i]);
            return error;
        }
    }
    return 0;
}

int supervise(const struct realm_options *options)
{
    struct supervisor supervisor = {
        .options = options,
        .exit_status = EXIT_CANNOT_START,
        .main_member = SPAN_NO_REGION,
        .microkernel_member = SPAN_NO_REGION,
    };
    const char *problem;
    if (!lift_limits())
        return EXIT_CANNOT_START;
    raise_descriptor_limit();
    block_signals_of_writing();
    if (realm_create(&supervisor.realm, &problem)) {
        fprintf(stderr, "comesg: %s\n", problem);
        return EXIT_CANNOT_START;
    }
    if (objects_prepare(&supervisor.realm) || deaths_prepare(&supervisor.realm)) {
        fprintf(stderr, "comesg: there is not enough memory for the realm's tables\n");
        return EXIT_CANNOT_START;
    }
    size_t count = 0;
    struct program *programs = list_programs(options, &count);
    if (!programs || load(programs, count) || prepare_events(&supervisor))
        return EXIT_CANNOT_START;
    int error = start(&supervisor, programs, count);
    for (size_t i = 0; i < count; i++)
        program_free(&programs[i]);
    free(programs);
    if (error)
        end_everybody(&supervisor);
    run(&supervisor);
    return supervisor.exit_status;
}

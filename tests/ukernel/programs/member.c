/* SPDX-License-Identifier: BSD-2-Clause
 *
 * In the place of coprocd: calls of microkernel.h that tests/core/programs/microkernel.c does not meet.
 *
 *   coprocd FOLDER   the member
 *   coprocd other    started by that, and a member too: makes a vault and passes it on, and ends
 *   member wait      the program that the realm needs besides
 */
#include "check.h"

#include <comesg/coexec.h>
#include <comesg/copool.h>
#include <comesg/coprivileged.h>
#include <comesg/microkernel.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

static void *const nowhere = (void *)8;
static const char *self;

/* What a callee learns of its caller. */
static struct {
    cotarget_t target;
    _Atomic bool ready;
    struct cocaller caller;
    int error, size_error, place_error;
} callee;

static void *serve(void *nothing)
{
    need(coregister(NULL, NULL, &callee.target) == 0, "coregister");
    callee.ready = true;
    coaccept(NULL, NULL, 0, NULL, 0);
    struct cocaller wrong = {.size = 1};
    callee.caller.size = sizeof callee.caller;
    callee.error = cocaller(&callee.caller) ? errno : 0;
    callee.size_error = cocaller(&wrong) ? errno : 0;
    callee.place_error = cocaller(nowhere) ? errno : 0;
    for (;;)
        coaccept(NULL, NULL, 0, NULL, 0);
    return nothing;
}

static void callers(cohandle_t privileged)
{
    pthread_t thread;
    struct cocaller none = {.size = sizeof none};
    uint64_t identity, launcher;
    check(failed(cocaller(&none), ESRCH), "cocaller: ESRCH outside a call");
    need(pthread_create(&thread, NULL, serve, NULL) == 0, "a thread");
    while (!callee.ready)
        usleep(1000);
    cocall_until(callee.target, NULL, 0, NULL, 0, NULL);
    check(callee.error == 0 && callee.caller.pid == getpid(), "cocaller tells who calls");
    check(callee.size_error == EINVAL && callee.place_error == EFAULT, "cocaller: EINVAL for a size, EFAULT");
    check(coidentify(privileged, getpid(), &identity) == 0 && identity == callee.caller.identity,
          "with the identity that deaths are told by");
    check(coalive(identity) == 1 && coalive(UINT64_MAX) == 0, "coalive tells who lives");
    check(colauncher(identity, &launcher) == 0 && launcher == 0,
          "colauncher tells that the command line has started this");
    check(failed(colauncher(UINT64_MAX, &launcher), ESRCH) && failed(colauncher(identity, nowhere), EFAULT),
          "colauncher: ESRCH, EFAULT");
    uint64_t of_target = 0;
    check(cotarget_identity(callee.target, &of_target) == 0 && of_target == identity,
          "cotarget_identity tells whose thread it is");
    check(failed(cotarget_identity(77, &of_target), EBADF) && failed(cotarget_identity(callee.target, nowhere), EFAULT),
          "cotarget_identity: EBADF, EFAULT");
    cotarget_t pool = copool(&callee.target, 1, 0);
    check(failed(cotarget_identity(pool, &of_target), EINVAL), "cotarget_identity: EINVAL for a pool");
    check(cowake(callee.caller.cookie) == 0 && failed(cowake(UINT64_MAX), ESRCH), "cowake, and ESRCH for nobody");
    pollcoport_t nothing = {0};
    check(coport_wait(&nothing, 1, COMESG_CALL_WITHOUT_LIMIT) == 0, "coport_wait returns to who has been woken");
}

static void ports(void)
{
    cohandle_t control = coport_control(COCHANNEL, 64), other = coport_control(COCARRIER, 0);
    need(control && other, "controls");
    check(failed(coport_publish(77, COPOLL_IN), EBADF) && failed(coport_publish(control, COPOLL_IN), EINVAL),
          "coport_publish: EBADF, and EINVAL for a COCHANNEL");
    check(coport_shut(control) == 0 && failed(coport_shut(control), EPIPE) && failed(coport_shut(77), EBADF),
          "coport_shut, once: EPIPE; EBADF");
}

static void seals(void)
{
    cohandle_t seal = comint_seal(COHANDLE_NAMESPACE);
    uint64_t bits[1] = {0};
    check(refused(comint(77, 1, CORIGHT_RO, 0), EBADF), "comint: EBADF");
    check(failed(comint_survey(77, bits, 64), EBADF) && failed(comint_survey(seal, nowhere, 64), EFAULT),
          "comint_survey: EBADF, EFAULT");
    check(failed(comint_read(77, seal, NULL, NULL), EBADF), "comint_read: EBADF");
    int count = 0;
    while (count < 1000 && comint_seal(COHANDLE_NAMESPACE))
        count++;
    check(count < 256 && errno == ENOMEM, "comint_seal: ENOMEM beyond 256 in a realm");
}

/* A vault whose maker has ended. */
static void vaults(cohandle_t privileged)
{
    uint64_t token = 0, tokens[4];
    cohandle_t vault = covault(), handle = coseal(1, 1), dead = 0;
    need(vault && handle, "a vault");
    check(failed(covault_put(vault, coport_control(COPIPE, 0), &token), EINVAL),
          "covault_put: EINVAL for what is not passed on");
    check(failed(covault_put(77, handle, &token), EBADF) && refused(covault_get(77, 1, 0), EBADF) &&
              failed(covault_drop(77, 1), EBADF) && failed(covault_list(77, tokens, 4), EBADF),
          "covault_put, covault_get, covault_drop, covault_list: EBADF");
    need(covault_put(vault, handle, &token) == 0, "something kept");
    check(failed(covault_list(vault, nowhere, 4), EFAULT), "covault_list: EFAULT");
    check(corevoke(handle) == 0 && refused(covault_get(vault, token, 0), ENOENT),
          "covault_get: ENOENT for what is revoked");

    char *const arguments[] = {(char *)self, (char *)"other", NULL};
    const struct coexec_options options = {
        .size = sizeof options, .flags = COEXEC_MICROKERNEL, .handles = &callee.target, .handle_count = 1};
    struct coattachment attachment = {0};
    struct cocall_information information = {.size = sizeof information, .attachments = {&attachment, 1, 0, 0}};
    cotarget_t own;
    need(coregister(NULL, NULL, &own) == 0, "coregister");
    struct coexec_options with_own = options;
    with_own.handles = &own;
    struct codeath record = {.size = sizeof record};
    pid_t pid = coexecve_with(self, arguments, NULL, &with_own);
    need(pid > 0, "another member");
    need(coaccept_oob(NULL, NULL, 0, NULL, 0, NULL, 0, &information) >= 0, "its vault");
    dead = attachment.handle;
    coaccept_nb(NULL, NULL, 0, NULL, 0);
    do {
        need(codeath(privileged, record.sequence, &record) == 0, "codeath");
    } while (record.pid != pid);
    handle = coseal(2, 1);
    check(failed(covault_put(dead, handle, &token), ENOLINK) && refused(covault_get(dead, 1, 0), ENOLINK) &&
              failed(covault_drop(dead, 1), ENOLINK) && failed(covault_list(dead, tokens, 4), ENOLINK),
          "covault_put, covault_get, covault_drop, covault_list: ENOLINK when the maker has ended");
}

static int other(void)
{
    const struct coattachment attachment = {.handle = covault(), .descriptor = -1};
    cocall_oob_until(cogetvec()->handles[0], NULL, 0, NULL, 0, &attachment, 1, NULL, NULL);
    return 0;
}

int main(int argc, char **argv)
{
    self = argv[0];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && strcmp(argv[1], "other") == 0)
        return other();
    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        for (;;)
            pause();
    }
    cohandle_t privileged = cogetvec()->handles[0];
    callers(privileged);
    ports();
    seals();
    vaults(privileged);
    return failures != 0;
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Tells what it was started with: its arguments, the variable TOLD, its folder, its vector and its namespace.
 *
 *   told tell           and ends
 *   told exit STATUS    only says `started', and ends like this
 *   told stay           says `started PID', and stays
 *   told send           sends itself a message through the port that is the first of its vector
 */
#include "tests/core/programs/support.h"

#include <comesg/coexec.h>
#include <comesg/comsg.h>

static void tell_rights(cohandle_t handle)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        cohandle_t part = corestrict(handle, UINT32_C(1) << bit);
        if (part)
            printf(" %x", 1u << bit);
    }
}

static int tell(int argc, char **argv)
{
    char folder[4096];
    const struct covector *vector = cogetvec();
    for (int i = 1; i < argc; i++)
        printf("argument [%s]\n", argv[i]);
    printf("variable [%s]\n", getenv("TOLD") ? getenv("TOLD") : "");
    printf("folder [%s]\n", getcwd(folder, sizeof folder) ? folder : strerror(errno));
    for (size_t i = 0; i < vector->count; i++) {
        printf("handle %d", cohandle_kind(vector->handles[i]));
        tell_rights(vector->handles[i]);
        putchar('\n');
    }
    conamespace_t root = coproc_init();
    printf("namespace %s", root ? "good" : strerror(errno));
    if (root)
        tell_rights(root);
    putchar('\n');
    cotarget_t target;
    printf("publish %s\n", coregister("told", NULL, &target) ? strerror(errno) : "good");
    printf("memory %s\n", malloc(64 << 20) ? "good" : strerror(errno));
    return 0;
}

static int transmit(void)
{
    char text[8];
    void *buffer = text;
    need(coproc_init() != 0, "coproc_init");
    cohandle_t port = cogetvec()->handles[0];
    bool good =
        cosend(port, "hello", 5) == 5 && corecv(port, &buffer, sizeof text) == 5 && memcmp(buffer, "hello", 5) == 0;
    puts(good ? "received" : strerror(errno));
    return !good;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    need(argc > 1, "what to do");
    if (strcmp(argv[1], "tell") == 0)
        return tell(argc, argv);
    if (strcmp(argv[1], "send") == 0)
        return transmit();
    printf("started %d\n", (int)getpid());
    while (strcmp(argv[1], "stay") == 0)
        pause_milliseconds(1000);
    return atoi(argv[2]);
}

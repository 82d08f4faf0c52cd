/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Programs that start programs, for the test of deaths in the middle of that.
 *
 *   launching main       a line "storm" starts another one that does so all the time, "one" a single one that ends at
 *                        once; prints its pid or the error
 *   launching try PATH   starts that, prints the result
 */
#include "support.h"

#include <comesg/coexec.h>

#include <pthread.h>

static const char *self;

static pid_t start(const char *mode)
{
    const cohandle_t handles[] = {coseal(1, 1), coseal(2, 1)};
    pid_t pid = coexecvec(self, (char *[]){(char *)self, (char *)mode, NULL}, NULL, handles, 2);
    cohandle_close(handles[0]);
    cohandle_close(handles[1]);
    return pid;
}

static void *start_all_the_time(void *argument)
{
    while (start("end") > 0 || errno == EDQUOT || errno == EAGAIN || errno == ENOMEM || errno == EIO)
        ;
    return argument;
}

/* Two threads at a time. */
static int storm(void)
{
    pthread_t thread;
    need(pthread_create(&thread, NULL, start_all_the_time, NULL) == 0, "pthread_create");
    start_all_the_time(NULL);
    perror("coexecvec");
    return 1;
}

static void print(pid_t pid)
{
    if (pid < 0)
        printf("%s\n", strerror(errno));
    else
        printf("%d\n", pid);
}

int main(int argc, char **argv)
{
    char line[16];
    self = argv[0];
    setvbuf(stdout, NULL, _IONBF, 0);
    const char *mode = argc > 1 ? argv[1] : "end";
    if (strcmp(mode, "storm") == 0)
        return storm();
    if (strcmp(mode, "try") == 0)
        print(coexecve(argv[2], (char *[]){argv[2], NULL}, NULL));
    while (strcmp(mode, "main") == 0 && fgets(line, sizeof line, stdin))
        print(start(line[0] == 's' ? "storm" : "end"));
    return 0;
}

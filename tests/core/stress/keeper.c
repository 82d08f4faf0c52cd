/* SPDX-License-Identifier: BSD-2-Clause
 *
 * keeper FOLDER: starts the programs of this folder that it reads the names and arguments of, one line each, and says
 * their pids, until its input ends.
 */
#include "member.h"

#include <comesg/coexec.h>

enum { WORDS = 8 };

static void start(const char *folder, char *line)
{
    char *words[WORDS + 1] = {0}, path[256], *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(line, " \n", &rest); word && count < WORDS; word = strtok_r(NULL, " \n", &rest))
        words[count++] = word;
    if (count == 0)
        return;
    snprintf(path, sizeof path, "%s/%s", folder, words[0]);
    pid_t pid = coexecve(path, words, NULL);
    if (pid < 0)
        say("WRONG: keeper: starting %s gave errno %d\n", words[0], errno);
    say("started %d\n", pid);
}

int main(int argc, char **argv)
{
    char line[256];
    while (argc > 1 && fgets(line, sizeof line, stdin))
        start(argv[1], line);
    return 0;
}

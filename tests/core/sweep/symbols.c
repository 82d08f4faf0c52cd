/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Addresses of programs by name, and names of the core's addresses, both from nm.
 */
#include "symbols.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *list_symbols(const char *program)
{
    char command[1024];
    int length = snprintf(command, sizeof command, "nm -n '%s'", program);
    return length < (int)sizeof command ? popen(command, "re") : NULL;
}

static int next_symbol(FILE *list, unsigned long long *value, char *type, char name[128])
{
    char line[1024];
    while (fgets(line, sizeof line, list)) {
        if (sscanf(line, "%llx %c %127s", value, type, name) == 3)
            return 1;
    }
    return 0;
}

uint64_t symbol_value(const char *program, const char *wanted)
{
    FILE *list = list_symbols(program);
    unsigned long long value;
    uint64_t found = 0;
    char type, name[128];
    while (list && next_symbol(list, &value, &type, name)) {
        if (strcmp(name, wanted) == 0)
            found = value;
    }
    if (list)
        pclose(list);
    return found;
}

uint64_t load_address(pid_t pid)
{
    char path[64], line[4352], program[4096];
    unsigned long long start = 0;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    ssize_t length = readlink(path, program, sizeof program - 1);
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = length > 0 ? fopen(path, "re") : NULL;
    program[length > 0 ? length : 0] = '\0';
    while (maps && start == 0 && fgets(line, sizeof line, maps)) {
        if (strstr(line, program) && sscanf(line, "%llx-", &start) != 1)
            break;
    }
    if (maps)
        fclose(maps);
    return start;
}

void symbol_at(const char *comesg, uint64_t offset, char *text, size_t size)
{
    FILE *list = list_symbols(comesg);
    unsigned long long value;
    char type, name[128];
    snprintf(text, size, "%#llx", (unsigned long long)offset);
    while (list && next_symbol(list, &value, &type, name) && value <= offset) {
        if (type == 't' || type == 'T')
            snprintf(text, size, "%s+%#llx", name, (unsigned long long)offset - value);
    }
    if (list)
        pclose(list);
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Calls a server that dies. Arguments: how, whether the server moves home first.
 */
#include "orders.h"
#include "support.h"

static const char *error_name(void)
{
    return errno == ENOLINK ? "ENOLINK" : errno == ENOENT ? "ENOENT" : strerror(errno);
}

int main(int argc, char **argv)
{
    char in[64] = "";
    need(argc == 3, "usage: crash HOW HOME");
    cotarget_t victim = find("victim"), other = find("other");
    struct order order = {.magic = ORDER_MAGIC,
                          .kind = ORDER_CRASH,
                          .address = (uint64_t)atoi(argv[1]),
                          .move_home = (uint32_t)atoi(argv[2])};
    need(call(other, "before", 6, in, sizeof in) == 6, "call of the bystander");
    errno = 0;
    ssize_t first = call(victim, &order, sizeof order, in, sizeof in);
    printf("first %zd %s\n", first, first < 0 ? error_name() : "");
    errno = 0;
    ssize_t second = call(victim, &order, sizeof order, in, sizeof in);
    printf("second %zd %s\n", second, second < 0 ? error_name() : "");
    for (int i = 0; i < 1000; i++)
        need(call(other, "after", 5, in, sizeof in) == 5 && memcmp(in, "after", 5) == 0, "call of the bystander");
    printf("others go on\n");
    /* The name goes when the supervisor has taken note. */
    cotarget_t target;
    for (int i = 0; i < 5000 && colookup("victim", &target) == 0; i++)
        pause_milliseconds(1);
    printf("name %s\n", colookup("victim", &target) ? error_name() : "stays");
    return 0;
}

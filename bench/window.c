/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies through a window, into memory that was used a moment ago. Prints one line per size: name, value, unit.
 */
#include "sample.h"

#include <comesg/window.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 1 << 20, EXIT_USAGE = 2 };

static _Alignas(4096) char from[LARGEST], to[LARGEST];

struct load {
    cowindow_t window;
    size_t size;
};

/* Each copy differs from the one before, and is looked at. */
static bool copy(void *argument, uint64_t count)
{
    const struct load *load = argument;
    for (uint64_t i = 0; i < count; i++) {
        from[load->size - 1] = (char)i;
        if (cocopy(load->window, 0, COCOPY_OWN, (uintptr_t)from, load->size) != (ssize_t)load->size)
            return false;
        if (to[load->size - 1] != (char)i)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("Usage: comesg run window MILLISECONDS SIZE...\n", stderr);
        return EXIT_USAGE;
    }
    for (int i = 2; i < argc; i++) {
        size_t size = strtoul(argv[i], NULL, 10);
        if (size == 0 || size > LARGEST) {
            fputs("window: a size must be at least 1, at most 1048576\n", stderr);
            return EXIT_USAGE;
        }
        memset(from, 1, size);
        memset(to, 1, size);
        struct load load = {cowindow(to, size, CORIGHT_W, COWINDOW_LASTING), size};
        double result = sample(copy, &load, atof(argv[1]) * 1e6);
        if (result < 0) {
            perror("window: cocopy");
            return EXIT_FAILURE;
        }
        printf("window.copy.%zu %.3f ns\n", size, result);
        cohandle_close(load.window);
    }
    return EXIT_SUCCESS;
}

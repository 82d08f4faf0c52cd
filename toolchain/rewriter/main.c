/* SPDX-License-Identifier: BSD-2-Clause
 *
 * cocc-rewrite: the rewriter as a filter.
 */
#include "toolchain/rewriter/rewriter.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "usage: cocc-rewrite [--compiled] [--name NAME] [INPUT [OUTPUT]]\n"
                           "Rewrites GNU assembly text so that it can run in a co-process.\n"
                           "  --compiled    the text is output of gcc -S\n"
                           "  --name NAME   how messages name the input\n"
                           "INPUT and OUTPUT default to standard input and output; - names them too.\n";

static char *read_all(FILE *stream)
{
    size_t length = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    while (text) {
        length += fread(text + length, 1, capacity - length - 1, stream);
        if (length < capacity - 1)
            break;
        capacity *= 2;
        char *grown = realloc(text, capacity);
        if (!grown)
            free(text);
        text = grown;
    }
    if (text)
        text[length] = 0;
    return text && !ferror(stream) && strlen(text) == length ? text : NULL;
}

static int fail(const char *what, const char *name)
{
    fprintf(stderr, "cocc-rewrite: %s %s: %s\n", what, name, strerror(errno));
    return 1;
}

static int run(struct rewrite_request *request, const char *input, const char *output)
{
    FILE *in = strcmp(input, "-") ? fopen(input, "r") : stdin;
    if (!in)
        return fail("cannot open", input);
    char *text = read_all(in);
    if (!text)
        return fail("cannot read as text", input);
    request->text = text;
    if (rewrite_assembly(request)) {
        fputs(request->messages, stderr);
        return 1;
    }
    FILE *out = strcmp(output, "-") ? fopen(output, "w") : stdout;
    if (!out)
        return fail("cannot create", output);
    fwrite(request->output, 1, request->output_length, out);
    if (ferror(out) | fclose(out))
        return fail("cannot write", output);
    return 0;
}

int main(int argc, char **argv)
{
    struct rewrite_request request = {0};
    const char *files[2] = {"-", "-"};
    int count = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            fputs(help, stdout);
            return 0;
        }
        if (!strcmp(argv[i], "--compiled"))
            request.compiled = true;
        else if (!strcmp(argv[i], "--name") && i + 1 < argc)
            request.name = argv[++i];
        else if ((argv[i][0] != '-' || !argv[i][1]) && count < 2)
            files[count++] = argv[i];
        else {
            fputs(help, stderr);
            return 2;
        }
    }
    if (!request.name)
        request.name = strcmp(files[0], "-") ? files[0] : "<stdin>";
    return run(&request, files[0], files[1]);
}

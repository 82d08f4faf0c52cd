/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The assembly rewriter: turns GNU assembly text into text that obeys doc/abi.md.  Used by the cocc driver and by the
 * cocc-rewrite filter.
 */
#ifndef COMESG_REWRITER_H
#define COMESG_REWRITER_H

#include <stdbool.h>
#include <stddef.h>

struct rewrite_request {
    const char *text;     /* assembly text, NUL-terminated */
    const char *name;     /* how messages name the file when the text gives no better place */
    bool compiled;        /* the text is output of gcc -S */
    bool mark_lines;      /* the output tells the assembler where each instruction stands in the source */
    char *output;         /* set on success; free() it */
    size_t output_length; /* set on success */
    /* gcc kept the address of arguments in r13, which it does in a realigned function that also has a tail call:
     * compile again with -fno-optimize-sibling-calls. */
    bool argument_pointer_in_r13;
    /* gcc saves the floating-point environment, which it does around operators on atomic floating-point objects:
     * compile again with -fno-trapping-math. */
    bool keeps_exception_flags;
    char *messages; /* set on failure: lines of file:line: reason; free() it */
};

/* Returns 0, or -1 with messages set when the text holds something that cannot run in a co-process. */
int rewrite_assembly(struct rewrite_request *request);

#endif

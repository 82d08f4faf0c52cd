/* SPDX-License-Identifier: BSD-2-Clause
 *
 * cocc: the compiler for programs that run as co-processes.
 */
#include "toolchain/cocc/cocc.h"
#include <stdio.h>

static void check_request(const struct request *request)
{
    int sources = 0;
    for (int i = 0; i < request->input_count; i++)
        sources += request->inputs[i].language != LANGUAGE_OBJECT;
    if (!request->input_count)
        fail("no input files; see --help");
    if (request->output && sources > 1 && request->mode != MODE_LINK)
        fail("-o names one output, but there are %d inputs", sources);
}

int main(int argc, char **argv)
{
    struct request request = {0};
    struct list arguments = {0};
    expand_response_files(&arguments, argc, argv);
    answer_questions(&request, &arguments);
    parse_options(&request, &arguments);
    check_request(&request);
    int status = compile_all(&request);
    if (!status && request.mode == MODE_LINK)
        status = link_program(&request);
    remove_temporary_files();
    return status ? 1 : 0;
}

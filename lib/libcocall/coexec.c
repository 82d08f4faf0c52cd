/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcocall: starting co-processes.
 */
#include <comesg/abi.h>
#include <comesg/coexec.h>

#include <unistd.h>

pid_t coexecve_with(const char *path, char *const argv[], char *const envp[], const struct coexec_options *options)
{
    return (pid_t)syscall(COMESG_CALL_COEXEC, path, argv, envp, options);
}

pid_t coexecve(const char *path, char *const argv[], char *const envp[])
{
    return coexecve_with(path, argv, envp, NULL);
}

pid_t coexecvec(const char *path, char *const argv[], char *const envp[], const cohandle_t *handles, size_t n)
{
    const struct coexec_options options = {.size = sizeof options, .handles = handles, .handle_count = n};
    return coexecve_with(path, argv, envp, &options);
}

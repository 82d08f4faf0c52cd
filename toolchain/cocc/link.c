/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Links objects to a program in the layout that the loader expects.
 */
#include "comesg/abi.h"
#include "toolchain/cocc/cocc.h"
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT(value) TEXT_OF(value)
#define TEXT_OF(value) #value

static const char *const layout[] = {"ld",
                                     "-m",
                                     "elf_x86_64",
                                     "-static",
                                     "-pie",
                                     "--no-dynamic-linker",
                                     "--no-relax",
                                     "-z",
                                     "separate-code",
                                     "-z",
                                     "text",
                                     "-z",
                                     "noexecstack",
                                     "-z",
                                     "norelro",
                                     "-z",
                                     "max-page-size=4096",
                                     "-Ttext-segment=" TEXT(COMESG_IMAGE_START),
                                     "--build-id=none",
                                     NULL};

static char *sysroot_file(const struct request *request, const char *name)
{
    char *path = format("%s/lib/%s", request->sysroot, name);
    if (access(path, R_OK))
        fail("%s is missing; build the sysroot (make), or name another one with --sysroot", path);
    return path;
}

static void add_default_libraries(const struct request *request, struct list *command)
{
    static const char *const names[] = {"cocall", "c", "cocc_runtime"};
    list_add(command, "--start-group");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!access(format("%s/lib/lib%s.a", request->sysroot, names[i]), R_OK))
            list_add(command, format("-l%s", names[i]));
    list_add(command, "--end-group");
}

/* ld marks a position-independent program with a start address as ET_EXEC; the loader wants what it is. */
static void mark_position_independent(const char *program)
{
    Elf64_Half type = ET_DYN;
    int file = open(program, O_RDWR | O_CLOEXEC);
    if (file < 0 || pwrite(file, &type, sizeof type, offsetof(Elf64_Ehdr, e_type)) != sizeof type || close(file))
        fail("cannot write to %s: %s", program, strerror(errno));
}

static int verify(const struct request *request, const char *program)
{
    struct list command = {0};
    char *folder = own_folder(), *built = format("%s/../verifier/coverify", folder);
    list_add(&command, access(built, X_OK) ? format("%s/coverify", folder) : built);
    list_add(&command, program);
    return run_program(request, &command);
}

static int link_relocatable(struct request *request, const char *output)
{
    struct list command = {0};
    list_add(&command, "ld");
    list_add(&command, "-o");
    list_add(&command, output);
    list_join(&command, &request->link);
    return run_program(request, &command);
}

int link_program(struct request *request)
{
    struct list command = {0};
    const char *output = request->output ? request->output : "a.out";
    if (request->relocatable)
        return link_relocatable(request, output);
    list_add_all(&command, layout);
    list_add(&command, "-T");
    list_add(&command, sysroot_file(request, "program.ld"));
    list_add(&command, "-o");
    list_add(&command, output);
    if (!request->no_start_files) {
        list_add(&command, sysroot_file(request, "rcrt1.o"));
        list_add(&command, sysroot_file(request, "crti.o"));
    }
    list_join(&command, &request->link);
    list_add(&command, format("-L%s/lib", request->sysroot));
    if (!request->no_default_libraries)
        add_default_libraries(request, &command);
    if (!request->no_start_files)
        list_add(&command, sysroot_file(request, "crtn.o"));
    int status = run_program(request, &command);
    if (!status && !request->dry)
        mark_position_independent(output);
    return status || !request->verify ? status : verify(request, output);
}

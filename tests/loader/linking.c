/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Each way in which a program can be linked so that it could not relocate itself is found, for the right reason.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/loader/program.h"
#include "tests/loader/tap.h"
#include "verifier/tools/linking.h"

static struct program program;

/* `problem` is a part of the message, or NULL. */
static void expect(const char *problem, const char *what)
{
    char path[40];
    int file = program_file(&program);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    const char *found = linking_problem(path);
    if (!ok(problem && found ? strstr(found, problem) != NULL : problem == found, "%s", what))
        printf("# %s\n", found ? found : "no problem");
    close(file);
    program_make(&program);
}

/* Sets a field of the program, expects a problem, makes the program whole again. */
#define WITH(field, value, problem)                                                                                    \
    do {                                                                                                               \
        program.field = (value);                                                                                       \
        expect(problem, #field " = " #value);                                                                          \
    } while (0)

static void test_type(void)
{
    WITH(header.e_type, ET_EXEC, "position-independent");
    program.header.e_type = ET_EXEC;
    program.dynamic[3] = (Elf64_Dyn){DT_FLAGS_1, {.d_val = DF_1_NOW}};
    expect("position-independent", "ET_EXEC without DF_1_PIE");
    program.header.e_type = ET_EXEC;
    program.dynamic[3] = (Elf64_Dyn){DT_FLAGS_1, {.d_val = DF_1_PIE}};
    expect(NULL, "ET_EXEC with DF_1_PIE");
}

static void test_section(void)
{
    WITH(headers[DYNAMIC_HEADER].p_filesz, 3 * sizeof(Elf64_Dyn) + 1, "malformed");
    WITH(headers[DYNAMIC_HEADER].p_vaddr, 0, "malformed");
    WITH(headers[DYNAMIC_HEADER].p_vaddr, UINT64_MAX - 8, "malformed");
    WITH(headers[DYNAMIC_HEADER].p_vaddr, COMESG_IMAGE_START + 0x1000 - 8, "malformed");
    WITH(headers[DYNAMIC_HEADER].p_filesz, 17, "malformed");
}

static void test_tags(void)
{
    WITH(dynamic[3].d_tag, DT_NEEDED, "shared libraries");
    WITH(dynamic[3].d_tag, DT_TEXTREL, "in its code");
    WITH(dynamic[3].d_tag, DT_REL, "RELR");
    WITH(dynamic[3].d_tag, 36 /* DT_RELR */, "RELR");
    program.dynamic[3] = (Elf64_Dyn){DT_FLAGS, {.d_val = DF_TEXTREL}};
    expect("in its code", "DF_TEXTREL");
    program.dynamic[3] = (Elf64_Dyn){DT_PLTRELSZ, {.d_val = 24}};
    expect("RELR", "PLT relocations");
    program.dynamic[3] = (Elf64_Dyn){DT_PLTRELSZ, {.d_val = 0}};
    expect(NULL, "an empty PLT relocation table");
    program.dynamic[3] = (Elf64_Dyn){DT_NEEDED, {.d_val = 0}};
    program.dynamic[0].d_tag = DT_NULL;
    expect(NULL, "what follows the end of the dynamic section does not count");
}

static void test_relocations(void)
{
    WITH(dynamic[0].d_un.d_ptr, UINT64_MAX, "malformed");
    WITH(dynamic[0].d_un.d_ptr, 0, "malformed");
    WITH(dynamic[1].d_un.d_val, UINT64_MAX, "malformed");
    WITH(dynamic[1].d_un.d_val, UINT64_MAX / 24 * 24, "malformed");
    WITH(dynamic[1].d_un.d_val, 25, "malformed");
    WITH(dynamic[1].d_un.d_val, 0x1000 / 24 * 24, "malformed");
    WITH(dynamic[2].d_un.d_val, 16, "malformed");
    WITH(relocations[1].r_info, R_X86_64_IRELATIVE, "R_X86_64_RELATIVE");
    WITH(relocations[1].r_info, R_X86_64_64, "R_X86_64_RELATIVE");
    WITH(relocations[1].r_info, 0, "R_X86_64_RELATIVE");
    WITH(relocations[1].r_offset, PROGRAM_TEXT, "in its code");
    WITH(relocations[1].r_offset, PROGRAM_TEXT + 0xfff, "in its code");
    WITH(relocations[1].r_offset, PROGRAM_TEXT - 1, "outside its writable data");
    WITH(relocations[1].r_offset, COMESG_IMAGE_START, "outside its writable data");
    WITH(relocations[1].r_offset, 0, "outside its writable data");
    WITH(relocations[1].r_offset, UINT64_MAX - 3, "outside its writable data");
    WITH(relocations[1].r_offset, PROGRAM_DATA + PROGRAM_DATA_MEMORY - 7, "outside its writable data");
    WITH(relocations[1].r_offset, PROGRAM_DATA + PROGRAM_DATA_MEMORY - 8, NULL);
}

static void test_segments(void)
{
    WITH(headers[SPARE_HEADER].p_type, PT_INTERP, "dynamic linker");
    WITH(headers[STACK_HEADER].p_flags, PF_R | PF_W | PF_X, "executable stack");
    WITH(headers[DATA_SEGMENT].p_align, 0x1001, "alignment");
    WITH(headers[DATA_SEGMENT].p_align, UINT64_MAX, "alignment");
    WITH(headers[DATA_SEGMENT].p_align, 0x20000, "alignment");
    WITH(headers[DATA_SEGMENT].p_vaddr, PROGRAM_DATA + 8, "alignment");
}

int main(void)
{
    program_make(&program);
    expect(NULL, "the undamaged program");
    test_type();
    test_segments();
    test_section();
    test_tags();
    test_relocations();
    return done_testing();
}

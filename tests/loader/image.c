/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Each way in which a program can be malformed is refused, for the right reason.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/loader/program.h"
#include "tests/loader/tap.h"

static struct program program;

static void expect(enum image_fault fault, const char *what)
{
    struct image image;
    struct image_error error;
    bool success = program_read(&program, &image, &error);
    if (!ok(success == (fault == IMAGE_OK) && error.fault == fault, "%s", what))
        printf("# fault %d, expected %d: %s\n", error.fault, fault, error.text);
    if (!success &&
        (image.file != NULL || image.sealed != NULL || error.number == 0 || strchr(error.text, ':') == NULL))
        ok(false, "%s: nothing is left behind and the message is complete", what);
    if (success)
        image_free(&image);
    program_make(&program);
}

/* Sets a field of the program, expects a fault, makes the program whole again. */
#define WITH(field, value, fault)                                                                                      \
    do {                                                                                                               \
        program.field = (value);                                                                                       \
        expect(fault, #field " = " #value ": " #fault);                                                                \
    } while (0)

static void test_every_truncation(void)
{
    size_t refused = 0;
    for (size_t size = 0; size < PROGRAM_SIZE; size++) {
        struct image image;
        struct image_error error;
        program.size = size;
        if (!program_read(&program, &image, &error) && error.fault == IMAGE_TRUNCATED)
            refused++;
    }
    program_make(&program);
    ok(refused == PROGRAM_SIZE, "all %d truncations are refused", PROGRAM_SIZE);
}

static void test_file(void)
{
    struct image image;
    struct image_error error;
    int fds[2];
    need(pipe(fds) == 0, "pipe");
    ok(!image_read(fds[0], "pipe", &image, &error) && error.fault == IMAGE_NOT_REGULAR, "a pipe is refused");
    int directory = open("/", O_RDONLY | O_DIRECTORY);
    ok(!image_read(directory, "directory", &image, &error) && error.fault == IMAGE_NOT_REGULAR,
       "a directory is refused");
    int zero = open("/dev/zero", O_RDONLY);
    ok(!image_read(zero, "zero", &image, &error) && error.fault == IMAGE_NOT_REGULAR, "a device is refused");
    ok(!image_read(-1, "none", &image, &error) && error.fault == IMAGE_READ, "a bad descriptor is refused");
    int large = memfd_create("large", MFD_CLOEXEC);
    need(ftruncate(large, IMAGE_SIZE_MAX + 1) == 0, "ftruncate");
    ok(!image_read(large, "large", &image, &error) && error.fault == IMAGE_TOO_LARGE, "a file over 1 GiB is refused");
    /* Files of sysfs are shorter than they say. */
    int shorter = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY);
    if (shorter < 0)
        shorter = open("/sys/kernel/uevent_seqnum", O_RDONLY);
    need(shorter >= 0, "cannot open a file of sysfs");
    ok(!image_read(shorter, "shorter", &image, &error) && error.fault == IMAGE_READ, "a short read is refused");
    close(shorter);
    int unreadable = open("/proc/self/exe", O_PATH);
    ok(!image_read(unreadable, "path", &image, &error) && error.fault == IMAGE_READ, "an unreadable file is refused");
    close(fds[0]), close(fds[1]), close(directory), close(zero), close(large), close(unreadable);
}

static void test_header(void)
{
    WITH(header.e_ident[0], 0, IMAGE_NOT_ELF);
    WITH(header.e_ident[EI_CLASS], ELFCLASS32, IMAGE_MACHINE);
    WITH(header.e_ident[EI_DATA], ELFDATA2MSB, IMAGE_MACHINE);
    WITH(header.e_ident[EI_VERSION], 2, IMAGE_NOT_ELF);
    WITH(header.e_version, 2, IMAGE_NOT_ELF);
    WITH(header.e_ehsize, 65, IMAGE_NOT_ELF);
    WITH(header.e_machine, EM_AARCH64, IMAGE_MACHINE);
    WITH(header.e_type, ET_EXEC, IMAGE_OK);
    WITH(header.e_type, ET_REL, IMAGE_TYPE);
    WITH(header.e_type, ET_CORE, IMAGE_TYPE);
    WITH(header.e_phentsize, 55, IMAGE_HEADERS);
    WITH(header.e_phentsize, 0, IMAGE_HEADERS);
    WITH(header.e_phnum, 0, IMAGE_HEADERS);
    WITH(header.e_phnum, IMAGE_HEADERS_MAX + 1, IMAGE_HEADERS);
    WITH(header.e_phnum, PN_XNUM, IMAGE_HEADERS);
    WITH(header.e_phoff, UINT64_MAX, IMAGE_TRUNCATED);
    WITH(header.e_phoff, UINT64_MAX - PROGRAM_HEADERS * sizeof(Elf64_Phdr) + 1, IMAGE_TRUNCATED);
    WITH(header.e_phoff, PROGRAM_SIZE, IMAGE_TRUNCATED);
    WITH(header.e_phoff, PROGRAM_SIZE - PROGRAM_HEADERS * sizeof(Elf64_Phdr) + 1, IMAGE_TRUNCATED);
}

static void test_segment_bounds(void)
{
    WITH(headers[DATA_SEGMENT].p_offset, UINT64_MAX, IMAGE_TRUNCATED);
    WITH(headers[DATA_SEGMENT].p_offset, PROGRAM_DATA_FILE + 1, IMAGE_TRUNCATED);
    WITH(headers[DATA_SEGMENT].p_offset, 0 - (uint64_t)PROGRAM_DATA_SIZE, IMAGE_TRUNCATED);
    WITH(headers[DATA_SEGMENT].p_filesz, UINT64_MAX, IMAGE_TRUNCATED);
    WITH(headers[DATA_SEGMENT].p_filesz, 0 - (uint64_t)PROGRAM_DATA_FILE, IMAGE_TRUNCATED);
    WITH(headers[DATA_SEGMENT].p_memsz, PROGRAM_DATA_SIZE - 1, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_memsz, 0, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_memsz, UINT64_MAX, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_memsz, 0 - (uint64_t)PROGRAM_DATA, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_memsz, 0x100000000, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_memsz, COMESG_IMAGE_LIMIT - PROGRAM_DATA + 1, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_memsz, COMESG_IMAGE_LIMIT - PROGRAM_DATA, IMAGE_OK);
    WITH(headers[DATA_SEGMENT].p_vaddr, UINT64_MAX - 0xfff, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_vaddr, PROGRAM_DATA + 0x100000000, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[DATA_SEGMENT].p_vaddr, COMESG_IMAGE_LIMIT, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[HEADERS_SEGMENT].p_vaddr, COMESG_IMAGE_START - 0x1000, IMAGE_SEGMENT_BOUNDS);
    WITH(headers[HEADERS_SEGMENT].p_vaddr, 0, IMAGE_SEGMENT_BOUNDS);
}

static void test_segment_overlap(void)
{
    WITH(headers[HEADERS_SEGMENT].p_memsz, 0x1001, IMAGE_SEGMENT_OVERLAP);
    WITH(headers[HEADERS_SEGMENT].p_memsz, 0x100000, IMAGE_SEGMENT_OVERLAP);
    WITH(headers[DATA_SEGMENT].p_vaddr, PROGRAM_TEXT, IMAGE_SEGMENT_OVERLAP);
    WITH(headers[DATA_SEGMENT].p_vaddr, COMESG_IMAGE_START, IMAGE_SEGMENT_OVERLAP);
    program.headers[SPARE_HEADER] = program.headers[DATA_SEGMENT];
    expect(IMAGE_SEGMENT_OVERLAP, "the same segment twice");
    Elf64_Phdr text = program.headers[TEXT_SEGMENT];
    program.headers[TEXT_SEGMENT] = program.headers[DATA_SEGMENT];
    program.headers[DATA_SEGMENT] = text;
    expect(IMAGE_SEGMENT_OVERLAP, "segments out of order");
    program.headers[DATA_SEGMENT].p_align = 1;
    program.headers[DATA_SEGMENT].p_vaddr = PROGRAM_TEXT + 0x800;
    expect(IMAGE_SEGMENT_OVERLAP, "data in the last page of the code");
    program.headers[HEADERS_SEGMENT].p_align = 1;
    program.headers[HEADERS_SEGMENT].p_vaddr = COMESG_IMAGE_START + 0x10;
    expect(IMAGE_SEGMENT_OVERLAP, "data in the first page of the code");
}

static void test_segment_count(void)
{
    const unsigned first = offsetof(struct program, headers), count = IMAGE_SEGMENTS_MAX + 1;
    Elf64_Phdr headers[IMAGE_SEGMENTS_MAX + 1];
    for (unsigned i = 0; i < count; i++) {
        headers[i] = program.headers[DATA_SEGMENT];
        headers[i].p_vaddr = PROGRAM_DATA + i * 0x10000;
    }
    memcpy(program.bytes + first, headers, sizeof headers);
    program.header.e_phnum = count;
    expect(IMAGE_SEGMENT_COUNT, "one load segment too many");
}

static void test_text(void)
{
    WITH(headers[TEXT_SEGMENT].p_flags, PF_R, IMAGE_TEXT_MISSING);
    WITH(headers[TEXT_SEGMENT].p_type, PT_NOTE, IMAGE_TEXT_MISSING);
    WITH(headers[HEADERS_SEGMENT].p_flags, PF_R | PF_X, IMAGE_TEXT_SEVERAL);
    WITH(headers[DATA_SEGMENT].p_flags, PF_R | PF_W | PF_X, IMAGE_TEXT_SEVERAL);
    WITH(headers[TEXT_SEGMENT].p_flags, PF_R | PF_W | PF_X, IMAGE_TEXT_WRITABLE);
    WITH(headers[TEXT_SEGMENT].p_memsz, 0x100, IMAGE_TEXT_SIZE);
    WITH(header.e_entry, PROGRAM_TEXT - 1, IMAGE_ENTRY_OUTSIDE);
    WITH(header.e_entry, 0, IMAGE_ENTRY_OUTSIDE);
    WITH(header.e_entry, PROGRAM_DATA, IMAGE_ENTRY_OUTSIDE);
    WITH(header.e_entry, PROGRAM_TEXT + 8, IMAGE_ENTRY_OUTSIDE);
    WITH(header.e_entry, PROGRAM_TEXT + 0x100000000, IMAGE_ENTRY_OUTSIDE);
    WITH(header.e_entry, UINT64_MAX, IMAGE_ENTRY_OUTSIDE);
    memcpy(program.bytes + EI_PAD, "\xf3\x0f\x1e\xfa", 4);
    WITH(header.e_entry, COMESG_IMAGE_START + EI_PAD, IMAGE_ENTRY_OUTSIDE);
    memcpy(program.bytes + PROGRAM_DATA_FILE, "\xf3\x0f\x1e\xfa", 4);
    WITH(header.e_entry, PROGRAM_DATA, IMAGE_ENTRY_OUTSIDE);
    WITH(header.e_entry, PROGRAM_TEXT + 1, IMAGE_ENTRY_PAD);
    WITH(header.e_entry, PROGRAM_TEXT + 4, IMAGE_ENTRY_PAD);
    program_set_text(&program, "\xf3\x0f\x1e\xfa\x0f\x05\x0f\x0b", 8);
    expect(IMAGE_REFUSED_BY_VERIFIER, "code with a system call");
    program_set_text(&program, "\xf3\x0f\x1e\xfa\x0f", 5);
    expect(IMAGE_REFUSED_BY_VERIFIER, "code whose last instruction goes on in the padding, as one that is refused");
    program_set_text(&program, "\xf3\x0f\x1e\xfa\xb8", 5);
    expect(IMAGE_OK, "or as one that is admitted: the padding is part of what is verified");
    program_set_text(&program, "\xf3\x0f\x1e\xfa\xf4", 5);
    expect(IMAGE_OK, "the shortest program");
}

static void test_other_headers(void)
{
    WITH(headers[SPARE_HEADER].p_type, PT_INTERP, IMAGE_INTERPRETER);
    WITH(headers[HEADERS_SEGMENT].p_type, PT_NOTE, IMAGE_HEADERS);
    WITH(headers[HEADERS_SEGMENT].p_filesz, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), IMAGE_HEADERS);
    WITH(headers[HEADERS_SEGMENT].p_filesz, sizeof(Elf64_Ehdr) - 1, IMAGE_HEADERS);
    WITH(headers[HEADERS_SEGMENT].p_offset, 0x1000, IMAGE_HEADERS);
    program.headers[SPARE_HEADER] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = COMESG_IMAGE_START};
    expect(IMAGE_OK, "an empty load segment does not count");
}

static void test_messages(void)
{
    struct image image;
    struct image_error error;
    char name[5000];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    program.header.e_machine = EM_AARCH64;
    int fd = program_file(&program);
    ok(!image_read(fd, name, &image, &error) && strstr(error.text, "cocc") != NULL && error.number == ENOEXEC,
       "a very long name leaves room for cause and cure");
    close(fd);
    program_make(&program);
}

int main(void)
{
    program_make(&program);
    expect(IMAGE_OK, "the undamaged program is accepted");
    test_every_truncation();
    test_file();
    test_header();
    test_segment_bounds();
    test_segment_overlap();
    test_segment_count();
    test_text();
    test_other_headers();
    test_messages();
    return done_testing();
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Sealed texts: nothing can write to one, and one is reused exactly for equal bytes at the same address.
 */
#include "host/sealed_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/loader/mappings.h"
#include "tests/loader/program.h"
#include "tests/loader/tap.h"

static struct span span;
static size_t region;
static struct program program;

/* The linker puts these in the place of fcntl and memfd_create, so that a test can write to a text just before it is
 * sealed, and have an older kernel. */
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, unsigned long argument);
int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
static bool meddle, old_kernel;

/* Before 6.3 there were neither MFD_EXEC nor F_SEAL_EXEC. */
int __wrap_memfd_create(const char *name, unsigned flags)
{
    if (!old_kernel || (flags & 0x10) == 0)
        return __real_memfd_create(name, flags);
    errno = EINVAL;
    return -1;
}

int __wrap_fcntl(int fd, int command, unsigned long argument)
{
    if (command == F_ADD_SEALS && meddle)
        need(pwrite(fd, "\x0f\x05", 2, 100) == 2, "cannot meddle");
    if (command == F_ADD_SEALS && old_kernel && (argument & 0x20) != 0) {
        errno = EINVAL;
        return -1;
    }
    return __real_fcntl(fd, command, argument);
}

static void test_meddling(void)
{
    struct image image;
    struct image_error error;
    uint8_t text[64];
    program_set_text(&program, text, program_make_text(text, 0x55aa));
    meddle = true;
    ok(!program_read(&program, &image, &error) && error.fault == IMAGE_SEAL && strstr(error.text, "differs") != NULL,
       "a text that was written to before it was sealed is not used");
    meddle = false;
    ok(program_read(&program, &image, &error), "and not kept for the next time");
    image_free(&image);
    program_make(&program);
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    need(directory != NULL, "cannot list /proc/self/fd");
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static int reopen(int fd, int flags)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, flags | O_CLOEXEC);
}

static void test_descriptors(int fd)
{
    ok(write(fd, "x", 1) < 0, "the descriptor is read-only");
    ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "and closed on exec");
    int writable = reopen(fd, O_RDWR);
    need(writable >= 0, "cannot reopen the memory file");
    ok(pwrite(writable, "x", 1, 0) < 0, "writing through a writable descriptor fails");
    ok(ftruncate(writable, 0) < 0, "so does shrinking");
    ok(ftruncate(writable, 0x100000) < 0, "growing");
    ok(fallocate(writable, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) < 0, "punching a hole");
    ok(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writable, 0) == MAP_FAILED, "a shared writable mapping");
    void *shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, writable, 0);
    ok(shared == MAP_FAILED || mprotect(shared, 4096, PROT_READ | PROT_WRITE) < 0, "making a shared mapping writable");
    ok(fcntl(writable, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0, "and adding a seal");
    int truncating = reopen(fd, O_RDWR | O_TRUNC);
    struct stat status;
    ok(fstat(fd, &status) == 0 && status.st_size == 4096, "opening it with O_TRUNC leaves it as it is");
    if (shared != MAP_FAILED)
        munmap(shared, 4096);
    if (truncating >= 0)
        close(truncating);
    /* Where the seals are missing, the size is needed again. */
    need(ftruncate(writable, 4096) == 0, "cannot keep the size");
    close(writable);
}

static void test_mapping(uint8_t *text)
{
    char rights[5];
    ok(mappings_accessible((uintptr_t)text, (uintptr_t)text + 4096, rights) == 1 && strcmp(rights, "r-xs") == 0,
       "the text is mapped readable, executable and shared");
    ok(mprotect(text, 4096, PROT_READ | PROT_WRITE) < 0, "mprotect cannot make it writable");
    ok(mprotect(text, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) < 0, "not even together with execute");
    ok(madvise(text, 4096, MADV_REMOVE) < 0, "madvise cannot remove its pages");
    int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    need(memory >= 0, "cannot open /proc/self/mem");
    ok(pwrite(memory, "x", 1, (off_t)(uintptr_t)text) < 0, "a forced write through /proc/self/mem fails");
    close(memory);
}

static void test_seals(void)
{
    struct image image;
    struct image_error error;
    struct image_layout layout;
    need(program_read(&program, &image, &error) && image_map(&image, &span, region, &layout, &error), error.text);
    uint8_t *text = (uint8_t *)span_region_base(&span, region) + PROGRAM_TEXT;
    uint8_t expected[4096];
    memset(expected, 0xf4, sizeof expected);
    memcpy(expected, program.bytes + PROGRAM_TEXT_FILE, program.headers[TEXT_SEGMENT].p_filesz);
    ok(memcmp(text, expected, sizeof expected) == 0, "the text is mapped, padded with hlt");
    test_mapping(text);
    test_descriptors(sealed_text_descriptor(image.sealed));
    ok(memcmp(text, expected, sizeof expected) == 0, "and after all this it is what was verified");
    image_free(&image);
    image_layout_release(&layout);
}

static void test_reuse(void)
{
    struct image first, second, changed, moved;
    struct image_error error;
    need(program_read(&program, &first, &error), error.text);
    program.bytes[PROGRAM_DATA_FILE] ^= 1;
    need(program_read(&program, &second, &error), error.text);
    ok(first.sealed == second.sealed, "equal code in another file with other data is shared");

    program.bytes[PROGRAM_TEXT_FILE + 5] ^= 1;
    need(program_read(&program, &changed, &error), error.text);
    ok(changed.sealed != first.sealed, "code that differs in one byte is not");
    program.bytes[PROGRAM_TEXT_FILE + 5] ^= 1;

    program.headers[DATA_SEGMENT].p_vaddr += 0x1000;
    program.headers[TEXT_SEGMENT].p_vaddr += 0x1000;
    program.header.e_entry += 0x1000;
    for (int i = 0; i < 2; i++)
        program.relocations[i].r_offset += 0x1000;
    need(program_read(&program, &moved, &error), error.text);
    ok(moved.sealed != first.sealed, "equal code at another address is not: what it can reach differs");
    image_free(&first);
    image_free(&second);
    image_free(&changed);
    image_free(&moved);
    program_make(&program);
}

static void test_same_file_changed(void)
{
    struct image before, after;
    struct image_error error;
    int fd = program_file(&program);
    struct stat status;
    need(fstat(fd, &status) == 0 && image_read(fd, "program", &before, &error), error.text);
    need(pwrite(fd, "\x0f\x05", 2, PROGRAM_TEXT_FILE + 4) == 2, "pwrite");
    need(futimens(fd, (struct timespec[]){status.st_atim, status.st_mtim}) == 0, "futimens");
    ok(!image_read(fd, "program", &after, &error) && error.fault == IMAGE_REFUSED_BY_VERIFIER,
       "a file rewritten with its old time is verified again");
    close(fd);
    image_free(&before);
}

static void test_bounds(void)
{
    size_t files = open_files();
    uint8_t *bytes = mmap(NULL, SEALED_TEXT_UNUSED_BYTES_MAX + 4096, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    need(bytes != MAP_FAILED, "no memory");
    struct sealed_text *texts[3 * SEALED_TEXT_UNUSED_MAX];
    for (int i = 0; i < 3 * SEALED_TEXT_UNUSED_MAX; i++) {
        bytes[0] = (uint8_t)i;
        texts[i] = sealed_text_create(bytes, 4096, 0x10000);
        need(texts[i] != NULL, "cannot seal");
    }
    ok(open_files() == files + 3 * SEALED_TEXT_UNUSED_MAX, "texts in use are kept, however many");
    for (int i = 0; i < 3 * SEALED_TEXT_UNUSED_MAX; i++)
        sealed_text_release(texts[i]);
    size_t kept = open_files();
    ok(kept <= files + SEALED_TEXT_UNUSED_MAX, "of unused ones only a few are kept");
    struct sealed_text *last = sealed_text_find(bytes, 4096, 0x10000);
    ok(last != NULL && last == texts[3 * SEALED_TEXT_UNUSED_MAX - 1], "the most recently used ones");
    sealed_text_release(last);
    struct sealed_text *large = sealed_text_create(bytes, SEALED_TEXT_UNUSED_BYTES_MAX + 4096, 0x10000);
    need(large != NULL, "cannot seal a large text");
    sealed_text_release(large);
    ok(sealed_text_find(bytes, SEALED_TEXT_UNUSED_BYTES_MAX + 4096, 0x10000) == NULL && open_files() == kept,
       "a large unused text is not kept, and displaces no other");
    munmap(bytes, SEALED_TEXT_UNUSED_BYTES_MAX + 4096);
}

static void test_no_descriptors(void)
{
    struct rlimit limit;
    struct image image;
    struct image_error error;
    uint8_t text[64];
    program_set_text(&program, text, program_make_text(text, 0x12345678));
    int fd = program_file(&program);
    need(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    need(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, limit.rlim_max}) == 0, "setrlimit");
    ok(!image_read(fd, "program", &image, &error) && error.fault == IMAGE_SEAL &&
           strstr(error.text, "ulimit -n") != NULL,
       "without descriptors a new program is refused, and the message names the cure");
    need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    ok(image_read(fd, "program", &image, &error), "with descriptors it is accepted");
    image_free(&image);
    close(fd);
}

static void test_file_size_limit(void)
{
    struct image image;
    struct image_error error;
    struct rlimit limit;
    uint8_t text[64];
    program_set_text(&program, text, program_make_text(text, 0x777));
    int fd = program_file(&program);
    signal(SIGXFSZ, SIG_IGN);
    need(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
    need(setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, limit.rlim_max}) == 0, "setrlimit");
    bool success = image_read(fd, "program", &image, &error);
    need(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
    ok(!success && error.fault == IMAGE_SEAL && strstr(error.text, "ulimit -f") != NULL,
       "a file size limit that is too small is reported, with the cure");
    close(fd);
}

static rlim_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    need(file != NULL && fscanf(file, "%lu", &pages) == 1, "cannot read /proc/self/statm");
    fclose(file);
    return pages * 4096;
}

/* Lets each allocation fail once: the limit grows page by page until there is enough. */
static void test_no_memory(void)
{
    struct image image;
    struct image_error error;
    struct rlimit limit;
    need(getrlimit(RLIMIT_AS, &limit) == 0, "getrlimit");
    program_make(&program);
    uint8_t text[64];
    program_set_text(&program, text, program_make_text(text, 0x1234));
    int fd = program_file(&program);
    size_t refused = 0, unsealed = 0, other = 0;
    bool success = false;
    for (rlim_t size = address_space(); !success && refused < 10000; size += 4096) {
        need(setrlimit(RLIMIT_AS, &(struct rlimit){size, limit.rlim_max}) == 0, "setrlimit");
        success = image_read(fd, "program", &image, &error);
        refused += !success && error.fault == IMAGE_NO_MEMORY;
        unsealed += !success && error.fault == IMAGE_SEAL;
        other += !success && error.fault != IMAGE_NO_MEMORY && error.fault != IMAGE_SEAL;
    }
    need(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
    ok(success && refused > 3 && other == 0, "too little memory is reported as such, %zu and %zu times", refused,
       unsealed);
    image_free(&image);
    close(fd);
}

int main(void)
{
    program_make(&program);
    need(span_reserve(&span, 4) == 0, "no span");
    region = span_region_allocate(&span);
    test_seals();
    old_kernel = true;
    uint8_t text[64];
    program_set_text(&program, text, program_make_text(text, 2));
    test_seals();
    old_kernel = false;
    test_reuse();
    test_same_file_changed();
    test_bounds();
    test_meddling();
    test_no_descriptors();
    test_file_size_limit();
    test_no_memory();
    return done_testing();
}

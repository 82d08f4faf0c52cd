/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files through stdio and through system calls, in the folder that the first argument names.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tap.h"

#define LONG_LINE                                                                                                      \
    "a line that is longer than the first buffer of getline, which has room for the first line only, and grows\n"

static void test_stdio(void)
{
    FILE *file = fopen("lines", "w");
    char line[64];
    int count = 0, number, sum = 0;

    check(file != NULL, "fopen for writing");
    for (int i = 0; i < 10000; i++)
        fprintf(file, "line %d\n", i);
    check(fclose(file) == 0, "fclose");
    file = fopen("lines", "r");
    while (fgets(line, sizeof line, file))
        count++;
    check(count == 10000 && feof(file), "fgets reads what fprintf wrote");
    rewind(file);
    while (fscanf(file, "line %d\n", &number) == 1)
        sum += number;
    check(sum == 49995000, "fscanf reads numbers");
    check(fseek(file, -5, SEEK_END) == 0 && fgets(line, sizeof line, file) && strcmp(line, "9999\n") == 0, "fseek");
    fclose(file);
}

static void test_streams(void)
{
    char *text = NULL, buffer[32] = "";
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    for (int i = 0; i < 1000; i++)
        fputs("abc", stream);
    fclose(stream);
    check(size == 3000 && strncmp(text, "abcabc", 6) == 0, "open_memstream");
    free(text);
    stream = fmemopen(buffer, sizeof buffer, "w");
    fprintf(stream, "%s-%d", "memory", 7);
    fclose(stream);
    check(strcmp(buffer, "memory-7") == 0, "fmemopen");
    stream = fopen("getline", "w+");
    fprintf(stream, "short\n%s", LONG_LINE);
    rewind(stream);
    text = NULL;
    size = 0;
    check(getline(&text, &size, stream) == 6 && getline(&text, &size, stream) == sizeof LONG_LINE - 1 &&
              strcmp(text, LONG_LINE) == 0 && getline(&text, &size, stream) == -1,
          "getline");
    free(text);
    fclose(stream);
}

static void test_calls(void)
{
    char bytes[16] = "";
    struct iovec vectors[2] = {{(char *)"hello ", 6}, {(char *)"world", 5}};
    int file = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600), copy;
    struct stat status;

    check(file >= 0 && writev(file, vectors, 2) == 11, "writev");
    check(pread(file, bytes, 5, 6) == 5 && memcmp(bytes, "world", 5) == 0, "pread");
    check(pwrite(file, "W", 1, 6) == 1 && lseek(file, 0, SEEK_CUR) == 11, "pwrite leaves the position");
    check(fstat(file, &status) == 0 && status.st_size == 11 && S_ISREG(status.st_mode), "fstat");
    check(ftruncate(file, 4) == 0 && stat("data", &status) == 0 && status.st_size == 4, "ftruncate and stat");
    copy = dup(file);
    check(copy >= 0 && lseek(copy, 0, SEEK_SET) == 0 && read(file, bytes, 16) == 4, "dup shares the position");
    check(fcntl(file, F_SETFD, FD_CLOEXEC) == 0 && fcntl(file, F_GETFD) == FD_CLOEXEC, "fcntl");
    check(close(copy) == 0 && close(file) == 0, "close");
    check(rename("data", "renamed") == 0 && access("renamed", R_OK) == 0 && access("data", F_OK) == -1, "rename");
    check(unlink("renamed") == 0, "unlink");
}

static void test_folders(void)
{
    DIR *folder;
    struct dirent *entry;
    int count = 0;
    char name[16];

    check(mkdir("folder", 0700) == 0 && chdir("folder") == 0, "mkdir and chdir");
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "f%d", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    folder = opendir(".");
    while ((entry = readdir(folder)))
        count += entry->d_name[0] == 'f';
    closedir(folder);
    check(count == 200, "readdir lists 200 files");
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "f%d", i);
        unlink(name);
    }
    check(chdir("..") == 0 && rmdir("folder") == 0, "rmdir");
}

static void test_pipe(void)
{
    int ends[2];
    char byte = 0;

    check(pipe(ends) == 0 && write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'x', "pipe");
    close(ends[1]);
    check(read(ends[0], &byte, 1) == 0, "a closed pipe reads as ended");
    close(ends[0]);
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1])) {
        printf("Bail out! give the name of a folder to write in\n");
        return 1;
    }
    test_stdio();
    test_streams();
    test_calls();
    test_folders();
    test_pipe();
    return done();
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * coverify: tells whether executables may run as co-processes, and if not, which instruction is to blame and why.
 */
#include "comesg/version.h"
#include "verifier/tools/executable.h"
#include "verifier/tools/linking.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_VERIFIED = 0, EXIT_REFUSED = 1, EXIT_UNUSABLE = 2 };

static const char help[] = "Usage: coverify [--json] FILE...\n"
                           "       coverify --help | --version\n"
                           "\n"
                           "Verifies the machine code of each FILE, an ELF executable for x86-64, against the binary\n"
                           "interface of co-processes, looks how it was linked, and prints a line for each.\n"
                           "\n"
                           "  --json         print one JSON object per file\n"
                           "  -h, --help     this text\n"
                           "  -V, --version  the version\n"
                           "\n"
                           "Exit status: 0 all files were accepted; 1 one was refused; 2 one could not be read, is\n"
                           "not an executable with exactly one executable segment, or cannot relocate itself, or the\n"
                           "command line is wrong.\n";

static void print_string(const char *string)
{
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)string; *p != '\0'; p++) {
        if (*p < 0x20 || *p >= 0x7f)
            printf("\\u%04x", *p);
        else if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else
            putchar(*p);
    }
    putchar('"');
}

static void print_field(const char *name, const char *value)
{
    printf(",\"%s\":", name);
    print_string(value);
}

static void format_bytes(const struct verifier_refusal *refusal, char out[3 * sizeof(refusal->bytes)])
{
    out[0] = '\0';
    for (unsigned i = 0; i < refusal->length; i++)
        sprintf(out + (i == 0 ? 0 : 3 * i - 1), i == 0 ? "%02x" : " %02x", refusal->bytes[i]);
}

static void begin_json(const char *path, const char *verdict)
{
    printf("{\"file\":");
    print_string(path);
    print_field("verdict", verdict);
}

static int report_error(const char *path, const char *error, bool json)
{
    if (!json) {
        fflush(stdout);
        fprintf(stderr, "coverify: %s: %s\n", path, error);
        return EXIT_UNUSABLE;
    }
    begin_json(path, "error");
    print_field("error", error);
    puts("}");
    return EXIT_UNUSABLE;
}

static int report_accepted(const char *path, const struct verifier_text *text, bool json)
{
    if (json) {
        begin_json(path, "accepted");
        printf(",\"bytes\":%zu}\n", text->size);
    } else {
        printf("%s: accepted, %zu bytes of text\n", path, text->size);
    }
    return EXIT_VERIFIED;
}

static void report_refused_json(const char *path, const struct verifier_refusal *refusal, const char *bytes)
{
    begin_json(path, "refused");
    print_field("rule", verifier_rule_name(refusal->rule));
    printf(",\"address\":%" PRIu64, refusal->address);
    print_field("bytes", bytes);
    print_field("instruction", refusal->disassembly);
    print_field("text", verifier_rule_text(refusal->rule));
    puts("}");
}

static int report_refused(const char *path, const struct verifier_refusal *refusal, bool json)
{
    char bytes[3 * sizeof(refusal->bytes)];
    format_bytes(refusal, bytes);
    if (json)
        report_refused_json(path, refusal, bytes);
    else
        printf("%s: refused at 0x%" PRIx64 ": %s: %s: [%s] %s\n", path, refusal->address, bytes, refusal->disassembly,
               verifier_rule_name(refusal->rule), verifier_rule_text(refusal->rule));
    return EXIT_REFUSED;
}

static int verify(const char *path, bool json)
{
    struct verifier_text text;
    struct verifier_refusal refusal;
    const char *error = executable_read(path, &text);
    if (error != NULL)
        return report_error(path, error, json);
    int status;
    if (!verifier_check(&text, &refusal))
        status = report_refused(path, &refusal, json);
    else if ((error = linking_problem(path)) != NULL)
        status = report_error(path, error, json);
    else
        status = report_accepted(path, &text, json);
    free((void *)text.bytes);
    return status;
}

static int verify_all(char **paths, bool json)
{
    int worst = EXIT_VERIFIED;
    for (; *paths != NULL; paths++) {
        int status = verify(*paths, json);
        worst = status > worst ? status : worst;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("coverify: cannot write the verdict");
        return EXIT_UNUSABLE;
    }
    return worst;
}

int main(int argc, char **argv)
{
    bool json = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            return EXIT_VERIFIED;
        } else if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0) {
            puts("coverify " COMESG_VERSION);
            return EXIT_VERIFIED;
        } else if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        } else {
            fprintf(stderr, "coverify: unknown option %s; see coverify --help\n", argv[i]);
            return EXIT_UNUSABLE;
        }
    }
    if (i == argc) {
        fprintf(stderr, "coverify: no file given; see coverify --help\n");
        return EXIT_UNUSABLE;
    }
    return verify_all(argv + i, json);
}

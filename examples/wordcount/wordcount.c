/* SPDX-License-Identifier: BSD-2-Clause
 *
 * wordcount: reads a file, hands it to wordcount-service and prints its most frequent words.
 */
#include "ask.h"
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "Usage: comesg run wordcount-service : wordcount [OPTION...] FILE\n"
    "Prints the most frequent words of FILE (- is standard input) with their counts, ties by name.\n"
    "A word is a maximal run of ASCII letters; capitals count as small letters.\n"
    "\n"
    "  --top=N        print N words (default 20; 0 for all)\n"
    "  --chunk=N      bytes that are read and handed over at once (default 16384, at most 65536)\n"
    "  --timeout=S    seconds to wait for a service that starts or is busy (default 10)\n"
    "  --measure=N    afterwards hand the beginning of the text over again, N times 64 bytes, and\n"
    "                 tell the time per call on standard error\n"
    "  --hold         wait for the end of standard input before ending\n"
    "  --help         this text\n"
    "\n"
    "Exit status: 0, 1 if the words cannot be counted, 2 for wrong usage.\n";

enum { EXIT_USAGE = 2, CHUNK_DEFAULT = 16384, TOP_DEFAULT = 20, TIMEOUT_DEFAULT = 10 };

struct options {
    const char *file;
    uint64_t top;
    size_t chunk;
    uint64_t measure;
    bool hold;
};

static struct service_link service = {.timeout = TIMEOUT_DEFAULT};

/* True if `text` is a number from `least` to `most`. */
static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *value >= least && *value <= most;
}

static bool set_option(struct options *options, int option, const char *argument)
{
    uint64_t value = 0;
    bool good = true;
    switch (option) {
    case 't':
        good = number(argument, 0, UINT64_MAX, &options->top);
        break;
    case 'c':
        good = number(argument, 1, WORDCOUNT_TEXT_SIZE, &value);
        options->chunk = value;
        break;
    case 's':
        good = number(argument, 0, 3600, &value);
        service.timeout = (unsigned)value;
        break;
    case 'm':
        good = number(argument, 1, UINT64_MAX, &options->measure);
        break;
    case 'w':
        options->hold = true;
        break;
    default:
        return false;
    }
    if (!good)
        fprintf(stderr, "wordcount: %s is not a number that fits here (see --help)\n", argument);
    return good;
}

static void parse(struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"top", required_argument, NULL, 't'},
        {"chunk", required_argument, NULL, 'c'},
        {"timeout", required_argument, NULL, 's'},
        {"measure", required_argument, NULL, 'm'},
        {"hold", no_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            exit(EXIT_SUCCESS);
        }
        if (!set_option(options, option, optarg))
            exit(EXIT_USAGE);
    }
    if (optind != argc - 1) {
        fputs("wordcount: name one file (see --help)\n", stderr);
        exit(EXIT_USAGE);
    }
    options->file = argv[optind];
}

static bool cannot(const char *what, const char *file)
{
    fprintf(stderr, "wordcount: cannot %s %s: %s\n", what, file, strerror(errno));
    return false;
}

static void show_progress(uint64_t bytes, bool terminal)
{
    if (terminal && bytes >> 24 != (bytes + 65536) >> 24)
        fprintf(stderr, "\r%llu MiB counted ", (unsigned long long)bytes >> 20);
}

static bool hand_over(int descriptor, const struct options *options)
{
    bool terminal = isatty(STDERR_FILENO);
    uint64_t bytes = 0;
    for (;;) {
        ssize_t length = read(descriptor, service.request.text, options->chunk);
        if (length < 0)
            return cannot("read", options->file);
        if (length == 0)
            break;
        keep_for_measure(service.request.text, (size_t)length);
        if (!ask(&service, WORDCOUNT_TEXT, (size_t)length))
            return false;
        bytes += (uint64_t)length;
        show_progress(bytes, terminal);
    }
    if (terminal && bytes >> 24)
        fputs("\r                      \r", stderr);
    return true;
}

/* Prints a word as uniq -c does, or the next piece of a long one. */
static void print_piece(const struct wordcount_word *word, size_t length)
{
    length -= offsetof(struct wordcount_word, piece);
    if (word->offset == 0)
        printf("%7llu ", (unsigned long long)word->count);
    fwrite(word->piece, 1, length, stdout);
    if (word->offset + length == word->length)
        putchar('\n');
}

/* All that has been sent. The messages are the service's memory: read only, and not copied. */
static bool receive_words(void)
{
    void *message;
    ssize_t length;
    while ((length = corecv(service.results, &message, 0)) >= 0) {
        if ((size_t)length > offsetof(struct wordcount_word, piece))
            print_piece(message, (size_t)length);
        if (coport_msg_free(service.results, message))
            return cannot("give back", "a message");
    }
    return errno == EAGAIN || cannot("receive", "the words");
}

static bool print_words(uint64_t top)
{
    uint64_t distinct = service.reply.totals.distinct;
    service.request.rank = 0;
    service.request.offset = 0;
    service.request.end = top == 0 || top > distinct ? distinct : top;
    while (service.request.rank < service.request.end) {
        if (!ask(&service, WORDCOUNT_SEND, 0) || !receive_words())
            return false;
        service.request.rank = service.reply.sent.rank;
        service.request.offset = service.reply.sent.offset;
    }
    if (fflush(stdout) || ferror(stdout))
        return cannot("write", "the words");
    return true;
}

static bool count(const struct options *options)
{
    int descriptor = STDIN_FILENO;
    if (strcmp(options->file, "-") != 0)
        descriptor = open(options->file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return cannot("open", options->file);
    bool counted = find_service(&service) && ask(&service, WORDCOUNT_BEGIN, 0) && hand_over(descriptor, options) &&
                   ask(&service, WORDCOUNT_FINISH, 0) && print_words(options->top);
    if (descriptor != STDIN_FILENO)
        close(descriptor);
    return counted;
}

static void hold(void)
{
    char byte;
    fputs("wordcount: holding\n", stderr);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
}

int main(int argc, char **argv)
{
    struct options options = {.top = TOP_DEFAULT, .chunk = CHUNK_DEFAULT};
    parse(&options, argc, argv);
    if (!count(&options))
        return EXIT_FAILURE;
    if (options.measure && !measure(&service, options.measure))
        return EXIT_FAILURE;
    if (options.hold)
        hold();
    return EXIT_SUCCESS;
}

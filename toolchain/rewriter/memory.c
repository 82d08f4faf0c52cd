/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Memory of one rewriting run, freed at its end, growing text buffers, and messages.
 */
#include "toolchain/rewriter/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *previous;
    size_t used;
    size_t size;
    _Alignas(16) char data[];
};

static void *allocate_or_die(size_t size)
{
    void *memory = malloc(size);
    if (!memory) {
        fputs("cocc: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *arena_allocate(struct rewriter *rw, size_t size)
{
    struct block *block = rw->arena;
    size = (size + 15) & ~(size_t)15;
    if (!block || block->size - block->used < size) {
        size_t capacity = size > 65536 ? size : 65536;
        struct block *fresh = allocate_or_die(sizeof *fresh + capacity);
        fresh->previous = block;
        fresh->used = 0;
        fresh->size = capacity;
        rw->arena = block = fresh;
    }
    void *memory = block->data + block->used;
    block->used += size;
    return memset(memory, 0, size);
}

char *arena_copy(struct rewriter *rw, const char *start, size_t length)
{
    char *copy = arena_allocate(rw, length + 1);
    memcpy(copy, start, length);
    return copy;
}

char *arena_format(struct rewriter *rw, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = arena_allocate(rw, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}

void arena_free(struct rewriter *rw)
{
    struct block *block = rw->arena;
    while (block) {
        struct block *previous = block->previous;
        free(block);
        block = previous;
    }
    rw->arena = NULL;
}

static void buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->capacity - buffer->length > more)
        return;
    size_t capacity = buffer->capacity * 2 + more + 4096;
    buffer->data = realloc(buffer->data, capacity);
    if (!buffer->data) {
        fputs("cocc: out of memory\n", stderr);
        exit(1);
    }
    buffer->capacity = capacity;
}

void buffer_append(struct buffer *buffer, const char *text, size_t length)
{
    buffer_reserve(buffer, length + 1);
    memcpy(buffer->data + buffer->length, text, length);
    buffer->length += length;
    buffer->data[buffer->length] = 0;
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    buffer_reserve(buffer, (size_t)length + 1);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
    buffer->length += (size_t)length;
    va_end(again);
}

void refuse(struct rewriter *rw, const struct statement *at, const char *format, ...)
{
    if (++rw->errors > 20)
        return;
    const char *place = arena_format(rw, "%s:%d: error: ", at->file, at->line);
    buffer_append(&rw->messages, place, strlen(place));
    va_list arguments;
    va_start(arguments, format);
    buffer_vprintf(&rw->messages, format, arguments);
    va_end(arguments);
    if (at->text) {
        buffer_append(&rw->messages, ": ", 2);
        buffer_append(&rw->messages, at->text, strlen(at->text));
    }
    buffer_append(&rw->messages, "\n", 1);
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Programs: reading and checking an ELF file, mapping it into a region, and the initial stack.  The file is read once
 * into private memory; every check and every use is on that copy.
 */
#ifndef COMESG_HOST_IMAGE_H
#define COMESG_HOST_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/sealed_text.h"
#include "host/span.h"
#include "host/symbols.h"

#define IMAGE_SIZE_MAX 0x40000000UL
#define IMAGE_SEGMENTS_MAX 16
#define IMAGE_HEADERS_MAX 64

enum image_fault {
    IMAGE_OK,
    IMAGE_NOT_REGULAR,
    IMAGE_TOO_LARGE,
    IMAGE_READ,
    IMAGE_TRUNCATED,
    IMAGE_NOT_ELF,
    IMAGE_MACHINE,
    IMAGE_TYPE,
    IMAGE_HEADERS,         /* program headers missing, too many, or outside the file or the segments */
    IMAGE_SEGMENT_BOUNDS,  /* a segment outside the file or the image's part of the region */
    IMAGE_SEGMENT_OVERLAP, /* unsorted, overlapping or sharing a page */
    IMAGE_SEGMENT_COUNT,
    IMAGE_TEXT_MISSING,
    IMAGE_TEXT_SEVERAL,
    IMAGE_TEXT_WRITABLE,
    IMAGE_TEXT_SIZE, /* memory size differs from file size */
    IMAGE_INTERPRETER,
    IMAGE_ENTRY_OUTSIDE,
    IMAGE_ENTRY_PAD,
    IMAGE_REFUSED_BY_VERIFIER,
    IMAGE_NO_MEMORY,
    IMAGE_SEAL,
    IMAGE_MAP,
    IMAGE_ARGUMENTS_TOO_LARGE,
};

struct image_error {
    enum image_fault fault;
    int number;     /* errno for the requester: ENOEXEC, E2BIG, ENOMEM... */
    char text[640]; /* one line: program, cause, cure */
};

/* Offsets are region offsets; a segment is loaded at region base + offset. */
struct image_segment {
    const uint8_t *bytes; /* in the copy of the file */
    uint32_t file_size;
    uint32_t offset;
    uint32_t size;
    bool writable;
    bool executable;
};

struct image {
    uint8_t *file;
    size_t file_size;
    bool borrowed; /* somebody else unmaps `file` */
    struct image_segment segments[IMAGE_SEGMENTS_MAX];
    size_t segment_count;
    const struct image_segment *text; /* the executable one of segments, so a struct image is not to be copied */
    struct sealed_text *sealed;
    uint32_t entry;
    uint32_t headers; /* program headers */
    uint16_t header_count;
};

/* Where a mapped image lies; all values are region offsets. */
struct image_layout {
    uint32_t entry;
    uint32_t headers;
    uint16_t header_count;
    uint32_t text_start; /* page-aligned, like the next two */
    uint32_t text_end;
    uint32_t data_start;        /* all of the image is writable from here on */
    uint32_t image_end;         /* the heap begins here */
    struct sealed_text *sealed; /* a reference, so that the text stays shared while the region lives */
    struct symbols *symbols;    /* its functions, or NULL */
};

/* Reads, checks and verifies a program; name is for messages only. On success image_free is due, on failure nothing. */
bool image_read(int fd, const char *name, struct image *image, struct image_error *error);
/* The same for a file whose bytes lie in memory that does not change until image_free. */
bool image_check(uint8_t *file, size_t size, const char *name, struct image *image, struct image_error *error);
void image_free(struct image *image);

/* Maps an image into an allocated region; on failure nothing stays mapped. The image may be freed afterwards. */
bool image_map(const struct image *image, const struct span *span, size_t region, struct image_layout *layout,
               struct image_error *error);
/* Gives back what the layout refers to; call it when the region is released. */
void image_layout_release(struct image_layout *layout);

struct image_start {
    char *const *arguments;   /* NULL-terminated */
    char *const *environment; /* NULL-terminated */
    const char *path;         /* AT_EXECFN */
    uid_t uid, euid;
    gid_t gid, egid;
};

/* Maps the data stack and writes arguments, environment and auxiliary vector. *argc_offset is the region offset of
 * argc, a multiple of 16; r13 starts as this plus 8. On failure the stack is not mapped. */
bool image_stack(const struct image_start *start, const struct image_layout *layout, const struct span *span,
                 size_t region, uint32_t *argc_offset, struct image_error *error);

#endif

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Mapping a checked program into a region: the sealed text shared, everything else as private anonymous memory, so that
 * no other page of a region depends on a file.
 */
#include "host/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

static int map_data(const struct image_segment *segment, const struct span *span, size_t region)
{
    uint32_t start = span_page_floor(segment->offset),
             size = span_page_ceiling(segment->offset + segment->size) - start;
    int error = span_map_fixed(span, region, start, size, PROT_READ | PROT_WRITE, ANONYMOUS, -1, 0);
    if (error != 0)
        return error;
    uint8_t *base = (uint8_t *)span_region_base(span, region);
    memcpy(base + segment->offset, segment->bytes, segment->file_size);
    if (!segment->writable && mprotect(base + start, size, PROT_READ) != 0)
        return -errno;
    return 0;
}

static int map_segments(const struct image *image, const struct span *span, size_t region)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *segment = &image->segments[i];
        int error =
            segment == image->text ? sealed_text_map(image->sealed, span, region) : map_data(segment, span, region);
        if (error != 0)
            return error;
    }
    return 0;
}

bool image_map(const struct image *image, const struct span *span, size_t region, struct image_layout *layout,
               struct image_error *error)
{
    *error = (struct image_error){0};
    const struct image_segment *last = &image->segments[image->segment_count - 1];
    uint32_t end = span_page_ceiling(last->offset + last->size);
    int failure = map_segments(image, span, region);
    if (failure != 0) {
        span_unmap_fixed(span, region, COMESG_IMAGE_START, end - COMESG_IMAGE_START);
        *error = (struct image_error){.fault = IMAGE_MAP, .number = -failure};
        snprintf(error->text, sizeof error->text,
                 "cannot map the program: %s: too little memory or too many mappings (sysctl vm.max_map_count)",
                 strerror(-failure));
        return false;
    }
    *layout = (struct image_layout){.entry = image->entry,
                                    .headers = image->headers,
                                    .header_count = image->header_count,
                                    .text_start = span_page_floor(image->text->offset),
                                    .text_end = span_page_ceiling(image->text->offset + image->text->size),
                                    .image_end = end,
                                    .sealed = sealed_text_reference(image->sealed)};
    return true;
}

void image_layout_release(struct image_layout *layout)
{
    sealed_text_release(layout->sealed);
    layout->sealed = NULL;
}

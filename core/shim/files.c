/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Files. Executed by the co-process's own kernel thread, so descriptors, credentials and working directory are its own.
 *
 * Paths go to the kernel as they are: it copies them itself, and a path without an end stops at the unmapped page
 * behind the region. What was opened is judged afterwards by its file system and type, not by its name.
 */
#include "core/shim/shim.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <termios.h>

/* Copies the vector once, then checks the copy. */
int64_t shim_fetch_vector(const struct thread_block *block, uint64_t address, uint64_t count,
                          struct iovec vector[SHIM_VECTOR_MAX])
{
    if (core_fetch(block, vector, address, count * sizeof vector[0]))
        return -EFAULT;
    for (uint64_t i = 0; i < count; i++) {
        if (vector[i].iov_len && !core_in_region(block, (uint64_t)vector[i].iov_base, vector[i].iov_len))
            return -EFAULT;
    }
    return 0;
}

/* At most SHIM_VECTOR_MAX parts are transferred by one call, which POSIX allows: the result says how many bytes that
 * was. */
int64_t shim_vector(struct thread_block *block, const uint64_t *a)
{
    struct iovec vector[SHIM_VECTOR_MAX];
    uint64_t count = a[2];
    if (count > 1024)
        return -EINVAL;
    if (count > SHIM_VECTOR_MAX)
        count = SHIM_VECTOR_MAX;
    int64_t error = shim_fetch_vector(block, a[1], count, vector);
    if (error)
        return error;
    return core_kernel_wait_for_program(shim_number(block), (int)a[0], (long)vector, (long)count, 0, 0, 0);
}

/* File systems whose files are data and nothing else. procfs, sysfs, debugfs, cgroupfs and the like reach into
 * processes and the kernel. */
static bool data_file_system(long type)
{
    switch ((uint32_t)type) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case SQUASHFS_MAGIC:
    case NFS_SUPER_MAGIC:
    case ISOFS_SUPER_MAGIC:
    case MSDOS_SUPER_MAGIC:
    case EXFAT_SUPER_MAGIC:
    case FUSE_SUPER_MAGIC:
    case V9FS_MAGIC:
    case PIPEFS_MAGIC:
        return true;
    default:
        return false;
    }
}

/* Memory devices of the kernel without side effects: null, zero, full, random, urandom. */
static bool harmless_device(uint64_t device)
{
    unsigned number = minor(device);
    return major(device) == 1 && (number == 3 || number == 5 || number == 7 || number == 8 || number == 9);
}

bool core_admissible(int descriptor)
{
    struct stat status;
    struct statfs file_system;
    if (kernel3(SYS_fstat, descriptor, (long)&status, 0) || kernel3(SYS_fstatfs, descriptor, (long)&file_system, 0))
        return false;
    if (S_ISCHR(status.st_mode))
        return harmless_device(status.st_rdev);
    if (S_ISBLK(status.st_mode) || S_ISSOCK(status.st_mode))
        return false;
    return data_file_system(file_system.f_type);
}

void core_note_descriptor(struct coprocess *coprocess, int64_t descriptor)
{
    if (descriptor >= 0)
        core_raise_limit(&coprocess->descriptor_limit, (uint32_t)descriptor + 1);
}

/* Numbers that programs cannot use are those of the core: a descriptor that got one moves behind them. */
int64_t core_place_descriptor(struct thread_block *block, int64_t descriptor)
{
    if (descriptor < 0)
        return descriptor;
    if (core_is_hidden(block, (uint64_t)descriptor)) {
        long on_exec = kernel3(SYS_fcntl, descriptor, F_GETFD, 0) & FD_CLOEXEC;
        long first = block->coprocess->realm->hidden_descriptor + HIDDEN_DESCRIPTORS;
        long moved = kernel3(SYS_fcntl, descriptor, on_exec ? F_DUPFD_CLOEXEC : F_DUPFD, first);
        kernel3(SYS_close, descriptor, 0, 0);
        descriptor = moved == -EINVAL ? -EMFILE : moved;
    }
    core_note_descriptor(block->coprocess, descriptor);
    return descriptor;
}

int64_t core_hide_descriptor(const struct thread_block *block, int64_t visible)
{
    long first = block->coprocess->realm->hidden_descriptor + LANE_DESCRIPTORS;
    long hidden = kernel3(SYS_fcntl, visible, F_DUPFD_CLOEXEC, first);
    kernel3(SYS_close, visible, 0, 0);
    if (hidden >= 0 && core_is_hidden(block, (uint64_t)hidden))
        return hidden;
    if (hidden >= 0)
        kernel3(SYS_close, hidden, 0, 0);
    return -EMFILE;
}

/* Some objects act on being opened. So what exists is only looked up (O_PATH) at first, as which it serves for nothing,
 * and goes to a hidden number: what is judged there is what will be opened. The links of procfs that lead to what some
 * process has open are not followed: the superuser could reach what others have been given that way, and the memory of
 * the supervisor's memory objects. */
static int64_t look_up(struct thread_block *block, int directory, uint64_t path, uint64_t flags)
{
    const struct open_how how = {
        .flags = O_PATH | O_CLOEXEC | (flags & (O_NOFOLLOW | O_DIRECTORY)),
        .resolve = RESOLVE_NO_MAGICLINKS,
    };
    long visible = core_kernel(SYS_openat2, directory, (long)path, (long)&how, sizeof how, 0, 0);
    if (visible < 0)
        return visible;
    int64_t hidden = core_hide_descriptor(block, visible);
    if (hidden < 0 || core_admissible((int)hidden))
        return hidden;
    kernel3(SYS_close, hidden, 0, 0);
    return -EACCES;
}

/* The number is not 0. */
void core_descriptor_path(char path[CORE_DESCRIPTOR_PATH], int64_t descriptor)
{
    static const char model[CORE_DESCRIPTOR_PATH] = "/proc/thread-self/fd//////////////";
    for (unsigned i = 0; i < sizeof model; i++)
        path[i] = model[i];
    path += sizeof model - 1;
    for (uint64_t rest = (uint64_t)descriptor & INT32_MAX; rest > 0; rest /= 10)
        *--path = (char)('0' + rest % 10);
}

/* Opens what was looked up. */
static int64_t open_hidden(int64_t hidden, uint64_t flags)
{
    char path[CORE_DESCRIPTOR_PATH];
    uint64_t kept = (flags & ~(uint64_t)(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_NOCTTY;
    core_descriptor_path(path, hidden);
    long descriptor = core_kernel_wait_for_program(SYS_openat, AT_FDCWD, (long)path, (long)kept, 0, 0, 0);
    kernel3(SYS_close, hidden, 0, 0);
    return descriptor;
}

/* A new file is a regular one, and empty. */
static int64_t create(int directory, uint64_t path, uint64_t flags, uint64_t mode)
{
    long created = core_kernel(SYS_openat, directory, (long)path, (long)(flags | O_EXCL | O_NOCTTY), (long)mode, 0, 0);
    if (created < 0 || core_admissible((int)created))
        return created;
    kernel3(SYS_close, created, 0, 0);
    return -EACCES;
}

/* Somebody may make or remove the file between the two steps; a link that leads nowhere is as one that always does. */
static int64_t open_or_create(struct thread_block *block, int directory, uint64_t path, uint64_t flags, uint64_t mode)
{
    enum { ATTEMPTS = 8 };
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        bool exclusive = (flags & O_CREAT) && (flags & O_EXCL);
        int64_t hidden = exclusive ? -ENOENT : look_up(block, directory, path, flags);
        if (hidden >= 0)
            return open_hidden(hidden, flags);
        if (hidden != -ENOENT || !(flags & O_CREAT))
            return hidden;
        int64_t result = create(directory, path, flags, mode);
        if (result != -EEXIST || exclusive)
            return result;
    }
    return -ENOENT;
}

static int64_t open_checked(struct thread_block *block, int directory, uint64_t path, uint64_t flags, uint64_t mode)
{
    enum {
        ADMITTED = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW |
                   O_CLOEXEC | O_SYNC | O_NOCTTY
    };
    const uint64_t large_file = 0x8000;
    if (flags & ~((uint64_t)ADMITTED | large_file))
        return -EINVAL;
    return core_place_descriptor(block, open_or_create(block, directory, path, flags, mode));
}

int64_t core_read_file(const struct thread_block *block, int64_t descriptor, uint64_t to, uint64_t size,
                       uint64_t position)
{
    uint64_t done = 0;
    while (done < size) {
        long count =
            core_kernel(SYS_pread64, descriptor, (long)(to + done), (long)(size - done), (long)(position + done), 0, 0);
        if (count == -EINTR && !block->force_out)
            continue;
        if (count < 0)
            return count;
        if (count == 0)
            break;
        done += (uint64_t)count;
    }
    return (int64_t)done;
}

int64_t core_open_data(struct thread_block *block, const char *path)
{
    return open_checked(block, AT_FDCWD, (uint64_t)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
}

int64_t shim_open(struct thread_block *block, const uint64_t *a)
{
    return open_checked(block, AT_FDCWD, a[0], a[1], a[2]);
}

int64_t shim_openat(struct thread_block *block, const uint64_t *a)
{
    return open_checked(block, (int)a[0], a[1], a[2], a[3]);
}

/* Calls that give one. */
int64_t shim_new_descriptor(struct thread_block *block, const uint64_t *a)
{
    return core_place_descriptor(block, shim_forward(block, a));
}

/* Before the program chooses a number: another thread may start a program while the kernel grants it. */
static void note_wish(struct thread_block *block, uint64_t descriptor)
{
    enum { DESCRIPTORS_MAX = 1 << 20 }; /* the kernel grants none from here on, unless fs.nr_open is raised */
    if ((uint32_t)descriptor < DESCRIPTORS_MAX)
        core_note_descriptor(block->coprocess, (int64_t)(uint32_t)descriptor);
}

int64_t shim_duplicate_to(struct thread_block *block, const uint64_t *a)
{
    note_wish(block, a[1]);
    return shim_forward(block, a);
}

int64_t shim_pipe2(struct thread_block *block, const uint64_t *a)
{
    int ends[2];
    if (a[1] & ~(uint64_t)(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    int64_t error = kernel3(SYS_pipe2, (long)ends, (long)a[1], 0);
    if (error)
        return error;
    for (unsigned i = 0; i < 2; i++) {
        int64_t placed = core_place_descriptor(block, ends[i]);
        error = placed < 0 ? placed : error;
        ends[i] = (int)placed;
    }
    if (!error && !core_put(block, a[0], ends, sizeof ends))
        return 0;
    for (unsigned i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            kernel3(SYS_close, ends[i], 0, 0);
    }
    return error ? error : -EFAULT;
}

int64_t shim_pipe(struct thread_block *block, const uint64_t *a)
{
    const uint64_t arguments[] = {a[0], 0};
    return shim_pipe2(block, arguments);
}

/* No command that aims signals (F_SETOWN, F_SETSIG, O_ASYNC) and none with pointers. */
int64_t shim_fcntl(struct thread_block *block, const uint64_t *a)
{
    switch (a[1]) {
    case F_SETFL:
        if (a[2] & O_ASYNC)
            return -EINVAL;
        break;
    case F_GETFL:
    case F_GETFD:
    case F_SETFD:
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        break;
    default:
        return -EINVAL;
    }
    if (a[1] != F_DUPFD && a[1] != F_DUPFD_CLOEXEC)
        return shim_forward(block, a);
    note_wish(block, a[2]);
    return shim_new_descriptor(block, a);
}

/* Only what isatty and the size of a window need. */
int64_t shim_ioctl(struct thread_block *block, const uint64_t *a)
{
    enum { KERNEL_TERMIOS = 36 };
    _Static_assert(KERNEL_TERMIOS > sizeof(struct winsize), "the larger one");
    if (a[1] != TIOCGWINSZ && a[1] != TCGETS)
        return -ENOTTY;
    return core_in_region(block, a[2], KERNEL_TERMIOS) ? shim_forward(block, a) : -EFAULT;
}

/* SPDX-License-Identifier: BSD-2-Clause
 *
 * libcomsg: shared memory.
 */
#include <comesg/abi.h>
#include <comesg/commap.h>

#include <unistd.h>

comemory_t commap(size_t size, int prot)
{
    comemory_t result = 0;
    syscall(COMESG_CALL_COMMAP, size, (unsigned)prot, &result);
    return result;
}

void *comap_attach(comemory_t object, int prot)
{
    long address = syscall(COMESG_CALL_COMAP_ATTACH, object, (unsigned)prot);
    return address == -1 ? NULL : (void *)address;
}

int comap_detach(void *address)
{
    return (int)syscall(COMESG_CALL_COMAP_DETACH, address);
}

ssize_t comap_size(comemory_t object)
{
    return syscall(COMESG_CALL_COMAP_SIZE, object);
}

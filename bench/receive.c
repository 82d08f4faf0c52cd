/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The co-process that bench/call sends handles to. It closes them again.
 */
#include "message.h"

#include <comesg/cocall.h>

#include <stdio.h>

int main(void)
{
    cotarget_t target;
    struct receipt receipt = {0};
    struct coattachment received[1];
    struct cocall_information information = {.size = sizeof information, .attachments = {received, 1, 0, 0}};
    ssize_t length = 0;
    if (coregister(MESSAGE_RECEIVER, NULL, &target)) {
        perror("receive: cannot register");
        return 1;
    }
    for (;;) {
        size_t reply = length ? sizeof receipt : 0;
        length = coaccept_oob(NULL, &receipt, reply, &receipt.request, sizeof receipt.request, NULL, 0, &information);
        if (length < 0) {
            perror("receive: coaccept_oob");
            return 1;
        }
        if (information.attachments.count && cohandle_close(received[0].handle) == 0)
            receipt.closed++;
    }
}

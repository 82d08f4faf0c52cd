/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMESG_VERSION_H
#define COMESG_VERSION_H

#define COMESG_VERSION "0.1"

#endif

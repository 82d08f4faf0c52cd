# SPDX-License-Identifier: BSD-2-Clause
include toolchain/sysroot.mk toolchain/cocc.mk

# SPDX-License-Identifier: BSD-2-Clause
-include toolchain/cocc.mk
-include toolchain/sysroot.mk

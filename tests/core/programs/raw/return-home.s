# SPDX-License-Identifier: BSD-2-Clause
#
# As return, at home.
	.set	MOVE_HOME, 1
	.include "tests/core/programs/raw/return.s"

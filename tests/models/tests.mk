# SPDX-License-Identifier: BSD-2-Clause
#
# Model checking of the protocols of the core and of its services, whose models lie in core/models and ukernel/models.

PACKAGES += spin

MODEL_TABLES := tests/models/runs tests/models/mutations
MODEL_NAMES := $(shell cut -d' ' -f1 $(MODEL_TABLES))
MODEL_CHECKERS := $(MODEL_NAMES:%=$(B)/models/%/check)

$(MODEL_CHECKERS): $(B)/models/%/check: $(wildcard core/models/*.pml ukernel/models/*.pml) $(MODEL_TABLES) tests/models/make-checker
	sh tests/models/make-checker $*

# Wider bounds: minutes, and some GiB of memory.
MODELS_LARGE := $(shell cut -d' ' -f1 tests/models/runs-large)
$(MODELS_LARGE:%=$(B)/models/%/check): $(B)/models/%/check: $(wildcard core/models/*.pml ukernel/models/*.pml) tests/models/runs-large \
    tests/models/make-checker
	MODEL_MEMORY=8192 MODEL_OPTIMISATION=-O2 sh tests/models/make-checker $*

.PHONY: models
models: $(MODELS_LARGE:%=$(B)/models/%/check)
	MODEL_RUNS=runs-large prove --verbose tests/models/models.t

TESTS += tests/models/models.t
TEST_DEPS += $(MODEL_CHECKERS)

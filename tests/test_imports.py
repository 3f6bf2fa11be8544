"""Imports run one way and in no circle: `TIERS` is the order of the parts, `FORBIDDEN` what else is barred."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

TIERS = {
    "recipes": 0,
    "runs": 1,
    "callbacks": 2,
    "models": 3,
    "metrics": 3,
    "data": 3,
    "clustering": 3,
    "networks": 4,
    "layers": 5,
    "losses": 5,
    "core": 6,
}

FORBIDDEN = {("metrics", "models"), ("metrics", "losses"), ("models", "data")}


def module_files(root: Path) -> dict[str, Path]:
    """Module name -> file, for the modules of the package and the recipes."""
    files = sorted(path for top in ("tfgan_suite", "recipes") for path in (root / top).rglob("*.py"))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def imports_of(name: str, path: Path, known: set[str]) -> Iterator[str]:
    """The modules of `known` that a file imports, anywhere in it."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            targets = [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]
        else:
            continue
        yield from (target for target in targets if target in known)


def import_graph(root: Path) -> dict[str, set[str]]:
    files = module_files(root)
    return {name: set(imports_of(name, path, set(files))) for name, path in files.items()}


def part_of(module: str) -> str:
    """The part of the house that a module belongs to: "recipes", or the folder inside tfgan_suite."""
    return "recipes" if module.partition(".")[0] == "recipes" else module.partition(".")[2].partition(".")[0]


def breaches(graph: dict[str, set[str]]) -> list[str]:
    found = []
    for module, imported in graph.items():
        for other in imported:
            here, there = part_of(module), part_of(other)
            if there == "recipes":
                found.append(f"{module} imports the recipe {other}")
            elif here != there and there and here:
                if TIERS[there] < TIERS[here]:
                    found.append(f"{module} imports {other}, against the order")
                elif (here, there) in FORBIDDEN:
                    found.append(f"{module} imports {other}: {here} must not know {there}")
    return sorted(found)


def first_cycle(graph: dict[str, set[str]]) -> list[str] | None:
    """The names along a cycle, the first one again at the end; None without one."""
    done: set[str] = set()

    def visit(name: str, trail: list[str]) -> list[str] | None:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in done:
            return None
        for other in sorted(graph.get(name, ())):
            if cycle := visit(other, [*trail, name]):
                return cycle
        done.add(name)
        return None

    return next((cycle for name in sorted(graph) if (cycle := visit(name, []))), None)


def part_graph(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    parts: dict[str, set[str]] = {}
    for module, imported in graph.items():
        parts.setdefault(part_of(module), set()).update(map(part_of, imported))
    return {part: others - {part} for part, others in parts.items()}


def test_the_order_is_kept():
    assert breaches(import_graph(ROOT)) == []


def test_no_module_and_no_part_imports_itself_in_a_circle():
    graph = import_graph(ROOT)
    assert first_cycle(graph) is None
    assert first_cycle(part_graph(graph)) is None


def test_every_part_has_its_place():
    folders = {path.name for path in (ROOT / "tfgan_suite").iterdir() if (path / "__init__.py").exists()}
    assert folders <= set(TIERS)


def test_tf_gan_is_imported_in_one_module_only():
    users = [name for name, path in module_files(ROOT).items() if "import tensorflow_gan" in path.read_text("utf-8")]
    assert set(users) <= {"tfgan_suite.metrics.embedders.tfgan"}


@pytest.mark.parametrize(
    ("module", "line", "expected"),
    [
        ("tfgan_suite.core.a", "from tfgan_suite.layers import b", "tfgan_suite.core.a imports tfgan_suite.layers.b"),
        ("tfgan_suite.core.a", "def f():\n    import tfgan_suite.layers.b", "against the order"),
        ("tfgan_suite.core.a", "from ..layers.b import thing", "against the order"),
        ("tfgan_suite.metrics.a", "from tfgan_suite.losses.b import thing", "metrics must not know losses"),
        ("tfgan_suite.models.a", "import tfgan_suite.data.b", "models must not know data"),
        ("recipes.a", "from recipes import b", "recipes.a imports the recipe recipes.b"),
        ("tfgan_suite.models.a", "from tfgan_suite.networks.b import thing", None),
        ("recipes.a", "from tfgan_suite.runs.b import thing", None),
    ],
)
def test_breaches_are_found_and_nothing_else(tmp_path, module, line, expected):
    for name in ("recipes.b", *(f"tfgan_suite.{part}.b" for part in TIERS if part != "recipes")):
        write_module(tmp_path, name, "")
    write_module(tmp_path, module, line)
    found = breaches(import_graph(tmp_path))
    assert (len(found) == 1 and expected in found[0]) if expected else found == []


def test_cycles_are_found(tmp_path):
    write_module(tmp_path, "tfgan_suite.core.a", "from . import b")
    write_module(tmp_path, "tfgan_suite.core.b", "from tfgan_suite.core.c import x")
    write_module(tmp_path, "tfgan_suite.core.c", "")
    assert first_cycle(import_graph(tmp_path)) is None
    write_module(tmp_path, "tfgan_suite.core.c", "import tfgan_suite.core.a")
    names = [f"tfgan_suite.core.{name}" for name in "abca"]
    assert first_cycle(import_graph(tmp_path)) == names


def write_module(root, name, text):
    path = root / Path(*name.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

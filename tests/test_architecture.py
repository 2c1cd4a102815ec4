"""The shape that is promised to whoever carries this on."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import ClassVar

import exporter
from exporter.apis import Apis
from exporter.apis.base import Settings, Target
from exporter.apis.jobs import OneStatus
from exporter.apis.reading import words
from exporter.apis.speech import SpeechStatus
from exporter.model.operation import State

PACKAGE = Path(exporter.__file__).parent

MOST_LOOSE_MODULES = 4  # beside __init__ and __main__
MOST_LINES = 250
MOST_METHODS = 12

# Tables of data may be longer: nobody reads them in one go.
TABLES = {
    "doctor/kinds.py",  # every kind of finding, and what to do about it
}


def _sources() -> Mapping[str, Path]:
    """The file of every module in the package, by the module's name."""
    files: dict[str, Path] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return files


def _imported(tree: ast.AST, modules: Iterable[str]) -> Iterator[str]:
    """The package's own modules that a module imports, inside of functions as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inside = f"{node.module}.{name.name}"
                module = inside if inside in modules else node.module
                if module in modules:
                    yield module


def _circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The modules of one circle of imports; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def test_no_imports_in_a_circle() -> None:
    """Every module can be read after those that it imports, also inside of functions."""
    files = _sources()
    trees = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in files.items()}
    assert _circle({module: set(_imported(tree, files)) for module, tree in trees.items()}) == []


def test_a_circle_inside_of_a_function_is_found() -> None:
    """The search for circles reads all three forms of an import, wherever it stands."""
    sources = {
        "exporter.one": "def later():\n    from exporter import two",
        "exporter.two": "import exporter.three",
        "exporter.three": "from exporter.one import later",
    }
    graph = {name: set(_imported(ast.parse(text), sources)) for name, text in sources.items()}
    assert len(_circle(graph)) == 4  # the first one stands at both ends


def test_few_modules_are_loose() -> None:
    """At the top of the package are folders, and the few modules that all of them may import."""
    loose = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert len(loose) <= MOST_LOOSE_MODULES, loose


def test_files_are_read_in_one_go() -> None:
    """No file is too long, except tables of data."""
    lengths = {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in _sources().values()
    }
    over = {path for path, lines in lengths.items() if lines > MOST_LINES}
    assert over == TABLES


def test_classes_have_few_methods() -> None:
    """No class has too many methods, properties included."""
    over = {
        f"{path.relative_to(PACKAGE).as_posix()} {node.name}"
        for path in _sources().values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and _methods(node) > MOST_METHODS
    }
    assert over == set()


def _methods(of: ast.ClassDef) -> int:
    return sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in of.body)


def test_imports_point_one_way() -> None:
    """The layers of pyproject.toml hold, and the simulator shares no code with the parsers."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


WORDS = words(State.RUNNING, State.SUCCEEDED)


class SixthStatus(SpeechStatus):
    words: ClassVar = WORDS


class Sixth(Settings):
    """A sixth API, as somebody would add it."""

    words: ClassVar = WORDS
    error_codes: ClassVar = ("Nope",)

    key_header: ClassVar = "api-key"

    jobs: tuple[str, ...] = ()

    def targets(self) -> Iterable[Target]:
        return [self.target(job) for job in self.jobs]

    def target(self, id_: str) -> Target:
        return OneStatus(id_, {}, f"/sixth/{id_}", SixthStatus)


class Six(Apis):
    sixth: Sixth | None = None


def test_a_sixth_api_is_a_file_and_a_line() -> None:
    """Settings with their targets, and a field with its name: nothing else has to know."""
    sections = dict(Six.model_validate({"sixth": {"jobs": ["a", "b"]}, "avatar": {}}).sections())
    assert list(sections) == ["avatar", "sixth"]
    assert [target.id for target in sections["sixth"].targets()] == ["a", "b"]
    headers = Six.key_headers()
    assert (headers["sixth"], headers["avatar"]) == ("api-key", "Ocp-Apim-Subscription-Key")

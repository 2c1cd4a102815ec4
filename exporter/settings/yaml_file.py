"""A YAML file as plain data that still knows where everything stood.

Scalars stay as they were written, but for `true`, `false` and `null`: YAML 1.1 would make a date
of `2024-05-01`, a number of `12:30` and a truth of `no`. What a text means, its model says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml
from yaml.reader import ReaderError

from exporter.text import nameable

DataPath = tuple[str | int, ...]
Data = None | bool | str | list["Data"] | dict[str, "Data"]

_DEEPEST = 32  # levels of a document; a configuration has 8

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}


class Problem(NamedTuple):
    """One thing that is wrong: `file:line:column: path: what is wrong, what would be right`."""

    file: str
    line: int
    column: int
    path: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        said = ": ".join(part for part in (place, self.path, self.text) if part)
        return "".join(each if each.isprintable() else repr(each)[1:-1] for each in said)


class ConfigError(Exception):
    """A file of settings cannot be used.

    Args:
        problems: all that is wrong, in the order of the file.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: its data, and the problems that show without knowing what it is about."""

    file: str
    data: Data
    root: yaml.Node | None
    _pairs: dict[yaml.Node, Mapping[str, tuple[yaml.Node, yaml.Node]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def problem(self, path: DataPath, text: str) -> Problem:
        """A problem at the value at `path`, or at its key, or at what should hold it."""
        mark = self._mark(path)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Problem(self.file, line, column, self._said(path), text)

    def repeated(self) -> Iterator[Problem]:
        """Keys that stand twice in a mapping, and names or ids that stand twice in a list."""
        if self.root is not None:
            yield from self._repeated(self.root, (), set())

    def _repeated(
        self, node: yaml.Node, path: DataPath, visited: set[yaml.Node]
    ) -> Iterator[Problem]:
        if node in visited:  # by an alias: what it says, it says once
            return
        visited.add(node)
        seen: set[str] = set()
        for part, identity, place, child in _children(node):
            here = (*path, part)
            if identity in seen:
                mark = place.start_mark
                text = f"{nameable(identity)!r} stands here twice; leave one of them out"
                yield Problem(self.file, mark.line + 1, mark.column + 1, self._said(here), text)
            elif identity:
                seen.add(identity)
            yield from self._repeated(child, here, visited)

    def _mark(self, path: DataPath) -> yaml.Mark | None:
        node, mark = self.root, self.root.start_mark if self.root else None
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pairs = self._pairs_of(node)
                if part not in pairs:
                    break
                key, node = pairs[str(part)]
                mark = key.start_mark
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                node = node.value[part]
                mark = node.start_mark
            else:
                break
        return mark

    def _pairs_of(self, node: yaml.MappingNode) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
        """Its keys and values by key, made once: thousands of keys may be wrong."""
        if node not in self._pairs:
            self._pairs[node] = {key.value: (key, value) for key, value in node.value}
        return self._pairs[node]

    def _said(self, path: DataPath) -> str:
        """The path for people; a list's item by its name where it has one."""
        said, data = "", self.data
        for part in path:
            if isinstance(part, int):
                data = data[part] if isinstance(data, list) and part < len(data) else None
                name = data.get("name") if isinstance(data, dict) else None
                shown = nameable(name) if isinstance(name, str) and name.isprintable() else part
                said += f"[{shown}]"
            else:
                data = data.get(part) if isinstance(data, dict) else None
                said += f".{nameable(part)}" if said else nameable(part)
        return said


def parse(file: str, text: str) -> YamlFile:
    """Read one YAML document.

    Raises:
        ConfigError: it is none. The message shows nothing of the text.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return YamlFile(file, _data(root, (), {}) if root else None, root)
    except RecursionError:
        said = "is nested too deep; a configuration has 8 levels"
        raise ConfigError([Problem(file, 0, 0, "", said)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        said = f"is not YAML: {nameable(error.problem or error.context or '')}"
        raise ConfigError([Problem(file, line, column, "", said)]) from None
    except ReaderError as error:
        before = text[: error.position].split("\n")
        said = "is not YAML: here is a character that no text has"
        raise ConfigError([Problem(file, len(before), len(before[-1]) + 1, "", said)]) from None


def _data(node: yaml.Node, inside: Sequence[yaml.Node], made: dict[yaml.Node, Data]) -> Data:
    """Data of a node; `made` holds that of all earlier ones, for aliases."""
    if node in inside:
        raise yaml.MarkedYAMLError(problem="an alias holds itself", problem_mark=node.start_mark)
    if len(inside) > _DEEPEST:
        raise yaml.MarkedYAMLError(problem="it is nested too deep", problem_mark=node.start_mark)
    if node not in made:
        made[node] = _new_data(node, (*inside, node), made)
    return made[node]


def _new_data(node: yaml.Node, inside: Sequence[yaml.Node], made: dict[yaml.Node, Data]) -> Data:
    if isinstance(node, yaml.MappingNode):
        return {_written(key): _data(value, inside, made) for key, value in _pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_data(item, inside, made) for item in node.value]
    written = _written(node)
    plain = isinstance(node, yaml.ScalarNode) and node.style is None
    return _WORDS.get(written, written) if plain else written


def _written(node: yaml.Node) -> str:
    """A scalar as it stands there; half of a surrogate pair can be written, but is no text."""
    written = str(node.value)
    if not written.isascii() and re.search("[\ud800-\udfff]", written):
        raise yaml.MarkedYAMLError(problem="half a character", problem_mark=node.start_mark)
    return written


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key must be text", problem_mark=key.start_mark)
        yield key, value


def _children(node: yaml.Node) -> Iterator[tuple[str | int, str, yaml.Node, yaml.Node]]:
    """Each part of a node: its place in the path, what must be unique, where it stands, and it."""
    if isinstance(node, yaml.MappingNode):
        for key, value in _pairs(node):
            yield key.value, key.value, key, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, _identity(item), item, item


def _identity(item: yaml.Node) -> str:
    """The id or name of a list's item; UUIDs are the same in both cases."""
    said = ""
    if isinstance(item, yaml.ScalarNode):
        said = item.value
    elif isinstance(item, yaml.MappingNode):
        for key, value in _pairs(item):
            if key.value in {"id", "name"} and isinstance(value, yaml.ScalarNode):
                said = value.value
    return said.lower() if re.fullmatch(r"[0-9A-Fa-f-]{36}", said) else said

"""A YAML file as plain data, with the position of each value.

Scalars stay text, except `true`, `false` and `null`: YAML 1.1 reads `2024-05-01` as a date,
`12:30` as a number and `no` as false. The models convert the text.
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

_MAX_DEPTH = 32  # levels of a document; a configuration has 8

_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}


class Problem(NamedTuple):
    """One problem: `file:line:column: path: what is wrong, what would be right`."""

    file: str
    line: int
    column: int
    path: str
    text: str

    def __str__(self) -> str:
        position = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        message = ": ".join(part for part in (position, self.path, self.text) if part)
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in message)


class ConfigError(Exception):
    """A file of settings cannot be used.

    Args:
        problems: all problems, in the order of the file.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: its data, and the problems that need no model."""

    file: str
    data: Data
    root: yaml.Node | None
    _pairs: dict[yaml.Node, Mapping[str, tuple[yaml.Node, yaml.Node]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def problem(self, path: DataPath, text: str) -> Problem:
        """A problem at `path`; its position is the key, the list item, or the nearest parent."""
        mark = self._mark(path)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return Problem(self.file, line, column, self._path_text(path), text)

    def repeated(self) -> Iterator[Problem]:
        """Duplicate keys in mappings, and duplicate names or ids in lists."""
        if self.root is not None:
            yield from self._repeated(self.root, (), set())

    def _repeated(
        self, node: yaml.Node, path: DataPath, visited: set[yaml.Node]
    ) -> Iterator[Problem]:
        if node in visited:  # by an alias: report its problems once
            return
        visited.add(node)
        identities: set[str] = set()
        for part, identity, name_node, child in _children(node):
            child_path = (*path, part)
            if identity in identities:
                mark = name_node.start_mark
                text = f"{nameable(identity)!r} stands here twice; leave one of them out"
                yield Problem(
                    self.file, mark.line + 1, mark.column + 1, self._path_text(child_path), text
                )
            elif identity:
                identities.add(identity)
            yield from self._repeated(child, child_path, visited)

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
        """The key and value nodes by key; kept, because thousands of keys may have problems."""
        if node not in self._pairs:
            self._pairs[node] = {key.value: (key, value) for key, value in node.value}
        return self._pairs[node]

    def _path_text(self, path: DataPath) -> str:
        """The path as text; a list item is shown by its name, if it has one."""
        text, data = "", self.data
        for part in path:
            if isinstance(part, int):
                data = data[part] if isinstance(data, list) and part < len(data) else None
                name = data.get("name") if isinstance(data, dict) else None
                item_name = nameable(name) if isinstance(name, str) and name.isprintable() else part
                text += f"[{item_name}]"
            else:
                data = data.get(part) if isinstance(data, dict) else None
                text += f".{nameable(part)}" if text else nameable(part)
        return text


def parse(file: str, text: str) -> YamlFile:
    """Read one YAML document.

    Raises:
        ConfigError: it is not YAML. The message quotes nothing of the text.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return YamlFile(file, _data(root, (), {}) if root else None, root)
    except RecursionError:
        reason = "is nested too deep; a configuration has 8 levels"
        raise ConfigError([Problem(file, 0, 0, "", reason)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        reason = f"is not YAML: {nameable(error.problem or error.context or '')}"
        raise ConfigError([Problem(file, line, column, "", reason)]) from None
    except ReaderError as error:
        before = text[: error.position].split("\n")
        reason = "is not YAML: here is a character that no text has"
        raise ConfigError([Problem(file, len(before), len(before[-1]) + 1, "", reason)]) from None


def _data(node: yaml.Node, ancestors: Sequence[yaml.Node], data_of: dict[yaml.Node, Data]) -> Data:
    """The data of a node; `data_of` keeps the data of all earlier nodes, for aliases."""
    if node in ancestors:
        raise yaml.MarkedYAMLError(problem="an alias holds itself", problem_mark=node.start_mark)
    if len(ancestors) > _MAX_DEPTH:
        raise yaml.MarkedYAMLError(problem="it is nested too deep", problem_mark=node.start_mark)
    if node not in data_of:
        data_of[node] = _new_data(node, (*ancestors, node), data_of)
    return data_of[node]


def _new_data(
    node: yaml.Node, ancestors: Sequence[yaml.Node], data_of: dict[yaml.Node, Data]
) -> Data:
    if isinstance(node, yaml.MappingNode):
        return {_scalar_text(key): _data(value, ancestors, data_of) for key, value in _pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_data(item, ancestors, data_of) for item in node.value]
    text = _scalar_text(node)
    unquoted = isinstance(node, yaml.ScalarNode) and node.style is None
    return _WORDS.get(text, text) if unquoted else text


def _scalar_text(node: yaml.Node) -> str:
    """The text of a scalar; an escape can write half of a surrogate pair, which is not text."""
    text = str(node.value)
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise yaml.MarkedYAMLError(problem="half a character", problem_mark=node.start_mark)
    return text


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key must be text", problem_mark=key.start_mark)
        yield key, value


def _children(node: yaml.Node) -> Iterator[tuple[str | int, str, yaml.Node, yaml.Node]]:
    """Each child of a node: its part of the path, its unique name, the name's node, the child."""
    if isinstance(node, yaml.MappingNode):
        for key, value in _pairs(node):
            yield key.value, key.value, key, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield index, _identity(item), item, item


def _identity(item: yaml.Node) -> str:
    """The id or name of a list item; UUIDs are compared without case."""
    identity = ""
    if isinstance(item, yaml.ScalarNode):
        identity = item.value
    elif isinstance(item, yaml.MappingNode):
        for key, value in _pairs(item):
            if key.value in {"id", "name"} and isinstance(value, yaml.ScalarNode):
                identity = value.value
    return identity.lower() if re.fullmatch(r"[0-9A-Fa-f-]{36}", identity) else identity

"""A YAML file as plain data, with the position of each value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml
from yaml.reader import ReaderError

from exporter.settings.yaml_errors import fault_of
from exporter.settings.yaml_nodes import compose
from exporter.settings.yaml_tree import Data, Tree, own_pairs, unknown_tag
from exporter.text import nameable

DataPath = tuple[str | int, ...]
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


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
    _tree: Tree

    def problem(self, path: DataPath, text: str) -> Problem:
        """A problem at `path`."""
        return Problem(self.file, *self.position(path), self._path_text(path), text)

    def position(self, path: DataPath) -> tuple[int, int]:
        """Line and column of the key, the list item, or the nearest parent at `path`."""
        return _position(self._mark(path))

    def is_null(self, path: DataPath) -> bool:
        """Whether there is a value at `path`, and it is null."""
        data = self.data
        for part in path:
            if isinstance(data, list) and isinstance(part, int):
                data = data[part]
            elif isinstance(data, dict) and part in data:
                data = data[str(part)]
            else:
                return False
        return data is None

    def unknown_tags(self) -> Iterator[Problem]:
        """Tags that are not known here, as `!env`: the value would be taken for another."""
        for path, node in self._nodes():
            pairs = own_pairs(node) if isinstance(node, yaml.MappingNode) else ()
            for tagged in (node, *(key for key, _ in pairs)):
                if tag := unknown_tag(tagged):
                    yield self._at(tagged.start_mark, path, _tag_text(tag, path))

    def repeated(self) -> Iterator[Problem]:
        """Duplicate keys in mappings, and duplicate names or ids in lists."""
        for path, node in self._nodes():
            identities: set[str] = set()
            for part, identity, name_node, _ in self._children(node):
                if identity in identities:
                    text = f"duplicate {nameable(identity)!r}; remove one"
                    yield self._at(name_node.start_mark, (*path, part), text)
                elif identity:
                    identities.add(identity)

    def _at(self, mark: yaml.Mark, path: DataPath, text: str) -> Problem:
        return Problem(self.file, *_position(mark), self._path_text(path), text)

    def _nodes(self) -> Iterator[tuple[DataPath, yaml.Node]]:
        """Each value and its path, once: an alias repeats a value."""
        left: list[tuple[DataPath, yaml.Node]] = [((), self.root)] if self.root else []
        visited: set[yaml.Node] = set()
        while left:
            path, node = left.pop()
            if node not in visited:
                visited.add(node)
                yield path, node
                children = [((*path, part), child) for part, _, _, child in self._children(node)]
                left += reversed(children)

    def _mark(self, path: DataPath) -> yaml.Mark | None:
        node, mark = self.root, self.root.start_mark if self.root else None
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pairs = self._tree.pairs(node)
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

    def _children(self, node: yaml.Node) -> Iterator[tuple[str | int, str, yaml.Node, yaml.Node]]:
        """Each child of a node: its part of the path, its name, the name's node, the child."""
        if isinstance(node, yaml.MappingNode):
            for key, value in own_pairs(node):
                yield key.value, key.value, key, value
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                yield index, self._identity(item), item, item

    def _identity(self, item: yaml.Node) -> str:
        """The id or name of a list item, as it is compared."""
        identity = ""
        if isinstance(item, yaml.ScalarNode):
            identity = item.value
        elif isinstance(item, yaml.MappingNode):
            for key, (_, value) in self._tree.pairs(item).items():
                if key in {"id", "name"} and isinstance(value, yaml.ScalarNode):
                    identity = value.value
        return comparable(identity)


def _position(mark: yaml.Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def comparable(id_: str) -> str:
    """An id with each UUID in it in lower case, because UUIDs are compared without case."""
    return _UUID.sub(lambda uuid: uuid[0].lower(), id_)


def _tag_text(tag: str, path: DataPath) -> str:
    """The text for an unknown tag; a key has settings that name where it is."""
    of_key = not {"auth", "key"}.isdisjoint(path)
    remedy = "key_env: VARIABLE or key_file: FILE" if of_key else "the value itself"
    return f"unknown tag {nameable(tag)}; write {remedy}"


def parse(file: str, text: str) -> YamlFile:
    """Read one YAML document.

    Raises:
        ConfigError: it is not YAML. The message quotes nothing of the text.
    """
    tree = Tree()
    try:
        root = compose(text)
        return YamlFile(file, tree.data(root) if root else None, root, tree)
    except RecursionError:
        reason = "is nested too deep; a configuration has 8 levels"
        raise ConfigError([Problem(file, 0, 0, "", reason)]) from None
    except yaml.MarkedYAMLError as error:
        line, column, reason = fault_of(error, text)
        raise ConfigError([Problem(file, line, column, "", f"is not YAML: {reason}")]) from None
    except ReaderError as error:
        before = text[: error.position].split("\n")
        reason = "is not YAML: a control character is not allowed"
        raise ConfigError([Problem(file, len(before), len(before[-1]) + 1, "", reason)]) from None

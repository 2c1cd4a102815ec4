"""YAML nodes as plain data.

Scalars stay text, because YAML 1.1 reads `2024-05-01` as a date, `12:30` as a number and `no` as
false; the models convert the text. Only an empty value and `~`, `null`, `Null`, `NULL` are None.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

Data = None | str | list["Data"] | dict[str, "Data"]
Pairs = Mapping[str, tuple[yaml.ScalarNode, yaml.Node]]  # the nodes of key and value, by key

_MAX_DEPTH = 32  # levels of a document; a configuration has 8
_MAX_MERGED = 100  # keys of a mapping that merges others; a section has 15

_TAG = "tag:yaml.org,2002:"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_KNOWN_TAGS: Mapping[type[yaml.Node], frozenset[str]] = {
    yaml.ScalarNode: frozenset(
        {"str", "int", "float", "bool", "null", "timestamp", "merge", "value"}
    ),
    yaml.SequenceNode: frozenset({"seq"}),
    yaml.MappingNode: frozenset({"map"}),
}


@dataclass(frozen=True)
class Tree:
    """The data of nodes and the pairs of mappings; aliases repeat nodes, so each is read once."""

    _data: dict[yaml.Node, Data] = field(default_factory=dict)
    _pairs: dict[yaml.Node, Pairs] = field(default_factory=dict)

    def data(self, node: yaml.Node, ancestors: Sequence[yaml.Node] = ()) -> Data:
        """The data of a node.

        Raises:
            yaml.MarkedYAMLError: it is not data of a configuration.
        """
        if len(ancestors) > _MAX_DEPTH:
            raise _error("it is nested too deep", node)
        if node not in self._data:
            self._data[node] = self._new_data(node, _with(node, ancestors))
        return self._data[node]

    def _new_data(self, node: yaml.Node, ancestors: Sequence[yaml.Node]) -> Data:
        if isinstance(node, yaml.MappingNode):
            pairs = self.pairs(node, ancestors[:-1])
            return {key: self.data(value, ancestors) for key, (_, value) in pairs.items()}
        if isinstance(node, yaml.SequenceNode):
            return [self.data(item, ancestors) for item in node.value]
        text = scalar_text(node)
        return None if _is_null(node) else text

    def pairs(self, node: yaml.MappingNode, ancestors: Sequence[yaml.Node] = ()) -> Pairs:
        """The pairs of a mapping, after those of all mappings that its `<<` merges.

        https://yaml.org/type/merge.html: its own pairs win, then those of an earlier mapping.
        """
        if node not in self._pairs:
            inner = _with(node, ancestors)
            pairs: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
            merged = [value for key, value in own_pairs(node) if _merges(key)]
            for source in (source for value in merged for source in reversed(_sources(value))):
                pairs |= self.pairs(source, inner)
            pairs |= {
                scalar_text(key): (key, value) for key, value in own_pairs(node) if not _merges(key)
            }
            if merged and len(pairs) > _MAX_MERGED:
                raise _error(f"'<<' makes more than {_MAX_MERGED} keys", node)
            self._pairs[node] = pairs
        return self._pairs[node]


def own_pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """The nodes of all keys and values as written, with `<<` as a key."""
    for key, value in node.value:
        if isinstance(key, yaml.MappingNode) and node.flow_style and key.flow_style:
            raise _error("a template's {{ … }} was not filled in; write the value", node)
        if not isinstance(key, yaml.ScalarNode):
            raise _error("a key must be text", key)
        yield key, value


def scalar_text(node: yaml.Node) -> str:
    """The text of a scalar; an escape can write half of a surrogate pair, which is not text."""
    text = str(node.value)
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        raise _error("half of a surrogate pair; write the whole character", node)
    return text


def unknown_tag(node: yaml.Node) -> str | None:
    """The tag of a node as it is written, if it changes the value in a way unknown here."""
    name = node.tag.removeprefix(_TAG)
    if name == "null" and not _is_null(node):
        return "!!null"
    if name in _KNOWN_TAGS[type(node)] and node.tag.startswith(_TAG):
        return None
    return f"!!{name}" if node.tag.startswith(_TAG) else node.tag


def _is_null(node: yaml.Node) -> bool:
    return node.tag == f"{_TAG}null" and node.value in _NULLS


def _merges(key: yaml.ScalarNode) -> bool:
    return key.tag == f"{_TAG}merge"


def _sources(value: yaml.Node) -> list[yaml.MappingNode]:
    """The mappings that `<<` names: one, or several in a list."""
    items = value.value if isinstance(value, yaml.SequenceNode) else [value]
    sources = [item for item in items if isinstance(item, yaml.MappingNode)]
    if len(sources) < len(items):
        raise _error("'<<' must name a mapping or a list of mappings, like *defaults", value)
    return sources


def _with(node: yaml.Node, ancestors: Sequence[yaml.Node]) -> tuple[yaml.Node, ...]:
    if node in ancestors:
        raise _error("an alias contains itself", node)
    return (*ancestors, node)


def _error(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)

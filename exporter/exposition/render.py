"""Samples to lines of text. The lines are the same in text 0.0.4 and in OpenMetrics 1.0.0.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from exporter.exposition.families import Family, Scope
from exporter.exposition.samples import OfDocument
from exporter.model import Key
from exporter.store import Snapshot
from exporter.text import cut


def escape(value: str) -> str:
    """A label value as it stands between quotes: bounded and escaped."""
    return _escape(cut(value))


@lru_cache(maxsize=65536)
def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def header(family: Family) -> bytes:
    """The lines in front of a family's samples."""
    return f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.type}\n".encode()


def document_lines(
    families: Iterable[Family], snapshot: Snapshot
) -> Iterator[tuple[Family, bytes]]:
    """All samples of one operation's documents, by family.

    The same as `lines` gives, but the labels that a document has in all families are made once.
    """
    scope = _scope_labels(Scope.DOCUMENT, snapshot.watch.key)
    documents = [
        (f'{{{scope},document="{escape(each.id)}",language="{escape(each.language)}"', each)
        for each in snapshot.documents
    ]
    for family in families:
        if isinstance(family.samples, OfDocument):
            read, own = family.samples.read, family.samples.labels
            text = "".join(
                f"{family.name}{labels}{_labels(own(each)) if own else ''}}} {_number(value)}\n"
                for labels, each in documents
                if (value := read(each)) is not None
            )
            yield family, text.encode(errors="replace")


def lines(family: Family, snapshot: Snapshot) -> bytes:
    """All samples of one operation in one family; empty where nothing was said."""
    if family.samples is None:
        return b""
    front = family.name + "{" + _scope_labels(family.scope, snapshot.watch.key)
    text = "".join(
        f"{front}{_labels(labels)}}} {_number(value)}\n"
        for labels, value in family.samples(snapshot)
    )
    return text.encode(errors="replace")


def _labels(labels: Mapping[str, str]) -> str:
    return "".join(f',{name}="{escape(label)}"' for name, label in labels.items())


def _scope_labels(scope: Scope, key: Key) -> str:
    values = {"resource": key.resource, "api": key.api, "operation": key.operation}
    return ",".join(f'{name}="{escape(values[name])}"' for name in scope.value if name in values)


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) else repr(value)

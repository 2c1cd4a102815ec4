"""Samples to lines of text. The lines are the same in text 0.0.4 and in OpenMetrics 1.0.0.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from exporter.exposition.families import Family, Scope
from exporter.exposition.samples import Labels, OfDocument
from exporter.model.operation import Document, OperationKey
from exporter.model.snapshot import Snapshot
from exporter.text import LABEL_LIMIT, cut

_SPECIAL = re.compile(r'[\\\n"]')


def escape(value: str) -> str:
    """A label value as it stands between quotes: bounded and escaped."""
    if len(value) > LABEL_LIMIT:
        value = cut(value)
    if _SPECIAL.search(value):
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return value


def header(family: Family) -> bytes:
    """The lines in front of a family's samples."""
    return f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.type}\n".encode()


def document_lines(
    families: Iterable[Family], key: OperationKey, documents: Sequence[Document]
) -> list[bytes]:
    """All samples of an operation's documents, for each of the families that are of documents.

    The same as `lines` gives, but the labels that a document has in all families are made once.
    """
    scope = scope_labels(Scope.DOCUMENT, key)
    ids = _escaped([each.id for each in documents])
    languages = _escaped([each.language for each in documents])
    fronts = [
        f'{{{scope},document="{id_}",language="{language}"'
        for id_, language in zip(ids, languages, strict=True)
    ]
    return [
        _family_lines(family.name, family.samples, fronts, documents)
        for family in families
        if isinstance(family.samples, OfDocument)
    ]


def _family_lines(
    name: str, samples: OfDocument, fronts: Iterable[str], documents: Iterable[Document]
) -> bytes:
    read, labels = samples.read, samples.labels
    each = zip(fronts, documents, strict=True)
    if labels is None:
        said = [
            f"{name}{front}}} {value}\n"
            for front, document in each
            if (value := read(document)) is not None
        ]
    else:
        said = [
            f"{name}{front}{_document_labels(labels(document))}}} {value}\n"
            for front, document in each
            if (value := read(document)) is not None
        ]
    return "".join(said).encode(errors="replace")


def lines(family: Family, snapshot: Snapshot, front: str) -> bytes:
    """All samples of one operation in one family; empty where nothing was said.

    `front` are the labels of the family's scope, as `scope_labels` makes them.
    """
    if family.samples is None:
        return b""
    said = [
        f"{family.name}{{{front}{_labels(labels) if labels else ''}}} {_number(value)}\n"
        for labels, value in family.samples(snapshot)
    ]
    return "".join(said).encode(errors="replace") if said else b""


def _escaped(values: list[str]) -> list[str]:
    """`escape` of many values, of which most have nothing to escape."""
    if _SPECIAL.search("".join(values)) or max(map(len, values), default=0) > LABEL_LIMIT:
        return [escape(value) for value in values]
    return values


@lru_cache(maxsize=1024)
def _document_labels(labels: Labels) -> str:
    """States and codes, which repeat."""
    return _labels(dict(labels))


def _labels(labels: Mapping[str, str]) -> str:
    return "".join(f',{name}="{escape(label)}"' for name, label in labels.items())


def scope_labels(scope: Scope, key: OperationKey) -> str:
    """The labels that all series of an operation have, or all of its documents."""
    values = {"resource": key.resource, "api": key.api, "operation": key.operation}
    return ",".join(f'{name}="{escape(values[name])}"' for name in scope.labels if name in values)


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) else repr(value)

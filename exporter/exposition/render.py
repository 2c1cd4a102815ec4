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
    """A label value as it is written between quotes: bounded and escaped."""
    if len(value) > LABEL_LIMIT:
        value = cut(value)
    if _SPECIAL.search(value):
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return value


def header(family: Family) -> bytes:
    """The lines before a family's samples."""
    return f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.type}\n".encode()


def document_lines(
    families: Iterable[Family], key: OperationKey, documents: Sequence[Document]
) -> list[bytes]:
    """The lines of an operation's documents, for each family of documents.

    The result is that of `lines`, but the common labels of a document are rendered only once.
    """
    scope = scope_labels(Scope.DOCUMENT, key)
    ids = _escaped([document.id for document in documents])
    languages = _escaped([document.language for document in documents])
    prefixes = [
        f'{{{scope},document="{id_}",language="{language}"'
        for id_, language in zip(ids, languages, strict=True)
    ]
    return [
        _family_lines(family.name, family.samples, prefixes, documents)
        for family in families
        if isinstance(family.samples, OfDocument)
    ]


def _family_lines(
    name: str, samples: OfDocument, prefixes: Iterable[str], documents: Iterable[Document]
) -> bytes:
    labels = samples.labels
    values = list(map(samples.read, documents))
    if labels is None:
        result = [
            f"{name}{prefix}}} {value}\n"
            for prefix, value in zip(prefixes, values, strict=True)
            if value is not None
        ]
    else:
        result = [
            f"{name}{prefix}{_document_labels(labels(document))}}} {value}\n"
            for prefix, document, value in zip(prefixes, documents, values, strict=True)
            if value is not None
        ]
    return "".join(result).encode(errors="replace")


def lines(family: Family, snapshot: Snapshot, common_labels: str) -> bytes:
    """The lines of one operation in one family; empty if it has no samples.

    `common_labels` are those of the family's scope, from `scope_labels`.
    """
    if family.samples is None:
        return b""
    text = ""
    for labels, value in family.samples(snapshot):
        more = _labels(labels) if labels else ""
        text += f"{family.name}{{{common_labels}{more}}} {_number(value)}\n"
    return text.encode(errors="replace")


def _escaped(values: list[str]) -> list[str]:
    """`escape` for many values, fast if there is nothing to escape."""
    if _SPECIAL.search("".join(values)) or max(map(len, values), default=0) > LABEL_LIMIT:
        return [escape(value) for value in values]
    return values


@lru_cache(maxsize=1024)
def _document_labels(labels: Labels) -> str:
    """Cached, because states and codes repeat."""
    return _labels(dict(labels))


def _labels(labels: Mapping[str, str]) -> str:
    return "".join(f',{name}="{escape(label)}"' for name, label in labels.items())


def scope_labels(scope: Scope, key: OperationKey) -> str:
    """The common labels of all series of an operation, or of its documents."""
    return f'{_api_labels(scope, key.resource, key.api)}operation="{escape(key.operation)}"'


@lru_cache(maxsize=1024)
def _api_labels(scope: Scope, resource: str, api: str) -> str:
    """The labels before that of the operation; cached, because there are few."""
    values = {"resource": resource, "api": api}
    return "".join(f'{name}="{escape(values[name])}",' for name in scope.labels if name in values)


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) else repr(value)

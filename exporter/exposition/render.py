"""Samples to lines of text. The lines are the same in text 0.0.4 and in OpenMetrics 1.0.0.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from functools import lru_cache

from exporter.exposition.families import Family, Scope
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


def lines(family: Family, snapshot: Snapshot) -> bytes:
    """All samples of one operation in one family; empty where nothing was said."""
    if family.samples is None:
        return b""
    front = family.name + "{" + _scope_labels(family.scope, snapshot.watch.key)
    text = "".join(
        front
        + "".join(f',{name}="{escape(label)}"' for name, label in labels.items())
        + f"}} {_number(value)}\n"
        for labels, value in family.samples(snapshot)
    )
    return text.encode(errors="replace")


def _scope_labels(scope: Scope, key: Key) -> str:
    values = {"resource": key.resource, "api": key.api, "operation": key.operation}
    return ",".join(f'{name}="{escape(values[name])}"' for name in scope.value if name in values)


def _number(value: float) -> str:
    return str(int(value)) if isinstance(value, int) else repr(value)

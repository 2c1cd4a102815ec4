"""The parameters of a page's address, as a query and back. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from exporter.redaction.own_secrets import own_secrets
from exporter.text import cut

PAGE_SIZES = ("20", "50", "100", "200", "500")
_TEXT_LIMIT = 200
_LAST_PAGE = 100_000
_LABEL = re.compile("[a-zA-Z_][a-zA-Z0-9_]*=.*", re.DOTALL)
_ASCENDING_COLUMNS = frozenset(
    {"state", "operation", "resource", "document", "language", "error", "end"}
)


@dataclass(frozen=True)
class Query:
    """The filters, the order and the page of a table.

    Attributes:
        q: the searched text.
        label: `NAME=VALUE`; without a value, operations without the label are meant.
        sort: a column; `-` in front of it means descending. Empty is the table's default order.
    """

    q: str = ""
    resource: str = ""
    api: str = ""
    state: str = ""
    trouble: str = ""
    label: str = ""
    sort: str = ""
    page: int = 1
    per_page: int = 50

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def filters(self) -> bool:
        """Whether any filter is set."""
        return any((self.q, self.resource, self.api, self.state, self.trouble, self.label))

    def at(self, page: int) -> "Query":
        """The same query for another page."""
        return replace(self, page=page)

    def sized(self, per_page: int) -> "Query":
        """The same query with pages of another size."""
        return replace(self, per_page=per_page)

    def of(self, **filters: str) -> "Query":
        """A query with these filters alone, and the same page size."""
        return Query(per_page=self.per_page, **filters)  # type: ignore[arg-type]


def read(
    parameters: Mapping[str, str], allowed: Mapping[str, Collection[str]]
) -> tuple[Query, tuple[str, ...]]:
    """The query, and a sentence for each parameter that is ignored.

    `allowed` are the parameters of the page and their values; those of `q`, `label` and `page` are
    not used.
    """
    query: dict[str, str | int] = {}
    notices: list[str] = []
    for parameter in parameters.items():
        name, value = map(own_secrets.cut, parameter)
        if not value:
            continue
        if name not in allowed:
            notices.append(f"Unknown parameter “{cut(name, 40)}” is ignored.")
        elif name == "q":
            query["q"] = value.strip()[:_TEXT_LIMIT]
        elif name == "label":
            if _LABEL.fullmatch(value):
                query["label"] = value
            else:
                notices.append(f"Label “{cut(value, 60)}” is ignored; write it as NAME=VALUE.")
        elif name == "page":
            if value.isascii() and value.isdigit() and 0 < int(value[:9]) <= _LAST_PAGE:
                query["page"] = int(value[:9])
            else:
                notices.append(f"Unknown page “{cut(value, 40)}”; this is the first page.")
        elif value not in allowed[name]:
            words = ", ".join(allowed[name]) if len(allowed[name]) < 20 else ""  # noqa: PLR2004
            hint = f" Known: {words}." if words else ""
            notices.append(f"Unknown {name} “{cut(value, 60)}” is ignored.{hint}")
        else:
            query[name] = int(value) if name == "per_page" else value
    return Query(**query), tuple(notices)  # type: ignore[arg-type]  # each has its field's type


def write(query: Query, **extra: str) -> str:
    """The query as parameters, without default values; `extra` parameters come first."""
    default = Query()
    parameters = {
        field.name: str(value)
        for field in fields(query)
        if (value := getattr(query, field.name)) != getattr(default, field.name)
    }
    return "?" + urlencode({**extra, **parameters})


def labelled(name: str, value: str) -> Query:
    """The query for all operations with a label."""
    return Query(label=f"{name}={value}")


def sorted_by(query: Query, column: str) -> Query:
    """The query sorted by a column, or reversed if it is sorted by that column already.

    At first, text is ascending, and numbers and times are descending.
    """
    first_order, reverse = column, f"-{column}"
    if column not in _ASCENDING_COLUMNS:
        first_order, reverse = reverse, first_order
    return replace(query, sort=reverse if query.sort == first_order else first_order, page=1)

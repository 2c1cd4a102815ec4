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
_LABEL = re.compile("([a-zA-Z_][a-zA-Z0-9_]*)=(.*)", re.DOTALL)
_FILTERS = frozenset({"resource", "api", "state", "trouble"})  # those with known values
_ANY_CASE = frozenset({"state", "trouble"})
_ASCENDING_COLUMNS = frozenset(
    {"state", "operation", "resource", "document", "language", "error", "end"}
)


@dataclass(frozen=True)
class Query:
    """The filters, the order and the page of a table.

    Attributes:
        q: the searched text.
        resource, api, state, trouble: a value that nothing has selects nothing.
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

    @property
    def label_pair(self) -> tuple[str, str] | None:
        """Name and value of the label; None if it is not written as NAME=VALUE."""
        match = _LABEL.fullmatch(self.label)
        return (match[1], match[2]) if match else None

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
    """The query, and a sentence for each parameter that is ignored or selects nothing.

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
        else:
            used, notice = _page(value) if name == "page" else _used(name, value, allowed[name])
            if used:
                query[name] = used
            if notice:
                notices.append(notice)
    return Query(**query), tuple(notices)  # type: ignore[arg-type]  # each has its field's type


def _page(value: str) -> tuple[int, str]:
    """The number of the page, and a sentence if it cannot be used."""
    if value.isascii() and value.isdigit() and 0 < int(value[:9]) <= _LAST_PAGE:
        return int(value[:9]), ""
    return 1, f"Unknown page “{cut(value, 40)}”; this is the first page."


def _used(name: str, value: str, known: Collection[str]) -> tuple[str | int, str]:
    """The value that is used, empty if it is ignored, and a sentence if it is unknown."""
    if name == "label":
        hint = f"The label “{cut(value, 60)}” selects nothing; write it as NAME=VALUE."
        return value, "" if _LABEL.fullmatch(value) else hint
    by_folded = {each.casefold(): each for each in known} if name in _ANY_CASE else {}
    value = by_folded.get(value.casefold(), value)
    if value in known:
        return int(value) if name == "per_page" else value, ""
    words = ", ".join(known) if len(known) < 20 else ""  # noqa: PLR2004
    hint = f" Known: {words}." if words else ""
    if name in _FILTERS:
        return value[:_TEXT_LIMIT], f"The {name} “{cut(value, 60)}” selects nothing.{hint}"
    return "", f"Unknown {name} “{cut(value, 60)}” is ignored.{hint}"


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

"""Pure: the parameters of a page's address to what is asked for, and back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from exporter.text import cut

PAGE_SIZES = ("20", "50", "100", "200", "500")
_TEXT_LIMIT = 200
_LAST_PAGE = 100_000
_FROM_A = frozenset({"state", "operation", "resource", "document", "language", "error", "end"})


@dataclass(frozen=True)
class Query:
    """What is shown of a table: filters, order, and which part of it.

    Attributes:
        q: text that is searched for.
        sort: a column, with `-` in front the other way round; empty is the table's own order.
    """

    q: str = ""
    resource: str = ""
    api: str = ""
    state: str = ""
    trouble: str = ""
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
        """Whether anything is left out."""
        return any((self.q, self.resource, self.api, self.state, self.trouble))

    def at(self, page: int) -> "Query":
        """The same on another page."""
        return replace(self, page=page)

    def of(self, **filters: str) -> "Query":
        """These filters alone; as many on a page."""
        return Query(per_page=self.per_page, **filters)  # type: ignore[arg-type]


def read(
    said: Mapping[str, str], known: Mapping[str, Collection[str]]
) -> tuple[Query, tuple[str, ...]]:
    """What is asked for, and a sentence for each parameter that means nothing here.

    `known` are the parameters that a page has, and the values that there are; for `q` and `page`
    they are not looked at.
    """
    query: dict[str, str | int] = {}
    notices: list[str] = []
    for name, value in said.items():
        if not value:
            continue
        if name not in known:
            notices.append(f"There is no filter “{cut(name, 40)}”: it is left out.")
        elif name == "q":
            query["q"] = value.strip()[:_TEXT_LIMIT]
        elif name == "page":
            if value.isascii() and value.isdigit() and 0 < int(value[:9]) <= _LAST_PAGE:
                query["page"] = int(value[:9])
            else:
                notices.append(f"There is no page “{cut(value, 40)}”: this is the first.")
        elif value not in known[name]:
            words = ", ".join(known[name]) if len(known[name]) < 20 else ""  # noqa: PLR2004
            there = f" Known: {words}." if words else ""
            notices.append(f"There is no {name} “{cut(value, 60)}”: it is left out.{there}")
        else:
            query[name] = int(value) if name == "per_page" else value
    return Query(**query), tuple(notices)  # type: ignore[arg-type]  # each has its field's type


def write(query: Query, **more: str) -> str:
    """The same as parameters, those with their usual value left out; `more` stand in front."""
    usual = Query()
    said = {
        field.name: str(value)
        for field in fields(query)
        if (value := getattr(query, field.name)) != getattr(usual, field.name)
    }
    return "?" + urlencode({**more, **said})


def sorted_by(query: Query, column: str) -> Query:
    """In the order of a column, names from A, numbers and times from the greatest; or turned."""
    usual, turned = column, f"-{column}"
    if column not in _FROM_A:
        usual, turned = turned, usual
    return replace(query, sort=turned if query.sort == usual else usual, page=1)

"""Where the id of an operation is in the path of its URL."""

import re
from collections.abc import Iterator
from functools import lru_cache
from string import Formatter
from typing import NamedTuple


class IdForm(NamedTuple):
    """The path of an operation below the endpoint, and its id; `{0}` or `{}` is a part of both."""

    path: str
    id: str = "{}"

    @property
    def example(self) -> str:
        """The path as people read it."""
        return "".join(f"{text}ID" if part else text for text, part in _pieces(self.path))

    def id_in(self, path: str) -> str | None:
        """The id in a path, without a query; None if the path has another form.

        The API checks the id.
        """
        match = _pattern(self.path).fullmatch(path)
        if not match:
            return None
        return "".join(text + (match[part] if part else "") for text, part in _pieces(self.id))


def _pieces(form: str) -> Iterator[tuple[str, str]]:
    """The texts of a form, each with the name of the part behind it, empty at the end."""
    for number, (text, part, _, _) in enumerate(Formatter().parse(form)):
        yield text, "" if part is None else f"part{part or number}"


@lru_cache
def _pattern(form: str) -> re.Pattern[str]:
    parts = (
        re.escape(text) + (f"(?P<{part}>[^/]+)" if part else "") for text, part in _pieces(form)
    )
    return re.compile("".join(parts) + "/?", re.IGNORECASE | re.ASCII)

"""The small elements of the pages, as filters of templates: a table has thousands of them.

A filter takes a third of the time of a macro.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from exporter.model.operation import Number
from exporter.web.status.formatting import When, tone


def _html(text: str) -> Markup:
    """HTML, whose foreign text is escaped."""
    return Markup(text)  # noqa: S704


_NONE = _html('<span class="none">\N{EN DASH}</span>')


def time(when: When | None) -> Markup:
    """A time, from now."""
    if when is None:
        return _NONE
    return _html(
        f'<time datetime="{when.iso}">{when.relative} '
        f'<span class="abs">{when.short}<span class="sr"> UTC</span></span></time>'
    )


def state(word: str) -> Markup:
    """A state in its colour."""
    return _html(f'<span class="state s-{tone(word)}">{escape(word)}</span>')


def kinds(troubles: Iterable[tuple[str, When | None]], word: str) -> Markup:
    """Troubles, except one that means the same as the state."""
    return Markup("").join(
        _html(f'<span class="kind">{kind}</span> ')
        for kind, _ in troubles
        if kind.replace(" ", "") != word.lower()
    )


def number(value: Number | None) -> Markup:
    """A number, with commas between thousands."""
    return _NONE if value is None else _html(f"{value:,}")


_WORD_OF_CODE = re.compile(r"[A-Z]{0,24}[^A-Z_.:/-]{0,24}[_.:/-]?")


def code(text: str) -> Markup:
    """An error code; lines may break before its capitals and behind its signs."""
    words = "<wbr>".join(escape(word) for word in _WORD_OF_CODE.findall(text) if word)
    return _html(f"<code>{words}</code>")


def bar(share: int | None, name: str, word: str) -> Markup:
    """The progress in per cent of what has this name and state."""
    if share is None:
        return _NONE
    return _html(
        f'<span class="bar"><progress class="s-{tone(word)}" max="100" value="{share}" '
        f'aria-label="Progress of {escape(name)}"></progress> '
        f'<span class="share">{share}%</span></span>'
    )

"""PyYAML's errors in plain words: what is wrong, where, and what would be right."""

import re
from typing import NamedTuple

import yaml

from exporter.text import nameable

_BARE_KEY = re.compile(r"\s*(?:- +)*(?P<key>\w+):[^\s:]", re.ASCII)  # no blank behind the colon
_NO_KEY_HERE = "mapping values are not allowed here"
_NO_BLANK = "a key without ': ' behind it; write 'key: value', with a blank after the colon"


class YamlFault(NamedTuple):
    """Why a text is not YAML; `line` and `column` begin at 1, or are 0 for the whole text."""

    line: int
    column: int
    text: str


class _Words(NamedTuple):
    """The words for PyYAML's errors that match `problem`, whose groups are `{0}` and so on.

    Attributes:
        at_start: the mistake is where the whole part begins, not where it cannot go on.
    """

    problem: str
    text: str
    at_start: bool = False


_WORDS = (
    _Words("but found another document", "a second document begins; write it in a file of its own"),
    _Words(r"found character '\\t' that cannot start.*", "a tab; indent with spaces"),
    _Words(
        "found character ('.') that cannot start.*",
        "a value cannot begin with {0}; put it in quotes",
    ),
    _Words(
        "could not find expected ':'",
        _NO_BLANK,
        at_start=True,
    ),
    _Words(
        _NO_KEY_HERE,
        "a key is not allowed here; begin it on a line of its own, as far right as its neighbours, "
        "or put a value that contains ': ' in quotes",
    ),
    _Words(
        "sequence entries are not allowed here",
        "a list is not allowed here; begin it on a line of its own",
    ),
    _Words(
        "expected (',' or '.'), but got .*", "{0} is missing; the list or mapping is not closed"
    ),
    _Words(
        "found unexpected end of stream",
        "the quote that begins here has no end; write the second quote",
        at_start=True,
    ),
    _Words(
        "found unknown escape character.*",
        "an unknown escape in double quotes; use single quotes, or write \\\\ for a backslash",
    ),
    _Words(
        "expected <block end>, but found '<scalar>'",
        "text behind the closing quote; put the whole value in quotes, and write '' for a quote "
        "inside of single quotes",
    ),
    _Words(
        "expected <block end>, but found .*",
        "the indentation does not fit; begin the line as far right as its neighbours",
    ),
    _Words(
        "expected '<document start>', but found .*",
        "nothing may follow the end of the document; remove the rest",
    ),
    _Words(
        "expected the node content, but found .*",
        "a value is missing; write it, and close each [ and {{",
    ),
    _Words(
        "found undefined alias ('.*')", "there is no anchor {0}; write & and its name at a value"
    ),
    _Words("second occurrence", "an anchor of this name is above; choose another name"),
)


def fault_of(error: yaml.MarkedYAMLError, text: str) -> YamlFault:
    """What is wrong with a text, of which it quotes nothing but names."""
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    reason = ", ".join(nameable(part) for part in (error.context, problem) if part)
    for words in _WORDS:
        if match := re.fullmatch(words.problem, problem, re.DOTALL):
            reason = words.text.format(*map(nameable, match.groups()))
            mark = (words.at_start and error.context_mark) or mark
            break
    if mark is None:
        return YamlFault(0, 0, reason)
    if problem == _NO_KEY_HERE and (before := _BARE_KEY.match(text.split("\n")[mark.line - 1])):
        return YamlFault(mark.line, before.start("key") + 1, _NO_BLANK)
    return YamlFault(mark.line + 1, mark.column + 1, reason)

"""Samples made worse: as data, as bytes, as text. The same seed makes the same."""

import json
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Sample = TypeVar("Sample", str, bytes)

_NUMBERS: list[Json] = [0, -1, 1, 1.5, -0.0, 2**31, 2**63, 2**64, -(2**63), 10**40, 1e308, -1e308]
_WORDS: list[Json] = [
    *("", " ", "\0", "\n", "\\", '"', "}", "\u2028", "\ud800", "\udfff", "\ufeff", "\x1b[31m"),
    *("Succeeded", "Canceled", "succeeded", "NotStarted", "Paused", "0001-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59.9999999+23:59", "2024-13-45T99:99:99Z", "2024-02-30", "-1", "NaN"),
    *("1e999", "https://x.example/a?sig=aaaa", "x" * 5000, "\U0001f600" * 300, "../" * 50),
    *("https://[::1", "http://a:99999/", "1/2/3"),
]
_PARTS: list[Json] = json.loads(
    '[null, true, false, [], {}, [[]], [null], [{}], {"": {}}, ["a", 1, null],'
    ' {"error": {"error": {"error": null}}}, {"code": {"code": 1}}]'
)
_STRANGE = [*_NUMBERS, *_WORDS, *_PARTS]
_RAW = [
    *(b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"null", b"[" * 3000, b'{"a":' * 500, b"NaN"),
    *(b"1e999", b"-", b"\xed\xa0\x80", b'"\\ud800"', b"\\u0000", b"]", b"}", b",", b":"),
    *(b"9" * 5000, b"Infinity", b'{"value":[', b"<html>", b"\x1f\x8b\x08", b"/*", b"'"),
]


def data(sample: Json, chance: random.Random) -> Json:
    """Some parts replaced, left out, doubled, renamed, or put elsewhere; the sample stays."""
    copy: Json = json.loads(json.dumps(sample))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        copy = _one(copy, chance)
    return copy


def _one(whole: Json, chance: random.Random) -> Json:
    holder = whole
    while isinstance(holder, dict | list) and holder:
        place = chance.choice(list(holder)) if isinstance(holder, dict) else _index(holder, chance)
        inner = holder[place]  # type: ignore[index]
        deeper = isinstance(inner, dict | list) and inner
        if not deeper or chance.random() < 0.3:
            _CHANGES[chance.randrange(len(_CHANGES))](holder, place, chance)
            return whole
        holder = inner
    return chance.choice(_STRANGE)


def _index(items: list[Json], chance: random.Random) -> int:
    return chance.randrange(len(items))


def _replace(holder: object, place: object, chance: random.Random) -> None:
    holder[place] = json.loads(json.dumps(chance.choice(_STRANGE)))  # type: ignore[index]


def _twist(holder: object, place: object, chance: random.Random) -> None:
    """A value that is nearly right."""
    value = holder[place]  # type: ignore[index]
    if isinstance(value, str):
        value = text(value, chance)
    elif isinstance(value, int | float):
        value = chance.choice((-value, value + 0.5, value * 10**20, str(value), [value]))
    else:
        value = chance.choice(([value], {"value": value}, str(value)))
    holder[place] = value  # type: ignore[index]


def _drop(holder: object, place: object, _: random.Random) -> None:
    del holder[place]  # type: ignore[attr-defined]


def _rename(holder: object, place: object, chance: random.Random) -> None:
    if isinstance(holder, dict):
        name = str(place)
        holder[chance.choice((name.upper(), f"{name} ", "@nextLink", "id"))] = holder.pop(place)


def _double(holder: object, place: object, chance: random.Random) -> None:
    if isinstance(holder, list) and isinstance(place, int):
        holder.extend([holder[place]] * chance.choice((1, 2, 50)))


def _nest(holder: object, place: object, chance: random.Random) -> None:
    value: Json = holder[place]  # type: ignore[index]
    for _ in range(chance.choice((1, 5, 150))):
        value = [value] if chance.random() < 0.5 else {"error": value}
    holder[place] = value  # type: ignore[index]


_Change = Callable[[object, object, random.Random], None]
_CHANGES: Sequence[_Change] = (_replace, _replace, _twist, _twist, _drop, _rename, _double, _nest)


def raw(sample: bytes, chance: random.Random) -> bytes:
    """Bytes cut, changed, doubled or put in, up to some hundred of them."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        sample = _cut_and_paste(sample, chance, chance.choice(_RAW), chance.randbytes(3))
    return sample


def text(sample: str, chance: random.Random) -> str:
    """The same with characters."""
    strange = str(chance.choice(_STRANGE))
    some = "".join(chr(chance.choice((chance.randrange(128), 0x85, 0x3000))) for _ in range(3))
    return _cut_and_paste(sample, chance, strange, some)


def _cut_and_paste(sample: Sample, chance: random.Random, strange: Sample, some: Sample) -> Sample:
    start, end = sorted((chance.randint(0, len(sample)), chance.randint(0, len(sample))))
    end = min(end, start + chance.choice((0, 1, 4, 100)))
    match chance.randrange(5):
        case 0:
            return sample[:start] + sample[end:]
        case 1:
            return sample[:start] + sample[start:end] * 2 + sample[end:]
        case 2:
            return sample[:start]
        case 3:
            return sample[:start] + strange + sample[end:]
        case _:
            return sample[:start] + some + sample[end:]

"""Foreign text made fit to be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.text import LABEL_LIMIT, MESSAGE_LIMIT, cut, nameable, public

SECRET = "Zm9vYmFyc2VjcmV0%2Bsignature"  # noqa: S105


@pytest.mark.parametrize("text", ["", "a", "é" * LABEL_LIMIT, 'a "b"\n\\c'])
def test_short_text_stays(text: str) -> None:
    """What fits is not touched."""
    assert cut(text) == text


@pytest.mark.parametrize("limit", [9, 10, 80, LABEL_LIMIT, MESSAGE_LIMIT])
def test_long_text_is_bounded(limit: int) -> None:
    """It has exactly the limit, and keeps its beginning."""
    shown = cut("ab" * 5000, limit)
    assert len(shown) == limit
    assert shown[:-9] == ("ab" * 5000)[: limit - 9]


def test_two_long_texts_stay_two() -> None:
    """Two ids that differ only behind the cut are two series, and each is the same every time."""
    one, two = "x" * 10_000 + "1", "x" * 10_000 + "2"
    assert cut(one) != cut(two)
    assert cut(one) == cut(one)


@given(st.text(min_size=30), st.text(min_size=30))
def test_cut_keeps_texts_apart(one: str, two: str) -> None:
    """Whatever the texts, lone surrogates included: bounded, and the same only if they are."""
    shown = cut(one, 20), cut(two, 20)
    assert max(map(len, shown)) <= 20
    same = one.encode(errors="replace") == two.encode(errors="replace")
    assert (shown[0] == shown[1]) == same or "\ufffd" in one + two


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Cannot access source document location", "Cannot access source document location"),
        (
            f"https://contoso.blob.core.windows.net/in?sv=2021&sp=rl&sig={SECRET} is gone",
            "https://contoso.blob.core.windows.net/<cut> is gone",
        ),
        (
            f'url "http://127.0.0.1:10000/in/a.pdf?sig={SECRET}"!',
            'url "http://127.0.0.1:10000/<cut>"!',
        ),
        (f"https://a/b?x='y' https://c/d?sig={SECRET}", "https://a/<cut>' https://c/<cut>"),
        (f"<https://a/b?sig={SECRET}>", "<https://a/<cut>>"),
        ("https://a/in/b.docx, https://a/ too", "https://a/<cut> https://a/ too"),
        (f"https://a/b?{'x' * 1000} is gone", "https://a/<cut> is gone"),
        (f"HTTPS://A/B?sig={SECRET}", "HTTPS://A/<cut>"),
        (f"sv=2021&sig={SECRET}&se=2026", "sv=2021&sig=<cut>&se=2026"),
        (f"Signature={SECRET}", "Signature=<cut>"),
        (f"Subscription-Key={SECRET} refused", "Subscription-Key=<cut> refused"),
        (f"token={SECRET}, code={SECRET}", "token=<cut> code=<cut>"),
        ("signed = no; design=1", "signed = no; design=1"),
        ("first\nsecond\r\n\tthird", "first second third"),
        ("  a  b  ", "a b"),
        ("a\u2028b\u2029c\x85d\x1ee", "a b c d e"),
        ("", ""),
        ("\x1b[31mred\x07 \x00b\x7f", "[31mred b"),
        ("a\u202eb\u200bc", "a b c"),
        (
            f"https%3A%2F%2Fa%2Fb%3Fsig%3D{SECRET} is gone",
            "https%3A%2F%2Fa/<cut> is gone",
        ),
        (f"sv=2021\\u0026sig={SECRET}", "sv=2021\\u0026sig=<cut>"),
    ],
)  # fmt: skip
def test_messages_are_fit_for_a_log(said: str, shown: str) -> None:
    """One line, of a URL the host, no signature, no control character; the rest as it was."""
    assert public(said) == shown


@pytest.mark.parametrize("before", [0, 250, 280, 299, 300, 5900, 5990, 6000, 20_000])
def test_a_signature_at_the_cut(before: int) -> None:
    """No piece of a signature shows, wherever a long message is cut."""
    words = ("word " * before)[:before]
    shown = public(f"{words} https://a/b?sv=1&sig={SECRET} sig={SECRET}")
    assert len(shown) <= MESSAGE_LIMIT
    assert SECRET[:4] not in shown


@given(st.text(), st.sampled_from(["https://a/b?sig=", "&sig=", "?token=", " signature="]))
def test_no_message_shows_a_signature(around: str, introduced: str) -> None:
    """Whatever stands before and behind, the result is one bounded line without the secret."""
    shown = public(f"{around} {introduced}{SECRET} {around}")
    assert SECRET not in shown
    assert len(shown) <= MESSAGE_LIMIT
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("SPEECH_KEY", "SPEECH_KEY"),
        ("intervall", "intervall"),
        ("AZURE_TRANSLATOR_RESOURCE_KEY_ONE", "AZURE_TRANSLATOR_RESOURCE_KEY_ONE"),
        ("727bf148-f327-47a0-9481-abae6362f11e", "727bf148-f327-47a0-9481-abae6362f11e"),
        ("a" * 23, "a" * 23),
        ("", ""),
        ("0123456789abcdef0123456789abcdef", "<hidden>"),
        ("Zm9v+YmFy/c2VjcmV0c2lnbmF0dXJl==", "<hidden>"),
        ("A" * 84, "<hidden>"),
        ("key:0123456789abcdef0123456789abcdef", "key:<hidden>"),
        ("0123456789abcdef0123456789abcdef\n", "<hidden>\n"),
        ("“0123456789abcdef0123456789abcdef”", "“<hidden>”"),
        ("https://x.example/a?sv=1&sig=short", "https://x.example/a?sv=1&sig=<cut>"),
    ],
)
def test_names_are_shown_and_keys_are_not(written: str, shown: str) -> None:
    """What looks like a key is hidden where a name was expected; ids and variables are names."""
    assert nameable(written) == shown


def test_names_are_bounded() -> None:
    """A name of any length fits on a line."""
    assert len(nameable("a-" * 10_000)) <= 100

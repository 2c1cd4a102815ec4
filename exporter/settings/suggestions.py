"""Pure: what an unknown word was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

_SIMILAR = 0.65  # of 1; by difflib's 0.6 `nope` would be similar to `openai`


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the most similar known one, or nothing."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), by_folded, n=1, cutoff=_SIMILAR)
    return f"; did you mean {by_folded[close[0]]}?" if close else ""

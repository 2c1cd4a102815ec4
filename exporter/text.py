"""Foreign text made fit to be shown: bounded, without secrets, on one line."""

import re
from hashlib import blake2s

LABEL_LIMIT = 200
MESSAGE_LIMIT = 300

# A shared access signature gives whoever holds it the blob; it stands in the query of a URL.
# https://learn.microsoft.com/azure/storage/common/storage-sas-overview
# The path before it has the name of a document, which is nobody's business either.
_URL = re.compile(r"(?i)(https?://[^\s/?#\"'<>]+)[/?#][^\s\"'<>]+")
_SIGNATURE = re.compile(
    r"(?i)(\b|%26|%3F|u0026)(sig|signature|subscription-key|code|token)(=|%3D)[^&\s\"'<>]+",
)


def cut(text: str, limit: int = LABEL_LIMIT) -> str:
    """Text of at most `limit` characters; what is cut keeps a hash, so that two stay two."""
    if len(text) <= limit:
        return text
    mark = "…" + blake2s(text.encode(errors="replace"), digest_size=4).hexdigest()
    return text[: limit - len(mark)] + mark


def public(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """A message of Azure's as it may be logged: one line, of a URL the host, no signature."""
    text = text[: limit * 20]
    text = _URL.sub(r"\1/<cut>", text)
    text = _SIGNATURE.sub(r"\1\2\3<cut>", text)
    text = "".join(each if each.isprintable() else " " for each in text)
    return cut(" ".join(text.split()), limit)


def nameable(name: str) -> str:
    """What a person wrote, bounded; `<hidden>` where it looks like a key in the wrong place."""
    hidden = re.sub(r"[A-Za-z0-9+/=]{24,}", "<hidden>", name)
    return cut(_SIGNATURE.sub(r"\1\2\3<cut>", hidden), 80)

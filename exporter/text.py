"""Makes foreign text safe to show: limited in length, without secrets, on one line."""

import re
from hashlib import blake2s

LABEL_LIMIT = 200
MESSAGE_LIMIT = 300

# A shared access signature, in the query of a URL, is a secret that gives access to a blob.
# https://learn.microsoft.com/azure/storage/common/storage-sas-overview
# The path before it has the name of a document, which may be confidential as well.
_URL = re.compile(r"(?i)(https?://[^\s/?#\"'<>]+)[/?#][^\s\"'<>]+")
_SIGNATURE = re.compile(
    r"(?i)(\b|%26|%3F|u0026)(sig|signature|subscription-key|code|token)(=|%3D)[^&\s\"'<>]+",
)


def cut(text: str, limit: int = LABEL_LIMIT) -> str:
    """Text of at most `limit` characters; a cut text ends with a hash, so that it stays unique."""
    if len(text) <= limit:
        return text
    suffix = "…" + blake2s(text.encode(errors="replace"), digest_size=4).hexdigest()
    return text[: limit - len(suffix)] + suffix


def public(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """A message from Azure, safe to log: one line, URLs cut after the host, no signatures."""
    text = text[: limit * 20]
    text = _URL.sub(r"\1/<cut>", text)
    text = _SIGNATURE.sub(r"\1\2\3<cut>", text)
    text = "".join(char if char.isprintable() else " " for char in text)
    return cut(" ".join(text.split()), limit)


def nameable(name: str) -> str:
    """A name from the configuration, cut; parts that look like a key are `<hidden>`."""
    hidden = re.sub(r"[A-Za-z0-9+/=]{24,}", "<hidden>", name)
    return cut(_SIGNATURE.sub(r"\1\2\3<cut>", hidden), 80)

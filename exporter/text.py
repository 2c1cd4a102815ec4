"""Makes foreign text safe to show: limited in length, without secrets, on one line."""

import re
from hashlib import blake2s

from exporter.redaction.foreign_secrets import without_named_secrets, without_secrets
from exporter.redaction.own_secrets import own_secrets

LABEL_LIMIT = 200
MESSAGE_LIMIT = 300
KEPT_LIMIT = 4000  # of a message, for the page of its operation


is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch


def cut(text: str, limit: int = LABEL_LIMIT) -> str:
    """Text of at most `limit` characters; a cut text ends with a hash, so that it stays unique."""
    if len(text) <= limit:
        return text
    suffix = "…" + blake2s(text.encode(errors="replace"), digest_size=4).hexdigest()
    return text[: limit - len(suffix)] + suffix


def public(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """A message from Azure, safe to log: one line, URLs cut after the host, no secrets."""
    text = without_secrets(own_secrets.cut(text)[: limit * 20])
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return cut(" ".join(text.split()), limit)


def nameable(name: str) -> str:
    """A name from the configuration, cut; parts that look like a key are `<hidden>`."""
    hidden = re.sub(r"[A-Za-z0-9+/=]{24,}", "<hidden>", own_secrets.cut(name))
    return cut(without_named_secrets(hidden), 80)

"""The exporter's own secrets: keys, tokens and client secrets, in use or used before.

An answer may repeat what was sent: an echo, or a proxy that shows the request that it blocked.
"""

import json
import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

SHORTEST = 8  # characters; shorter ones are parts of ordinary words. Azure's keys have 32 or more.
_MOST = 1024  # secrets; tokens are replaced every hour
_SHOWN = "<secret>"


class OwnSecrets:
    """A set of secrets, which knows the forms in which they are repeated."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._latest = ""
        self._forms: dict[str, tuple[str, ...]] = {}  # by secret; the latest added last
        self._cores: dict[str, str] = {}  # by secret, the longest first: what all forms have

    def add(self, secret: str) -> None:
        """Cut this secret out of everything from now on; of too many, the oldest is forgotten.

        Add a secret each time that it is used, so that it is not the oldest.
        """
        if len(secret) < SHORTEST:
            return
        if secret == self._latest:
            return
        self._latest = secret
        self._forms[secret] = self._forms.pop(secret, ()) or _forms(secret)
        if secret in self._cores:
            return
        if len(self._forms) > self._most:
            del self._forms[next(iter(self._forms))]
        # A secret may be a part of another: the longer one is cut first.
        self._cores = {known: _core(known) for known in sorted(self._forms, key=len, reverse=True)}

    def cut(self, text: str) -> str:
        """The text without these secrets."""
        for secret, core in self._cores.items():
            if core in text:
                for form in self._forms[secret]:
                    text = text.replace(form, _SHOWN)
        return text

    def cut_body(self, body: bytes, sent: Iterable[str]) -> bytes:
        """The body of an answer without the secrets that were sent with its request.

        `sent` are the values of its headers. Only these can be repeated, and to search each body
        for all secrets would take as long as to parse it.
        """
        for value in sent:
            secret = value.removeprefix("Bearer ")
            if secret in self._cores and self._cores[secret].encode() in body:
                for form in self._forms[secret]:
                    body = body.replace(form.encode(), _SHOWN.encode())
        return body


def _core(secret: str) -> str:
    """The longest part of letters and digits: no writer changes it."""
    parts: list[str] = re.findall(r"[A-Za-z0-9]*", secret)
    return max(parts, key=len)


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, in a URL, in a URL in a URL, in JSON of several writers, and in HTML."""
    quoted = quote(secret, safe="")
    in_json = json.dumps(secret)[1:-1]
    other_than_letters = re.compile(r"[^\w.~ -]", re.ASCII)
    forms = {
        secret,
        in_json,
        in_json.replace("/", "\\/"),
        other_than_letters.sub(lambda char: f"\\u{ord(char[0]):04X}", secret),
        other_than_letters.sub(lambda char: f"\\u{ord(char[0]):04x}", secret),
        escape(secret),
        quote(secret),
        quoted,
        re.sub("%..", lambda code: code[0].lower(), quoted),
        quote(quoted, safe=""),
    }
    return tuple(sorted(forms, key=len, reverse=True))


own_secrets = OwnSecrets()

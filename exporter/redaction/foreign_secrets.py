"""Pure: what looks like a secret, or like the name of a document, in foreign text.

A shared access signature, in the query of a URL, gives access to a blob.
https://learn.microsoft.com/azure/storage/common/storage-sas-overview
The path before it has the name of a document, which may be confidential as well.
"""

import re

CUT = "<cut>"

_SLASH = r"(?:\\{0,4}/|\\{1,4}|%(?:25)*2F)"  # as written, in JSON, of Windows, or encoded
_REST = r"(?:[^\s\"'<>]|'(?=\w))*"  # of a URL; an apostrophe may be part of a name
_HOST = r"\[[0-9a-f:.]+\]|[\w.-]+"
_PORT = r"(?::[0-9]{1,5}(?![\w.@]))?"

_BEFORE_HOST = (
    rf"((?:[a-z][a-z0-9+.-]{{0,20}}(?::|%(?:25)*3A){_SLASH}|https?:){_SLASH})"
    r"(?:[^\s/\\?#@\"'<>]*(?:@|%(?:25)*40))?"
)
_AUTHORITY = rf"(?:(?:{_HOST}){_PORT})?"
_URL = re.compile(rf"(?i){_BEFORE_HOST}({_AUTHORITY})({_REST})")
# Of a URL between quotes, spaces are a part.
_QUOTED_URL = re.compile(
    rf"(?i)(?<=([\"'])){_BEFORE_HOST}({_AUTHORITY})((?:(?!\1(?!\w)).){{0,500}})(?=\1)"
)
_LOGIN = re.compile(r"[^\s/:@\"'<>=]{1,64}:[^\s/@\"'<>]{1,256}@(?=\w)")
_DOMAIN = r"(?:[A-Za-z0-9-]{1,63}\.){1,10}(?:[a-z]{2,24}|[A-Z]{2,24})\.?"
_ADDRESS = re.compile(
    rf"(?<![\w.%/\\-])((?:{_SLASH}{{2}})?"
    rf"(?:{_DOMAIN}|localhost|[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}){_PORT})({_SLASH}{_REST})"
)
_WINDOWS_PATH = re.compile(rf"(?<![\w\\/:])([A-Za-z]:|\\{{2,4}}[\w.$-]+)\\{{1,4}}(?!<){_REST}")

_NAMES = r"""
    (?:subscription|api|account|access|shared|functions|storage|primary|secondary|master|admin)
        [-_ ]?key[12]? | key[12]
    | client[-_ ]?(?:secret|assertion) | pass(?:word|wd|phrase) | pwd | (?:proxy-)?authorization
"""
# Words of ordinary sentences as well, like "no token: the login cannot be reached".
_WORDS = r"""
    sig | (?:shared[-_ ]?access[-_ ]?)?signature | secret
    | (?:access|refresh|id|auth|bearer|sas|session|security)?[-_ ]?token
"""
_START = r"(?:(?<![a-z]) | (?<=3f))"  # of a word, or behind an encoded question mark
_EQUALS = r"\s{0,3} (?:= | %(?:25)*3D | \\u003d)"
_COLON = r"\s{0,3} (?:: | %(?:25)*3A (?:%(?:25)*20)?+ | \\u003a)"
_LIKE_A_KEY = r"(?=\s?\S{16})(?=\s?\S*\d)"
_VALUE = r"""
    (?:(?:bearer|basic|digest|negotiate|sharedkey(?:lite)?|sharedaccesssignature)\s+)?
    (?:(?<=")[^"]+(?=") | (?<=')[^']+(?=') | [^&\s"'<>;]*\w[^&\s"'<>;]*)
"""
_NAMED = re.compile(
    rf"""(?xi)
    (
    (?: (?:{_NAMES}) [\\"']* (?:{_EQUALS} | {_COLON})
        | {_START} (?:{_WORDS}) (?:[\\"']* {_EQUALS} | [\\"']+ {_COLON} | {_COLON} {_LIKE_A_KEY})
        | {_START} code(?:= | %(?:25)*3D)
    )
    \s{{0,3}} [\\"']*)
    {_VALUE}
    """
)
_CREDENTIALS = re.compile(
    r"\b(bearer|basic)(\s+)(?=\S*[\d_+=/.~-]|\S{20})[\w.~+/=-]{8,}", re.IGNORECASE
)
_TOKEN = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}")  # a JSON Web Token begins with {" in base64

# Substring searches are cheap, and most texts have nothing of these.
_PARTS_OF_NAMES = ("sig", "key", "token", "secret", "assertion", "pass", "pwd", "auth", "code")


def without_secrets(text: str) -> str:
    """The text with URLs cut behind the host, and without named secrets and tokens."""
    if "/" in text or "\\" in text or "%" in text:
        text = _QUOTED_URL.sub(lambda url: _shortened(url[2], url[3], url[4]), text)
        text = _URL.sub(lambda url: _shortened(url[1], url[2], url[3]), text)
        text = _ADDRESS.sub(lambda address: _shortened(address[1], "", address[2]), text)
        text = _WINDOWS_PATH.sub(rf"\1\\{CUT}", text)
    if "@" in text:
        text = _LOGIN.sub(f"{CUT}@", text)
    return without_named_secrets(text)


def without_named_secrets(text: str) -> str:
    """The text without the values of what is named like a secret, and without tokens."""
    lowered = text.lower()
    if any(part in lowered for part in _PARTS_OF_NAMES):
        text = _NAMED.sub(rf"\1{CUT}", text)
    if "bearer" in lowered or "basic" in lowered:
        text = _CREDENTIALS.sub(rf"\1\2{CUT}", text)
    return _TOKEN.sub(CUT, text) if "eyJ" in text else text


def _shortened(scheme: str, host: str | None, rest: str) -> str:
    """A URL without what is behind its host, unless that is a slash or punctuation alone."""
    kept = rest if not re.search(r"\w", rest) else f"/{CUT}"
    return f"{scheme}{host or ''}{kept}"

"""The pages that there are, for tests that go through all of them, and for pictures."""

from typing import Literal
from urllib.parse import urlencode

from tests.e2e.browser.work import FAILING, RUNNING

Scheme = Literal["light", "dark"]


def page_of(resource: str, api: str, operation: str) -> str:
    """Where an operation is shown."""
    return "/operation?" + urlencode({"resource": resource, "api": api, "operation": operation})


BATCH = page_of("translator", "document_translation", FAILING)
WORKING = page_of("translator", "document_translation", RUNNING)
UNREADABLE = page_of("speech", "avatar", "gone-for-good")

PAGES = {
    "status": "/?per_page=20",
    "filtered": "/?resource=speech&state=Running&sort=-created&per_page=20",
    "nothing": "/?q=no-such-operation",
    "batch": f"{BATCH}&per_page=20",
    "running": f"{WORKING}&per_page=20",
    "unreadable": UNREADABLE,
    "locked": page_of("old-key", "avatar", "locked-1"),
    "resource": "/?resource=old-key",
    "bad": "/probe",
    "config": "/config",
    "missing": "/no/such/page",
    "unknown": page_of("translator", "avatar", "nobody"),
}
WIDTHS = (390, 820, 1366, 1920)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")

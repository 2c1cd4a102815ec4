"""A little of `make fuzz`: nothing escapes, nothing hangs, no key shows."""

import pytest

from tests.fuzz.answers import try_answers
from tests.fuzz.configurations import try_configurations
from tests.fuzz.requests import try_requests

pytestmark = pytest.mark.e2e

SEED = 7


def test_answers() -> None:
    """Bad answers are read or are failures, and what they show is always a good exposition."""
    findings = try_answers(1500, SEED)
    assert not findings.failures
    assert findings.outcomes["read"] > 300
    assert {"Unreadable", "Gone", "Throttled", "Unauthorised"} <= findings.outcomes.keys()


def test_configurations() -> None:
    """Bad configurations are refused with reasons, and without the key."""
    findings = try_configurations(100, SEED)
    assert not findings.failures
    assert {"accepted", "refused"} <= findings.outcomes.keys()


async def test_requests() -> None:
    """Bad requests to a real port are answered at once, none with a fault of ours."""
    findings = await try_requests(500, SEED)
    assert not findings.failures
    assert {"200", "400", "404"} <= findings.outcomes.keys()

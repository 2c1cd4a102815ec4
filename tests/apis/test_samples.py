"""Recorded-style answers in, exposition text out: one table for every API.

After a change that is meant, write the `.prom` files anew and read what changed:

    EXPORTER_TESTS_WRITE_SAMPLES=1 pytest tests/apis/test_samples.py && git diff tests/samples
"""

import os

import pytest

from exporter.apis import Apis
from exporter.apis.reading import read_state
from exporter.model.operation import State
from tests.support.samples import NAMES, SAMPLES, exposition_of, load


@pytest.mark.parametrize("name", NAMES)
async def test_answers_become_exactly_these_lines(name: str) -> None:
    """What Azure said is shown, all of it that has a family, and nothing that it did not say."""
    expected = SAMPLES / f"{name}.prom"
    text = await exposition_of(*load(name))
    if os.environ.get("EXPORTER_TESTS_WRITE_SAMPLES"):
        expected.write_text(text, encoding="utf-8")
    assert text.splitlines() == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
async def test_signatures_in_answers_are_not_shown(name: str) -> None:
    """Answers hold signed URLs; no series does."""
    assert "not-to-be-shown" not in await exposition_of(*load(name))


@pytest.mark.parametrize("api", Apis.model_fields)
def test_samples_have_every_state_of_the_page(api: str) -> None:
    """No API is without samples, and no state of an API is without one."""
    section = next(Apis.model_validate({api: {}}).sections())[1]
    states = {
        read_state(body.get("status") or body.get("operationState") or "", section.words)
        for name in NAMES
        if name.startswith(f"{api}/")
        for answer in load(name)[1]["answers"]
        if answer["status"] == 200 and isinstance(body := answer.get("body"), dict)
    }
    assert states >= {*section.states, State.UNKNOWN}

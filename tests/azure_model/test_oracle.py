"""The oracle finds what it is for: an oracle that finds nothing proves nothing."""

import pytest

from tests.azure_model.lives import Life, Step
from tests.azure_model.oracle import CHARGED, LAST_ACTION, Oracle
from tests.azure_model.views import Said
from tests.support.local import START, Samples

FIRST = Life("a", (Step(START, "Running"), Step(START + 60, "Succeeded", charged=5)), START + 600)
SECOND = Life("a", (Step(START + 700, "Running"),))
API = "avatar"
OWNER = (API, "a")


def shows(state: str = "", charged: float | None = None, end: float | None = None) -> Samples:
    """A scrape with this state, with characters charged, with a last action, or with nothing."""
    samples: Samples = {}
    if state:
        labels = {"resource": "r0", "api": API, "operation": "a", "state": state}
        samples["azure_ai_operation_state", frozenset(labels.items())] = 1.0
    if charged is not None:
        samples[CHARGED, frozenset({"resource": "r0", "api": API}.items())] = charged
    if end is not None:
        labels = {"resource": "r0", "api": API, "operation": "a"}
        samples[LAST_ACTION, frozenset(labels.items())] = end
    return samples


@pytest.mark.parametrize(
    ("looks", "wrong"),
    [
        ([shows("Running"), shows("Succeeded", 5)], ""),
        ([shows("Failed")], "never said"),
        ([shows("Succeeded"), shows("Running")], "without another life"),
        ([shows("Running"), shows()], "not shown any more"),
        ([shows(charged=5), shows(charged=4)], "fell from 5"),
        ([shows(charged=10)], "Azure said 5"),
        ([shows("Succeeded", end=60), shows("Succeeded", end=61)], "later at 61"),
        ([shows("Running", end=60), shows("Succeeded", end=61)], ""),
    ],
)
def test_a_lie_is_found(looks: list[Samples], wrong: str) -> None:
    """Each kind of lie, in one sentence, and nothing else."""
    oracle = Oracle({OWNER: [FIRST]})
    for step in FIRST.steps:
        oracle.heard(Said(*OWNER, "", FIRST, step))
    for number, samples in enumerate(looks):
        oracle.look(samples, START + 10 * number)
    assert len(oracle.wrong) == bool(wrong)
    assert wrong in " ".join(oracle.wrong)


def test_another_life_may_begin_anew() -> None:
    """An end is left for a later operation with the same id, once Azure has told of it."""
    oracle = Oracle({OWNER: [FIRST, SECOND]})
    for life in (FIRST, SECOND):
        for step in life.steps:
            oracle.heard(Said(*OWNER, "", life, step))
    oracle.look(shows("Succeeded"), START + 100)
    oracle.look(shows("Running"), START + 800)
    assert not oracle.wrong

"""The comparison with the truth finds what differs, and nothing in what is right."""

import pytest

from tests.azure_model.lives import Life, Step
from tests.azure_model.oracle import CHARGED, Oracle
from tests.azure_model.truth import differences
from tests.azure_model.world import World
from tests.support.local import START, Samples

API, ID = "openai_batch", "batch_a"
COUNTS = {"total": 3, "completed": 2, "failed": 1}
END = START + 60
LIFE = Life(ID, (Step(END, "completed", {"request_counts": {**COUNTS}}, END, charged=5),))
KINDS = (
    *("batches", "syntheses", "speeches", "trainings", "transcriptions", "fine_tunings"),
    *("builds", "analyses", "translations"),
)
NONE: dict[str, tuple[Life, ...]] = dict.fromkeys(KINDS, ())
WORLD = World(
    seed=0,
    openai_batches=(LIFE,),
    operations={},
    named={},
    interval=60.0,
    retention=3600.0,
    max_operations=1000,
    page=5,
    storms=(),
    incidents=(),
    **NONE,
)


def shows(
    state: str = "Succeeded", succeeded: int = 2, charged: int = 5, counter: int = 5
) -> Samples:
    """A scrape of one batch of Azure OpenAI; the defaults are the truth."""
    own = {"resource": "r0", "api": API, "operation": ID}
    found = [
        ("azure_ai_operation_up", own, 1),
        ("azure_ai_operation_state", own | {"state": state}, 1),
        ("azure_ai_operation_requests", own | {"state": "Succeeded"}, succeeded),
        ("azure_ai_operation_requests", own | {"state": "Failed"}, 1),
        ("azure_ai_operation_requests_submitted", own, 3),
        ("azure_ai_operation_characters_charged", own, charged),
        (CHARGED, {"resource": "r0", "api": API}, counter),
    ]
    return {(name, frozenset(labels.items())): float(value) for name, labels, value in found}


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        (shows(), []),
        (shows(state="Failed"), [f"{API} {ID} is Succeeded, and is shown as Failed"]),
        (
            shows(succeeded=1),
            [f"{API} {ID} has requests {COUNTS}, and (1.0, 1.0, 3.0) are shown"],
        ),
        (shows(charged=4), [f"{API} {ID} was charged 5, and 4.0 are shown"]),
        (shows(counter=4), [f"4 characters charged for {API}, 5 were"]),
        ({}, [f"{API} {ID} is Succeeded, and is not shown"]),
    ],
)
def test_a_difference_is_found(samples: Samples, found: list[str]) -> None:
    """A wrong state, count or charge, a counter that is too low, and a missing operation."""
    assert list(differences(WORLD, Oracle(), samples, END + 60)) == found

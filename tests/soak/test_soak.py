"""The soak notices what is not so; whether it is so takes an hour."""

import pytest

from tests.soak import work
from tests.soak.notes import Note, table

BEGUN = 1_800_000_000.0
NOW = BEGUN + 1200
PLAYED = work.scenario(BEGUN, 60)


def shown() -> list[str]:
    """The lines of an exporter that is right."""
    lines = []
    for (resource, api, id_), said in work.true(PLAYED, "calm", NOW):
        labels = f'resource="{resource}",api="{api}",operation="{id_}"'
        lines.append(f'azure_ai_operation_state{{{labels},state="{said.state}"}} 1')
        if said.charged is not None:
            lines.append(f"azure_ai_operation_characters_charged{{{labels}}} {said.charged}")
    return lines


def problems(lines: list[str], *, flaky: bool = False) -> list[str]:
    return work.wrong("\n".join(lines), "calm", PLAYED, NOW, flaky=flaky)


def test_what_is_not_exact_is_told() -> None:
    """A wrong state, a wrong charge, one that is missing, and one that should have left."""
    lines = shown()
    assert problems(lines) == []
    assert sum("_state{" in line for line in lines) == pytest.approx(1000, abs=30)
    wrong = [line.replace('"Running"} 1', '"Failed"} 1') for line in lines]
    assert len(problems(wrong)) > 700
    charged = [f"{line}7" if "_charged" in line else line for line in lines]
    assert len(problems(charged)) > 10  # of batches that have not changed lately
    assert len(problems([line for line in lines if '"avatar-7"' not in line])) == 1
    foreign = lines[0].replace('"video-', '"gone-').replace('"flaky-', '"gone-')
    assert problems([*lines, foreign])[0].endswith("should have left")


def test_operations_that_often_fail_count_only_when_asked_for() -> None:
    """In the resource that is well otherwise there are some of them."""
    lines = [line for line in shown() if work.FLAKY not in line]
    assert problems(lines) == []
    assert len(problems(lines, flaky=True)) > 30


def notes(growth: float, slowest: float) -> list[Note]:
    """A note each half minute of an hour."""
    return [
        Note(
            minute=number / 2,
            resident=100 + growth * number / 120,
            threads=2,
            descriptors=20,
            connections=16 + number % 5,
            tasks=2000,
            operations=2000,
            wrong=0,
            failed=0,
            slowest=slowest,
            own=20.0,
            late=5.0,
            load=1.0,
            fault="none",
            seconds=[0.02, slowest / 1000],
            own_seconds=[0.02, 0.02],
        )
        for number in range(120)
    ]


@pytest.mark.parametrize(
    ("growth", "slowest", "missed"),
    [(0.0, 200.0, 0), (1.0, 200.0, 0), (10.0, 200.0, 1), (0.0, 251.0, 2)],
)
def test_goals_are_met_or_missed(growth: float, slowest: float, missed: int) -> None:
    """What grows in spite of a changing load, and a single scrape that is too slow."""
    assert table(notes(growth, slowest), 10).count("MISSED") == missed


def test_a_short_soak_tells_nothing() -> None:
    """A slope needs more than three points."""
    assert table(notes(0.0, 1.0)[:3], 0) == "too short to tell"

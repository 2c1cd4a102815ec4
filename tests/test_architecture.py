"""The shape that is promised to whoever carries this on."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from exporter.apis import Apis
from exporter.apis.base import OneStatus, Settings, Target
from exporter.apis.speech import SpeechStatus
from exporter.model.operation import State


def test_imports_point_one_way() -> None:
    """The layers of pyproject.toml hold, and the simulator shares no code with the parsers."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


class Sixth(Settings):
    """A sixth API, as somebody would add it."""

    states: ClassVar = (State.RUNNING, State.SUCCEEDED)
    error_codes: ClassVar = ("Nope",)

    jobs: tuple[str, ...] = ()

    def targets(self) -> Iterable[Target]:
        return [self.target(job) for job in self.jobs]

    def target(self, id_: str) -> Target:
        return OneStatus(id_, {}, f"/sixth/{id_}", SpeechStatus)


class Six(Apis):
    sixth: Sixth | None = None


def test_a_sixth_api_is_a_file_and_a_line() -> None:
    """Settings with their targets, and a field with its name: nothing else has to know."""
    sections = dict(Six.model_validate({"sixth": {"jobs": ["a", "b"]}, "avatar": {}}).sections())
    assert list(sections) == ["avatar", "sixth"]
    assert [target.id for target in sections["sixth"].targets()] == ["a", "b"]

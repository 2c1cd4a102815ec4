"""Ids of the Speech APIs, as `/probe` and operation files have them."""

import pytest
from pydantic import ValidationError

from exporter.apis import Apis

UUID = "827712a5-f942-4997-91c3-7c6cde35600b"
BATCH = "batch_2144f9fa-c3bf-412d-9f4c-400db5595ad8"
KINDS = "must be datasets/, models/, endpoints/ or evaluations/ and a UUID"


@pytest.mark.parametrize(
    ("api", "id_", "followed", "kind"),
    [
        ("speech_synthesis", "Book.1_a-b", "Book.1_a-b", "batch_synthesis"),
        ("speech_transcription", UUID.upper(), UUID, "transcription"),
        ("custom_speech", f"datasets/{UUID}", f"datasets/{UUID}", "dataset"),
        ("custom_speech", f"models/{UUID.upper()}", f"models/{UUID}", "model"),
        ("custom_speech", f"endpoints/{UUID}", f"endpoints/{UUID}", "endpoint"),
        ("custom_speech", f"evaluations/{UUID}", f"evaluations/{UUID}", "evaluation"),
    ],
)
def test_ids(api: str, id_: str, followed: str, kind: str) -> None:
    """UUIDs in any letter case are one operation; the list of custom speech is part of the id."""
    target = next(Apis.model_validate({api: {}}).sections())[1].target(id_)
    assert (target.id, target.kind) == (followed, kind)


@pytest.mark.parametrize(
    ("api", "id_", "right"),
    [
        ("speech_synthesis", f"batchsyntheses/{UUID}", "must be 3 to 64 letters"),
        ("speech_synthesis", "..", "must be 3 to 64 letters"),
        ("speech_transcription", BATCH, "must be a UUID"),
        ("speech_transcription", f"transcriptions/{UUID}", "must be a UUID"),
        ("custom_speech", UUID, KINDS),
        ("custom_speech", f"transcriptions/{UUID}", KINDS),
        ("custom_speech", f"models/base/{UUID}", KINDS),
        ("custom_speech", f"models/{BATCH}", KINDS),
    ],
)
def test_an_id_of_another_api_is_refused(api: str, id_: str, right: str) -> None:
    """With what would be right, before anything is asked of Azure."""
    section = next(Apis.model_validate({api: {}}).sections())[1]
    with pytest.raises(ValidationError, match=right):
        section.target(id_)

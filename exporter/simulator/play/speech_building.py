"""Functions that make the jobs of speech to text of a scenario."""

from exporter.simulator.play.building import operation, seeded_uuid
from exporter.simulator.play.operation import Outcome
from exporter.simulator.play.speech_jobs import CustomJob, Transcription


def transcription(
    id: str | None = None,  # noqa: A002 - the word of the API
    *,
    created: float,
    starts_after: float = 2.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    audio: float = 90.0,
    error: tuple[str, str] | None = None,
    hours_to_live: int = 48,
    display_name: str = "Calls",
    files: int = 1,
    failed_files: int = 0,
    seed: int = 0,
) -> Transcription:
    """A transcription of `audio` seconds; `error` is the code and message of a Failed one."""
    operation_ = operation(
        id or seeded_uuid("transcription", seed, created),
        created=created,
        starts_after=starts_after,
        takes=takes,
        outcome=outcome,
    )
    code, message = error or (None, None)
    return Transcription(
        **vars(operation_),
        milliseconds=round(audio * 1000),
        error_code=code,
        error_message=message,
        hours_to_live=hours_to_live,
        display_name=display_name,
        files=files,
        failed_files=failed_files,
    )


def custom_job(
    route: str,
    id: str | None = None,  # noqa: A002 - the word of the API
    *,
    created: float,
    starts_after: float = 2.0,
    takes: float | None = 60.0,
    outcome: Outcome = "Succeeded",
    error: tuple[str, str] | None = None,
    display_name: str = "Our voices",
    seed: int = 0,
) -> CustomJob:
    """A dataset, model, endpoint or evaluation; `route` is its word in the path, in plural."""
    operation_ = operation(
        id or seeded_uuid(route, seed, created),
        created=created,
        starts_after=starts_after,
        takes=takes,
        outcome=outcome,
    )
    code, message = error or (None, None)
    return CustomJob(
        **vars(operation_),
        route=route,
        error_code=code,
        error_message=message,
        display_name=display_name,
    )

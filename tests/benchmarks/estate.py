"""Memory of an exporter that follows 10,000 operations of seven APIs, all found in lists."""

import asyncio
import time

from exporter.simulator.play.building import seeded_uuid, synthesis
from exporter.simulator.play.document_building import model_operation
from exporter.simulator.play.fine_tuning import FineTuning
from exporter.simulator.play.openai import OpenaiBatch
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.play.speech_building import custom_job, transcription
from tests.benchmarks.programs import answering, exporting, simulated
from tests.benchmarks.table import Row

ROUNDS = 3  # lists that were read after all operations are shown
_INTERVAL = 20.0
_MOST = 10_000
_HOUR = 3600.0


def rows() -> list[Row]:
    """Megabytes after some rounds of lists, with a history of each operation."""
    return [asyncio.run(_estate())]


async def _estate() -> Row:
    discover = {"discover": {"interval": f"{_INTERVAL:.0f}s", "max_operations": _MOST}}
    apis = ("openai_batch", "openai_fine_tuning", "speech_transcription", "custom_speech")
    others = ("speech_synthesis", "avatar", "document_intelligence")
    section = {
        "poll": {"interval": f"{_INTERVAL:.0f}s", "requests_per_second": 1000},
        **dict.fromkeys((*apis, *others), discover),
    }
    memory = []
    async with (
        simulated(_scenario(time.time())) as (_, endpoint),
        exporting(endpoint, section) as program,
    ):
        await answering(program)
        await program.shows("azure_ai_operation_up{", _MOST, every=2)
        for _ in range(ROUNDS):
            await asyncio.sleep(_INTERVAL)
            memory.append(program.resident() / 1e6)
    return Row(f"{_MOST:,} operations of seven APIs", "MB", memory, "250 at most")


def _scenario(now: float) -> Scenario:
    """Two of three have ended; all were created within twenty hours."""

    def created(number: int) -> float:
        return now - 20 * _HOUR + number * 7.0

    def takes(number: int) -> float | None:
        return None if number % 3 == 0 else 60.0

    batches = [
        OpenaiBatch(
            id=f"batch_{seeded_uuid('batch', number)}",
            created=created(number),
            counted=created(number) + 1,
            started=created(number) + 1,
            finalizing=None if number % 3 == 0 else created(number) + 500,
            finished=None if number % 3 == 0 else created(number) + 600,
        )
        for number in range(2500)
    ]
    trainings = [
        FineTuning(
            id=f"ftjob-{seeded_uuid('training', number)}",
            created=created(number),
            started=created(number) + 1,
            finished=None if number % 3 == 0 else created(number) + 600,
        )
        for number in range(1500)
    ]
    return Scenario(
        openai_batches=tuple(batches),
        fine_tunings=tuple(trainings),
        transcriptions=tuple(
            transcription(created=created(number), takes=takes(number), seed=number)
            for number in range(2500)
        ),
        custom_speech=tuple(
            custom_job("models", created=created(number), takes=takes(number), seed=number)
            for number in range(500)
        ),
        speech_syntheses=tuple(
            synthesis(f"book-{number}", created=created(number), takes=takes(number))
            for number in range(1500)
        ),
        syntheses=tuple(
            synthesis(f"talk-{number}", created=created(number), takes=takes(number))
            for number in range(500)
        ),
        document_jobs=tuple(
            model_operation(
                f"model-{number}", created=created(number), takes=takes(number), seed=number
            )
            for number in range(1000)
        ),
    )

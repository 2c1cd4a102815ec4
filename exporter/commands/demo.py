"""The demo: the resources of nine teams in a simulator, and an exporter that polls them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import yaml

from exporter.app import serve
from exporter.commands import demo_guide, simulator_guide
from exporter.config.config import Config, parse_config
from exporter.simulator.faults.faults import Kind
from exporter.simulator.faults.weather import Weather
from exporter.simulator.play.hastening import Haste
from exporter.simulator.play.scenario import Scenario
from exporter.simulator.server import DEFAULT_KEY, Simulator
from exporter.simulator.show.accounts import demo_directory
from exporter.simulator.show.demo import demo_scenario, openings
from exporter.simulator.show.teams import STREAMS
from exporter.simulator.show.workday import Workday
from exporter.telemetry.logs import logger
from exporter.web.server import Address, listening, listening_on

_LOOPBACK = "127.0.0.1"
_KEEP_SECONDS = 2700.0  # for which finished work is shown
_MAX_STORM_SPEED = 5.0  # storms do not get shorter with the speed, so they must not come too often


_PRICES = [
    {
        "api": "document_translation",
        "amount": "characters_charged",
        "per": 1_000_000,
        "price": 14.2,
    },
    {"api": "speech_transcription", "amount": "audio_seconds", "per": 3600, "price": 0.17},
    {"api": "avatar", "amount": "billed_duration_seconds", "per": 60, "price": 1.2},
    {
        "api": "openai_fine_tuning",
        "amount": "tokens",
        "kind": "trained",
        "per": 1000,
        "price": 0.005,
    },
]


def demo_config(
    endpoints: Mapping[str, str], opening: Mapping[str, Scenario], speed: float = 1.0
) -> Config:
    """A configuration that polls the work of all teams, parsed like a user's file."""
    letters, speech, qna = opening["letters"], opening["speech"], opening["qna"]
    language = opening["language"]
    interval = f"{max(1, round(5 / speed))}s"
    sections: dict[str, dict[str, object]] = {
        "translator": {"document_translation": {"discover": True, "document_names": True}},
        "manuals": {"document_translation": {"api_version": "v1.0", "discover": True}},
        "letters": {
            "document_translation": {
                "api_version": "2026-03-01",
                "discover": True,
                "documents": "failed",
                "batches": [
                    {"id": batch.id, "labels": {"project": "letters"}} for batch in letters.batches
                ],
            },
        },
        "speech": {
            "video_translation": {
                "discover": True,
                "operations": [operation.id for operation in speech.video_translation],
            },
            "avatar": {
                "discover": {"interval": "5s"},
                "operations": [operation.id for operation in speech.avatar],
            },
            "speech_synthesis": {"discover": True},
            "speech_transcription": {"discover": {"interval": "5s"}, "reports": True},
            "custom_speech": {"discover": {"interval": "5s"}},
        },
        "qna": {"qna_maker": {"operations": [operation.id for operation in qna.qna_maker]}},
        "openai": {
            "openai_batch": {"interval": interval, "discover": True},
            "openai_fine_tuning": {"interval": interval, "discover": True},
        },
        "language": {
            "language": {
                "requests_per_minute": 3000,  # the simulator has no limit
                "discover": {"interval": "5s"},
                "operations": [job.full_id for job in language.analyses],
            },
            "question_answering": {"operations": [job.full_id for job in language.questions]},
        },
        "documents": {
            "document_intelligence": {
                "discover": True,
                "models": ["prebuilt-layout", "our-invoices"],
            },
        },
        "content": {
            "content_understanding": {
                "operations": [
                    analysis.place for analysis in opening["content"].content_understanding
                ]
            }
        },
    }
    settings = {
        "poll": {"interval": interval, "requests_per_second": 50},
        "retention": {"finished": f"{keep_seconds(speed):.0f}s"},
        "prices": {"currency": "EUR", "table": _PRICES},
        "resources": [
            {"name": name, "endpoint": endpoints[name], "auth": {"key": DEFAULT_KEY}, **section}
            for name, section in sections.items()
        ],
    }
    return parse_config("demo", yaml.safe_dump(settings), Path())


def keep_seconds(speed: float) -> float:
    """Seconds for which finished work is shown."""
    return max(60.0, _KEEP_SECONDS / speed)


def weather(start: float, speed: float) -> Mapping[str, tuple[Weather, ...]]:
    """The faults of each team's resource: every ten minutes one of three resources sends 429."""
    storm_speed = min(speed, _MAX_STORM_SPEED)

    def storm(after: float) -> Weather:
        return Weather(Kind.THROTTLED, start, after / storm_speed, 1800 / storm_speed, 40)

    return {
        "translator": (storm(240),),
        "speech": (storm(840),),
        "manuals": (storm(1440),),
        "letters": (Weather(Kind.UNAUTHORISED, start, 1500 / storm_speed, 7200 / storm_speed, 45),),
        "qna": (),
        "openai": (),
        "language": (),
        "documents": (),
        "content": (),
    }


async def demo(addresses: Sequence[Address], stop: asyncio.Event, speed: float = 1.0) -> None:
    """Run the simulator, `speed` times as fast, and the exporter until `stop` is set.

    Raises:
        ListenError: the port cannot be opened.
    """
    start = time.time()
    haste = Haste(start, speed)
    opening = {team: haste.scenario(part) for team, part in openings(start).items()}
    workdays = {team: _workday(team, start, speed) for team in opening}
    weathers = weather(start, speed)
    async with AsyncExitStack() as stack:
        endpoints = {}
        for team, part in opening.items():
            simulator = Simulator(part, workdays=(workdays[team],), weather=weathers[team])
            azure = await stack.enter_async_context(listening(simulator.app(), _LOOPBACK, 0))
            endpoints[team] = f"http://{azure}"

        def ready(url: str) -> None:
            troubles = demo_guide.next_troubles(opening, workdays, weathers, start)
            print(demo_guide.text(url, troubles, start, speed), flush=True)

        config = demo_config(endpoints, opening, speed)
        await serve.run(config, addresses, stop, ready=ready)


def _workday(team: str, start: float, speed: float) -> Workday:
    """A team's work; the simulator keeps it a little longer than the exporter shows it."""
    return Workday(STREAMS[team], start, kept=keep_seconds(speed) + 60, speed=speed)


async def simulate(addresses: Sequence[Address], stop: asyncio.Event) -> None:
    """Run only the simulator until `stop` is set, with the work of all teams in one resource.

    Raises:
        ListenError: the port cannot be opened.
    """
    start = time.time()
    workdays = [_workday(team, start, 1.0) for team in STREAMS]
    by_account = {team: _workday(team, start, 1.0) for team in STREAMS}
    directory = demo_directory(start, by_account, DEFAULT_KEY)
    simulator = Simulator(demo_scenario(start), workdays=workdays, directory=directory)
    async with listening_on(simulator.app(), addresses) as bound:
        for address in bound:
            endpoint = f"http://{_reached(address)}"
            logger().info("simulator started", endpoint=endpoint, key=DEFAULT_KEY)
        print(simulator_guide.text(f"http://{_reached(bound[0])}"), flush=True)
        await stop.wait()


def _reached(address: str) -> str:
    """Host and port of an address on which it listens."""
    return f"localhost{address}" if address.startswith(":") else address

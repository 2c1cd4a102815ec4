"""Searches all output of the exporter, in all tests, for planted secrets.

Output is: log events of each level, rendered exposition, answers of the exporter's own port,
refused configurations, reasons of failures, and the output of tests.
"""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest
import structlog
from aiohttp import web
from structlog.typing import EventDict, WrappedLogger

from exporter.errors import Details, Failure
from exporter.exposition import documents, pages
from exporter.exposition.stream import Piece, piece
from exporter.settings.yaml_file import ConfigError, Problem
from exporter.simulator.server import DEFAULT_KEY
from exporter.telemetry import logs
from exporter.web.server import MetricsRoutes
from tests.support.secure import SECRET
from tests.support.simulator import KEY

# Keys and tokens of tests.
_PLANTED = (
    DEFAULT_KEY,
    SECRET,
    KEY,
    "0123456789abcdef0123456789abcdef",
    "Bearer token-",
    "old-first",
    "old-second",
    "SECRETsecret",
    "topsecret",
    "PlantedKey",
)
_SIGNATURE = re.compile(r"\bsig(?:=|%3D)(?!<cut>)[^&\s\"'<>]{3}", re.IGNORECASE)


def planted_in(text: str, planted: Iterable[str] = _PLANTED) -> str:
    """A planted secret or any signature, with what stands around it; empty if there is none.

    One expression for all of them would take eight times as long.
    """
    place = next((at for word in planted if (at := text.find(word)) >= 0), None)
    if place is None and "sig" in text.lower() and (match := _SIGNATURE.search(text)):
        place = match.start()
    return "" if place is None else text[max(0, place - 80) : place + 60]


class Surfaces:
    """The number of searched texts, by surface, and the secrets found in them."""

    def __init__(self, planted: Iterable[str] = _PLANTED) -> None:
        self._planted = tuple(planted)
        self.searched: Counter[str] = Counter()
        self.found: list[str] = []

    def search(self, surface: str, output: str | bytes) -> None:
        """Search a text for planted secrets."""
        self.searched[surface] += 1
        text = output if isinstance(output, str) else output.decode("latin-1")
        if around := planted_in(text, self._planted):
            self.found.append(f"{surface}: {around!r}")

    def take_found(self) -> list[str]:
        """The secrets found since the last call."""
        found, self.found = self.found, []
        return found

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Search all output inside the context."""
        with pytest.MonkeyPatch.context() as patch:
            self._logs(patch)
            self._exposition(patch)
            self._answers(patch)
            self._errors(patch)
            yield

    def _logs(self, patch: pytest.MonkeyPatch) -> None:
        """Search all log events, and then drop those below the configured level."""
        configure = logs.configure

        def configured(
            level: str,
            form: str,
            stream: TextIO | None = None,
            now: Callable[[], float] = time.monotonic,
        ) -> None:
            configure("debug", form, stream, now)
            numbers = logging.getLevelNamesMapping()

            def searched(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
                self.search("log events", repr(event))
                if numbers[str(event["level"]).upper()] < numbers[level.upper()]:
                    raise structlog.DropEvent
                return event

            *processors, renderer = structlog.get_config()["processors"]
            structlog.configure(processors=[*processors, searched, renderer])

        patch.setattr(logs, "configure", configured)

    def _exposition(self, patch: pytest.MonkeyPatch) -> None:
        def searched(plain: bytes) -> Piece:
            self.search("exposition", plain)
            return piece(plain)

        for module in (pages, documents):
            patch.setattr(module, "piece", searched)

    def _answers(self, patch: pytest.MonkeyPatch) -> None:
        application = MetricsRoutes.application

        async def search(_: web.Request, answer: web.StreamResponse) -> None:
            self.search("answers", repr(answer.headers))
            if isinstance(answer, web.Response) and isinstance(answer.body, bytes):
                self.search("answers", answer.body)

        def searched(routes: MetricsRoutes, *other_routes: web.RouteDef) -> web.Application:
            app = application(routes, *other_routes)
            app.on_response_prepare.append(search)
            return app

        patch.setattr(MetricsRoutes, "application", searched)

    def _errors(self, patch: pytest.MonkeyPatch) -> None:
        fail, refuse = Failure.__init__, ConfigError.__init__

        def failed(
            failure: Failure, status: str, reason: str, details: Details | None = None
        ) -> None:
            self.search("failures", reason)
            fail(failure, status, reason, *([details] if details else []))

        def refused(error: ConfigError, problems: list[Problem]) -> None:
            refuse(error, problems)
            self.search("refused configurations", str(error))

        patch.setattr(Failure, "__init__", failed)
        patch.setattr(ConfigError, "__init__", refused)

"""A receiver of Alertmanager's messages."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import BaseModel

PATIENCE = 180  # seconds; a paused resource is asked again after 60


class Alert(BaseModel):
    """An alert as Alertmanager sends it, with a word as its status, or shows it, with more."""

    status: str | dict[str, object]
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def about(self) -> tuple[str, str]:
        """Its name, and the operation, or else the resource."""
        labels = self.labels
        return labels["alertname"], labels.get("operation", labels.get("resource", ""))


class Message(BaseModel):
    """What a webhook gets: https://prometheus.io/docs/alerting/latest/configuration/ has it."""

    receiver: str
    status: str
    groupLabels: dict[str, str]  # noqa: N815 - the word of Alertmanager
    alerts: list[Alert]


@dataclass
class Receiver:
    """Whoever is called, and what was said."""

    messages: list[Message] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{receiver}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        self.messages.append(Message.model_validate_json(await request.read()))
        return web.Response()

    def told(self, status: str) -> set[tuple[str, str]]:
        """What was said of which operations and resources."""
        return {
            alert.about
            for message in self.messages
            for alert in message.alerts
            if alert.status == status
        }


async def until(happened: Callable[[], bool], what: Callable[[], object]) -> None:
    """Wait until something has happened; `what` tells what did instead."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, what()
        await asyncio.sleep(0.2)

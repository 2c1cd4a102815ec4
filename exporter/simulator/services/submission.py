"""The POST that starts a batch: its JSON becomes documents = inputs times targets. Pure."""

import json
import random
from dataclasses import replace
from typing import cast
from urllib.parse import urlsplit

from exporter.simulator.play.documents import LANES, document, schedule
from exporter.simulator.play.scenario import Batch, Document, Pace
from exporter.simulator.services.errors import Refusal

_CONTAINER = range(2, 6)  # how many documents the simulator finds in a source container


def submitted(body: bytes, batch: str, now: float, pace: Pace) -> Batch:
    """The batch that a request body asks for; Refusal (400) in the service's form if it is wrong.

    https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/start-batch-translation
    """
    documents: list[Document] = []
    for number, item in enumerate(_list(_json(body), "inputs", "inputs")):
        at = f"inputs[{number}]"
        source = _object(_object(item, at).get("source"), f"{at}.source")
        for index, wanted in enumerate(_list(_object(item, at), "targets", f"{at}.targets")):
            target = _object(wanted, f"{at}.targets[{index}]")
            language = _text(target, "language", f"{at}.targets[{index}]")
            to = _location(_text(target, "targetUrl", f"{at}.targets[{index}]"))
            where = _location(_text(source, "sourceUrl", f"{at}.source"))
            single = _object(item, at).get("storageType") == "File"
            deployment = target.get("deploymentName")
            for name in [None] if single else _names(source, where):
                made = document(batch, len(documents), language, name)
                documents.append(
                    replace(
                        made,
                        source=where if name is None else f"{where}/{name}",
                        target=to if name is None else f"{to}/{name}",
                        deployment=str(deployment) if deployment else None,
                    )
                )
    return _timed(batch, documents, now, pace)


def _timed(batch: str, documents: list[Document], now: float, pace: Pace) -> Batch:
    listed = now + pace.listing
    done = listed + pace.document * (len(documents) + LANES - 1) / LANES
    times = schedule(len(documents), listed, done)
    return Batch(
        id=batch,
        created=now,
        listed=listed,
        documents=tuple(
            replace(one, created=listed, started=start, finished=end)
            for one, (start, end) in zip(documents, times, strict=True)
        ),
    )


def _names(source: dict[str, object], where: str) -> list[str]:
    """The same container always holds the same documents."""
    rules = _object(source.get("filter") or {}, "source.filter")
    prefix, suffix = rules.get("prefix") or "", rules.get("suffix") or ".docx"
    chance = random.Random(where)
    count = chance.choice(_CONTAINER)
    return [f"{prefix}document-{number}{suffix}" for number in range(1, count + 1)]


def _location(url: str) -> str:
    """A storage address as the service repeats it: with its port, without its signature."""
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port or 443}"
    return parts._replace(netloc=host, query="", fragment="").geturl().rstrip("/")


def _json(body: bytes) -> dict[str, object]:
    try:
        return _object(json.loads(body), "body")
    except (ValueError, RecursionError):
        raise _bad("body", "The request body is not valid JSON.") from None


def _object(value: object, at: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _bad(at, f"An object is expected at {at}.")
    return cast("dict[str, object]", value)


def _list(value: dict[str, object], name: str, at: str) -> list[object]:
    items = value.get(name)
    if not isinstance(items, list) or not items:
        raise _bad(at, f"A list with at least one item is expected at {at}.")
    return cast("list[object]", items)


def _text(value: dict[str, object], name: str, at: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise _bad(f"{at}.{name}", f"The field {at}.{name} is required.")
    if not name.endswith("Url"):
        return text
    try:
        parts = urlsplit(text)
        valid = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise _bad(f"{at}.{name}", f"The field {at}.{name} is not an https address.")
    return text


def _bad(target: str, message: str) -> Refusal:
    return Refusal(400, "InvalidRequest", message, target, "InvalidRequestBody")

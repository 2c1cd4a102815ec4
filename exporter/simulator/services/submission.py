"""The POST that starts a batch: its JSON becomes a document for each input and target. Pure."""

import json
import random
from dataclasses import replace
from typing import cast
from urllib.parse import urlsplit

from exporter.simulator.play.documents import LANES, document, schedule
from exporter.simulator.play.scenario import Batch, Document, Pace
from exporter.simulator.services.errors import Refusal

_DOCUMENT_COUNTS = range(2, 6)  # of a source container


def submitted(body: bytes, batch: str, now: float, pace: Pace) -> Batch:
    """The batch that a request body describes; Refusal (400) if the body is not valid.

    https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/start-batch-translation
    """
    documents: list[Document] = []
    for number, item in enumerate(_list(_json(body), "inputs", "inputs")):
        path = f"inputs[{number}]"
        source = _object(_object(item, path).get("source"), f"{path}.source")
        for index, value in enumerate(_list(_object(item, path), "targets", f"{path}.targets")):
            target = _object(value, f"{path}.targets[{index}]")
            language = _text(target, "language", f"{path}.targets[{index}]")
            target_url = _location(_text(target, "targetUrl", f"{path}.targets[{index}]"))
            source_url = _location(_text(source, "sourceUrl", f"{path}.source"))
            is_file = _object(item, path).get("storageType") == "File"
            deployment = target.get("deploymentName")
            for name in [None] if is_file else _names(source, source_url):
                documents.append(
                    replace(
                        document(batch, len(documents), language, name),
                        source=source_url if name is None else f"{source_url}/{name}",
                        target=target_url if name is None else f"{target_url}/{name}",
                        deployment=str(deployment) if deployment else None,
                    )
                )
    return _batch(batch, documents, now, pace)


def _batch(batch: str, documents: list[Document], now: float, pace: Pace) -> Batch:
    listed = now + pace.listing
    done = listed + pace.document * (len(documents) + LANES - 1) / LANES
    times = schedule(len(documents), listed, done)
    return Batch(
        id=batch,
        created=now,
        listed=listed,
        documents=tuple(
            replace(document_of_batch, created=listed, started=start, finished=end)
            for document_of_batch, (start, end) in zip(documents, times, strict=True)
        ),
    )


def _names(source: dict[str, object], url: str) -> list[str]:
    """The names of a container's documents; always the same for the same address."""
    rules = _object(source.get("filter") or {}, "source.filter")
    prefix, suffix = rules.get("prefix") or "", rules.get("suffix") or ".docx"
    count = random.Random(url).choice(_DOCUMENT_COUNTS)
    return [f"{prefix}document-{number}{suffix}" for number in range(1, count + 1)]


def _location(url: str) -> str:
    """A storage address in the form of an answer: with its port, without its signature."""
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port or 443}"
    return parts._replace(netloc=host, query="", fragment="").geturl().rstrip("/")


def _json(body: bytes) -> dict[str, object]:
    try:
        return _object(json.loads(body), "body")
    except (ValueError, RecursionError):
        raise _invalid_body("body", "The request body is not valid JSON.") from None


def _object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _invalid_body(path, f"An object is expected at {path}.")
    return cast("dict[str, object]", value)


def _list(value: dict[str, object], name: str, path: str) -> list[object]:
    items = value.get(name)
    if not isinstance(items, list) or not items:
        raise _invalid_body(path, f"A list with at least one item is expected at {path}.")
    return cast("list[object]", items)


def _text(value: dict[str, object], name: str, path: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise _invalid_body(f"{path}.{name}", f"The field {path}.{name} is required.")
    if not name.endswith("Url"):
        return text
    try:
        parts = urlsplit(text)
        valid = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise _invalid_body(f"{path}.{name}", f"The field {path}.{name} is not an https address.")
    return text


def _invalid_body(target: str, message: str) -> Refusal:
    return Refusal(400, "InvalidRequest", message, target, "InvalidRequestBody")

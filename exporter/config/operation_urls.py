"""The URL of an operation, as Azure gives it in Operation-Location, in place of its id."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from exporter.apis import Apis, Settings
from exporter.apis.id_forms import IdForm
from exporter.settings.named_operations import LISTS
from exporter.settings.schema_hints import TextCheck
from exporter.settings.types import problem

_PORTS = {"http": 80, "https": 443}


def id_of(text: str, endpoint: str, settings: Settings) -> str:
    """The id in the URL of an operation of this API; what is no URL stays as it is.

    No text shows the URL, whose query may have a signature.

    Raises:
        PydanticCustomError: it is not the URL of an operation of this API and resource.
    """
    if not _is_url(text):
        return text
    resource = urlsplit(endpoint)
    try:
        url = urlsplit(text.strip())
        own = _host(url) == _host(resource)
    except ValueError:
        raise problem("is no valid URL; write the id of the operation") from None
    if "@" in url.netloc:
        raise problem("is a URL with a user or password; write the id of the operation")
    if not own:
        raise problem(
            f"is a URL with another {_difference(url, resource)}; the resource is at "
            f"{resource.scheme}://{resource.netloc}: write a URL of it, or the id alone"
        )
    paths = url.path.removeprefix(resource.path), url.path
    forms = settings.id_forms()
    if id_ := _id_in(paths, forms):
        return id_
    others = [
        version
        for version in _versions(settings)
        if _id_in(paths, settings.model_copy(update={"api_version": version}).id_forms())
    ]
    if others:
        raise problem(
            f"is a URL of api_version {' or '.join(others)}, which is not that of the section: "
            "write the id alone, or change api_version"
        )
    examples = " or ".join(resource.path + form.example for form in forms)
    raise problem(f"is not the URL of an operation of this API, whose path is {examples}")


def with_ids(data: object) -> object:
    """The written settings of a resource, with ids in place of URLs.

    In place of a URL that is not that of an operation of its section is the error, which the
    check of the entry raises.
    """
    endpoint: object = data.get("endpoint") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(endpoint, str):
        return data
    sections: dict[str, object] = {
        api: _with_ids(settings, data[api], endpoint)
        for api, settings in Apis.by_name()
        if isinstance(data.get(api), dict)
    }
    return data | sections


def _with_ids(
    model: type[Settings], section: Mapping[str, object], endpoint: str
) -> Mapping[str, object]:
    """A written section; without a URL in it, or if its other settings are not valid, as it is."""
    lists = {name: entries for name in LISTS if isinstance(entries := section.get(name), list)}
    ids = [_id(entry) for entries in lists.values() for entry in entries]
    if not any(isinstance(id_, str) and _is_url(id_) for id_ in ids):
        return section
    others = {name: value for name, value in section.items() if name not in lists}
    try:
        settings = model.model_validate(others)
    except ValidationError:
        return section
    read = {
        name: [_with_id(entry, endpoint, settings) for entry in entries]
        for name, entries in lists.items()
    }
    return {**section, **read}


def _with_id(entry: object, endpoint: str, settings: Settings) -> object:
    """An entry with the id in place of a URL, or the error."""
    written = _id(entry)
    try:
        id_ = id_of(written, endpoint, settings) if isinstance(written, str) else written
    except PydanticCustomError as error:
        return error
    return {**entry, "id": id_} if isinstance(entry, dict) else id_


def _id_in(paths: Iterable[str], forms: Sequence[IdForm]) -> str | None:
    """The first id in one of the paths; None: they have no id of these forms."""
    return next(filter(None, (form.id_in(path) for path in paths for form in forms)), None)


def _versions(settings: Settings) -> Iterator[str]:
    """The versions that the section may have."""
    version = type(settings).model_fields.get("api_version")
    for check in version.metadata if version else ():
        words = check.keywords.get("enum") if isinstance(check, TextCheck) else None
        yield from words if isinstance(words, list) else ()


def _id(entry: object) -> object:
    """The written id of an operation: an id alone, or a mapping with options."""
    return entry.get("id") if isinstance(entry, dict) else entry


def _host(url: SplitResult) -> tuple[str | None, int | None]:
    return url.hostname, url.port or _PORTS.get(url.scheme)


def _difference(url: SplitResult, resource: SplitResult) -> str:
    """What of the URL differs first from that of the resource."""
    if url.hostname != resource.hostname:
        return "host"
    return "scheme" if url.scheme != resource.scheme else "port"


def _is_url(text: str) -> bool:
    return re.match(r"\s*https?://", text, re.IGNORECASE) is not None

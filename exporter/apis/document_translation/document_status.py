"""The bodies of documents, parsed without pydantic.

There may be a million, and pydantic, which parses all other bodies, takes ten times as long.
https://learn.microsoft.com/azure/ai-services/translator/document-translation/reference/get-document-status
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self
from urllib.parse import unquote

from msgspec import Meta, Raw, Struct, field
from msgspec.json import Decoder

from exporter.apis.reading import (
    COUNT_LIMIT,
    ErrorBody,
    read_count,
    read_ratio,
    read_state,
    read_timestamp,
    read_word,
    words,
)
from exporter.azure.body import ShapeError, link_of
from exporter.model.operation import Document, Fault, State
from exporter.text import LABEL_LIMIT, public

_UUID_LENGTH = 36
_LANGUAGE_LENGTH = 7  # such as zh-Hant

# The words of batches and of documents; Azure uses both spellings.
WORDS = words(
    State.NOT_STARTED,
    State.RUNNING,
    State.SUCCEEDED,
    State.FAILED,
    State.CANCELLING,
    State.CANCELLED,
    State.VALIDATION_FAILED,
    Canceled=State.CANCELLED,
    Canceling=State.CANCELLING,
)

_STATES = {word: state for word, state in WORDS.items() if word == state.value}  # no foreign text

_Count = Annotated[int, Meta(ge=0, le=COUNT_LIMIT - 1)]
_Ratio = Annotated[int, Meta(ge=0, le=1)] | Annotated[float, Meta(ge=0, le=1)]


class _PlainStatus(Struct, gc=False):
    """DocumentStatus of Azure's page, where no value is odd.

    The creation time is not read: nothing shows it, and documents that failed before they started
    have none, although Azure's page requires it. Only succeeded documents have a `path`.
    """

    id: str
    status: str
    to: str = ""
    last_action: object = field(default=None, name="lastActionDateTimeUtc")
    progress: _Ratio | None = None
    characters_charged: _Count | None = field(default=None, name="characterCharged")
    images_charged: _Count | None = field(default=None, name="imageCharged")
    error: object = None
    source: object = field(default=None, name="sourcePath")

    def document(self, *, named: bool) -> Document:
        word = self.status
        state = _STATES.get(word)
        if state is None:
            word = read_word(word)
            state = read_state(word, WORDS)
        # What is no UUID and no short code of a language is foreign text.
        id_ = self.id if len(self.id) == _UUID_LENGTH else public(self.id, LABEL_LIMIT)
        language = self.to
        if len(language) > _LANGUAGE_LENGTH:
            language = public(language, LABEL_LIMIT)
        return Document(
            id_.lower(),  # as batches' ids
            language,
            state,
            word,
            read_timestamp(self.last_action),
            self.progress,
            self.characters_charged,
            self.images_charged,
            _fault(self.error) if self.error else None,
            _name(self.source) if named else "",
        )


class DocumentStatus(Struct, gc=False):
    """The same, where a value may be odd; it is left out, so that the state can be read."""

    id: str
    status: str
    to: object = ""
    last_action: object = field(default=None, name="lastActionDateTimeUtc")
    progress: object = None
    characters_charged: object = field(default=None, name="characterCharged")
    images_charged: object = field(default=None, name="imageCharged")
    error: object = None
    source: object = field(default=None, name="sourcePath")

    @classmethod
    def read(cls, body: bytes) -> "DocumentStatus":
        """The body as this shape; raises ShapeError."""
        try:
            return _read_status(body)
        except (ValueError, RecursionError) as error:
            raise ShapeError(str(error)) from None

    def document(self, *, named: bool = False) -> Document:
        plain = _PlainStatus(
            self.id,
            self.status,
            self.to if isinstance(self.to, str) else "",
            self.last_action,
            read_ratio(self.progress),
            read_count(self.characters_charged),
            read_count(self.images_charged),
            self.error,
            self.source,
        )
        return plain.document(named=named)


class _Page(Struct):
    value: list[_PlainStatus]
    next_link: object = field(default=None, name="nextLink")
    at_next_link: object = field(default=None, name="@nextLink")


class _RawPage(Struct):
    value: list[Raw]
    next_link: object = field(default=None, name="nextLink")
    at_next_link: object = field(default=None, name="@nextLink")


@dataclass(frozen=True)
class DocumentPage:
    """One page of a list of documents; `broken` counts items that could not be read."""

    documents: Sequence[Document]
    links: tuple[object, ...] = ()
    broken: int = 0
    named: ClassVar = False  # whether the names of documents are read

    def following(self, path: str) -> str | None:  # noqa: ARG002
        """The link to the next page, as Azure sent it; raises ShapeError."""
        return link_of(*self.links)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The body as this shape; raises ShapeError."""
        try:
            page = _read_page(body)
            documents = [status.document(named=cls.named) for status in page.value]
            return cls(documents, (page.next_link, page.at_next_link))
        except (ValueError, RecursionError):
            return cls._without_odd_values(body)

    @classmethod
    def _without_odd_values(cls, body: bytes) -> Self:
        """The page without odd values, and without the items that cannot be read."""
        try:
            page = _read_raw_page(body)
        except (ValueError, RecursionError) as error:
            raise ShapeError(str(error)) from None
        documents = list(_readable_documents(page.value, named=cls.named))
        broken = len(page.value) - len(documents)
        return cls(documents, (page.next_link, page.at_next_link), broken)


class NamedDocumentPage(DocumentPage):
    """A page with the names of documents."""

    named: ClassVar = True


def _readable_documents(items: Sequence[Raw], *, named: bool) -> Iterator[Document]:
    for item in items:
        try:
            yield _read_status(item).document(named=named)
        except (ValueError, RecursionError):
            continue


_read_status = Decoder(DocumentStatus).decode
_read_page = Decoder(_Page).decode
_read_raw_page = Decoder(_RawPage).decode


def _name(source: object) -> str:
    """The last part of the path of a blob's URL, without its query, which may hold a signature."""
    if not isinstance(source, str):
        return ""
    path = re.split(r"[?#]", source, maxsplit=1)[0]
    return public(unquote(path.rstrip("/").rpartition("/")[2]), LABEL_LIMIT)


def _fault(error: object) -> Fault | None:
    return ErrorBody.model_validate(error).fault() if isinstance(error, dict) else None

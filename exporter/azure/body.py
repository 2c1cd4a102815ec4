"""Bodies as Azure sends them: how they are parsed, and which errors are tolerated."""

from typing import Generic, Protocol, Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import from_json


class ShapeError(ValueError):
    """A body has another shape than Azure's page documents; the text tells where and how."""


class Readable(Protocol):
    """A shape that a body can be parsed to."""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The body as this shape.

        Raises:
            ShapeError: it has another shape.
        """


class ListPage(Readable, Protocol):
    """One page of a list: its next page, and the number of its items that could not be read."""

    @property
    def broken(self) -> int: ...

    def following(self, path: str) -> str | None:
        """The next page: a URL, or a reference relative to this page; None on the last page.

        `path` is the path and query of the request for this page.

        Raises:
            ShapeError: there is a next page, but no link to it.
        """


class Body(BaseModel):
    """A body, or a part of one: unknown fields are ignored, missing ones are None."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True
    )

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The body as this shape.

        Raises:
            ShapeError: it has another shape.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise ShapeError(_first_error(error)) from None


def _first_error(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where or 'body'}: {first['msg']}"


Item = TypeVar("Item", bound=Body)


class ItemsPage(Body, Generic[Item]):
    """One page of a list. Azure documents the link as `nextLink`, and some APIs send `@nextLink`.

    If the items are under another key than `value`, it is the alias of the field.

    `broken` is the number of items that could not be read; the other items are kept.
    """

    value: tuple[Item, ...]
    next_link: str | None = Field(None, validation_alias="nextLink")
    at_next_link: str | None = Field(None, validation_alias="@nextLink")
    _broken: int = PrivateAttr(0)

    @property
    def broken(self) -> int:
        return self._broken

    def following(self, path: str) -> str | None:  # noqa: ARG002
        return self.next_link or self.at_next_link

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The page, without the items that have another shape."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            places = [item["loc"] for item in errors]
            key = str(cls.model_fields["value"].validation_alias or "value")
            broken = {place[1] for place in places if place[:1] == (key,) and len(place) > 1}
            if not broken or any(place[:1] != (key,) for place in places):
                raise ShapeError(_first_error(error)) from None
            page = from_json(body)
            page[key] = [item for index, item in enumerate(page[key]) if index not in broken]
            readable = cls.model_validate(page)
            readable._broken = len(broken)  # noqa: SLF001
            return readable


class CursorPage(ItemsPage[Item], Generic[Item]):
    """One page of a list that continues after the id of its last item, as OpenAI's lists do.

    https://platform.openai.com/docs/api-reference/batch/list
    """

    value: tuple[Item, ...] = Field(validation_alias="data")
    has_more: bool | None = None
    last_id: str | None = None

    def following(self, path: str) -> str | None:
        if not self.has_more:
            return None
        if not self.last_id:
            raise ShapeError("last_id: is missing, although has_more is true")
        return _with_after(path, self.last_id)


def _with_after(path: str, id_: str) -> str:
    """The path with `after=` in its query; replaces an earlier one."""
    path, _, query = path.partition("?")
    others = [part for part in query.split("&") if part and part.partition("=")[0] != "after"]
    after = quote(id_, safe="")
    return f"{path}?{'&'.join([*others, f'after={after}'])}"

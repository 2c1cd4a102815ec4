"""Bodies as Azure sends them: what is read, and how forgiving that is."""

from typing import Generic, Protocol, Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import from_json


class ShapeError(ValueError):
    """A body has another shape than its page promises; the text says where and how."""


class Readable(Protocol):
    """What a body can be read as."""

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The body as this shape.

        Raises:
            ShapeError: it has another shape.
        """


class ListPage(Readable, Protocol):
    """One page of a list: what follows it, and how many of its items could not be read."""

    @property
    def broken(self) -> int: ...

    def following(self, path: str) -> str | None:
        """Where the next page is: a URL, or a reference relative to this page's; None: nowhere.

        `path` and query are those that this page was asked with.

        Raises:
            ShapeError: the list goes on, but the page does not say where.
        """


class Body(BaseModel):
    """A body, or a part of one: unknown fields are ignored, a missing one is None."""

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
            raise ShapeError(_first(error)) from None


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where or 'body'}: {first['msg']}"


Item = TypeVar("Item", bound=Body)


class ItemsPage(Body, Generic[Item]):
    """One page of a list. The key of the link is `@nextLink` on the wire, `nextLink` on paper.

    Where the items stand under another key than `value`, that is the alias of the field.

    `broken` counts items that could not be read; the others count all the same.
    """

    value: tuple[Item, ...]
    paper_link: str | None = Field(None, validation_alias="nextLink")
    wire_link: str | None = Field(None, validation_alias="@nextLink")
    _broken: int = PrivateAttr(0)

    @property
    def broken(self) -> int:
        return self._broken

    def following(self, path: str) -> str | None:  # noqa: ARG002
        return self.paper_link or self.wire_link

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The page, without the items that have another shape."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
            places = [found["loc"] for found in errors]
            key = str(cls.model_fields["value"].validation_alias or "value")
            broken = {place[1] for place in places if place[:1] == (key,) and len(place) > 1}
            if not broken or any(place[:1] != (key,) for place in places):
                raise ShapeError(_first(error)) from None
            page = from_json(body)
            page[key] = [item for index, item in enumerate(page[key]) if index not in broken]
            rest = cls.model_validate(page)
            rest._broken = len(broken)  # noqa: SLF001
            return rest


class CursorPage(ItemsPage[Item], Generic[Item]):
    """One page of a list that goes on after its last item, as those of OpenAI do.

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
        return _after(path, self.last_id)


def _after(path: str, id_: str) -> str:
    """The path with `after=` in its query; an earlier one is left out."""
    path, _, query = path.partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] != "after"]
    after = quote(id_, safe="")
    return f"{path}?{'&'.join([*kept, f'after={after}'])}"

"""Bodies as Azure sends them: how they are parsed, and which errors are tolerated."""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, Self, TypeVar, get_args
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from exporter.azure.repair import Place, without_odd_values


class ShapeError(ValueError):
    """A body has another shape than Azure's page documents; the text tells where and how."""


Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)

# Makes a value of a body; raises ShapeError for a body of another shape.
Parse = Callable[[bytes], Value]


class ListPage(Protocol):
    """One page of a list: its next page, and the number of its items that could not be read."""

    @property
    def broken(self) -> int: ...

    def following(self, path: str) -> str | None:
        """The next page: a URL, or a reference relative to this page; None on the last page.

        `path` is the path and query of the request for this page.

        Raises:
            ShapeError: there is a next page, but no link to it.
        """


class PageOf(ListPage, Protocol[Value_co]):
    """The shape of a page with items of another shape."""

    @property
    def value(self) -> Sequence[Value_co]: ...

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The page, without the items that have another shape."""

    @classmethod
    def items_key(cls) -> str:
        """The name of the field with the items."""

    @classmethod
    def parse_item(cls, body: bytes) -> Value_co:
        """One item.

        Raises:
            ShapeError: it has another shape.
        """


class Body(BaseModel):
    """A body, or a part of one: unknown fields are ignored, missing ones are None.

    So are optional fields with an odd value, which costs nothing but that value.
    """

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True
    )

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The body as this shape.

        Raises:
            ShapeError: it has another shape.
        """
        return cls._read(body)[0]

    @classmethod
    def _read(cls, body: bytes) -> tuple[Self, Sequence[Place]]:
        """The body as this shape, and the places of the odd values that it is without."""
        try:
            return cls.model_validate_json(body), ()
        except ValidationError as first_error:
            try:
                return without_odd_values(cls, body, first_error)
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
    next_link: object = Field(None, validation_alias="nextLink")
    at_next_link: object = Field(None, validation_alias="@nextLink")
    _broken: int = PrivateAttr(0)

    @property
    def broken(self) -> int:
        return self._broken

    def following(self, path: str) -> str | None:  # noqa: ARG002
        return link_of(self.next_link, self.at_next_link)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The page, without the items that have another shape."""
        page, odd_places = cls._read(body)
        key = cls.items_key()
        page._broken = sum(place[0] == key and len(place) == 2 for place in odd_places)  # noqa: PLR2004, SLF001
        return page

    @classmethod
    def items_key(cls) -> str:
        """The name of the field with the items."""
        return str(cls.model_fields["value"].validation_alias or "value")

    @classmethod
    def parse_item(cls, body: bytes) -> Item:
        """One item.

        Raises:
            ShapeError: it has another shape.
        """
        item: type[Item] = get_args(cls.model_fields["value"].annotation)[0]
        return item.read(body)


def link_of(*links: object) -> str | None:
    """The link to the next page, from the fields that may hold it; None on the last page.

    Raises:
        ShapeError: it is not text, so that the list would be cut without a word.
    """
    link = next((link for link in links if link is not None and link != ""), None)
    if link is None or isinstance(link, str):
        return link
    raise ShapeError("nextLink: Input should be a valid string")


class CursorPage(ItemsPage[Item], Generic[Item]):
    """One page of a list that continues after the id of its last item, as OpenAI's lists do.

    Not every list of Azure says `last_id`; then it is the id of the last item that can be read.

    https://platform.openai.com/docs/api-reference/batch/list
    """

    value: tuple[Item, ...] = Field(validation_alias="data")
    has_more: object = None
    last_id: str | None = None

    def following(self, path: str) -> str | None:
        if self.has_more is None or self.has_more is False:
            return None
        if self.has_more is not True:
            raise ShapeError("has_more: Input should be a valid boolean")
        last_id = self.last_id or self._id_of_last_item()
        if not last_id:
            raise ShapeError("last_id: is missing, although has_more is true")
        return _with_after(path, last_id)

    def _id_of_last_item(self) -> str | None:
        last_id: object = getattr(self.value[-1], "id", None) if self.value else None
        return last_id if isinstance(last_id, str) else None


def _with_after(path: str, id_: str) -> str:
    """The path with `after=` in its query; replaces an earlier one."""
    path, _, query = path.partition("?")
    others = [part for part in query.split("&") if part and part.partition("=")[0] != "after"]
    after = quote(id_, safe="")
    return f"{path}?{'&'.join([*others, f'after={after}'])}"

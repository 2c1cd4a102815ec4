"""The settings of prices, which make an estimate of what operations cost."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from exporter.apis import Apis
from exporter.model.prices import Price, PriceTable
from exporter.model.quantities import Amount
from exporter.settings.raising import raise_all
from exporter.settings.suggestions import did_you_mean
from exporter.settings.types import RESOURCE_NAME, Strict, between, known_words, matching, problem

_NOUNS = tuple(dict.fromkeys(amount.noun for amount in Amount if amount.total))
_KINDS = tuple(dict.fromkeys(amount.kind for amount in Amount if amount.total and amount.kind))


class PriceRow(Strict):
    """The price of one amount."""

    api: Annotated[str, known_words(tuple(Apis.model_fields))]
    """The API, as it is named in a resource."""
    amount: Annotated[str, known_words(_NOUNS)]
    """What is charged or used: the name of its metric without `azure_ai_operation_`."""
    kind: Annotated[str, known_words(_KINDS)] | None = None
    """The label `kind` of the metric; without it, all kinds without a row of their own."""
    per: Annotated[float, between(0.001, 1e12, "0.001 to 1000000000000")]
    """Number of units that the price is for."""
    price: Annotated[float, between(0, 1e9, "0 to 1000000000")]
    """The price, in the currency."""
    resource: Annotated[str, RESOURCE_NAME] | None = None
    """The resource, if it has its own price."""

    @property
    def place(self) -> tuple[str, str, str | None, str | None]:
        """What the row is for."""
        return self.api, self.amount, self.kind, self.resource

    @model_validator(mode="after")
    def _check_amount(self) -> "PriceRow":
        told = (Amount.CHARACTERS_CHARGED, *dict(Apis.by_name())[self.api].amounts)
        nouns = dict.fromkeys(amount.noun for amount in told if amount.total)
        if self.amount not in nouns:
            raise problem(
                f"{self.api} does not report {self.amount}; it reports {', '.join(nouns)}", "amount"
            )
        kinds = [amount.kind for amount in told if amount.noun == self.amount and amount.kind]
        if self.kind is not None and self.kind not in kinds:
            hint = f"must be one of {', '.join(kinds)}" if kinds else "leave it out: it has none"
            raise problem(f"{self.api} has no such kind of {self.amount}; {hint}", "kind")
        return self


class Prices(Strict):
    """Prices, to estimate costs. The exporter does not know Azure's prices."""

    currency: Annotated[str, matching(r"[A-Z]{3}", "a code of three letters, such as EUR")]
    """The currency of all prices."""
    table: Annotated[tuple[PriceRow, ...], Field(json_schema_extra={"minItems": 1})]
    """The prices. A row with `resource` takes precedence over a row with `kind`, which takes
    precedence over one with neither. An amount without a row costs 0. A changed price applies to
    later charges.
    """

    @model_validator(mode="after")
    def _check_rows(self) -> "Prices":
        if not self.table:
            raise problem("is empty; add a row, or leave prices out", "table")
        first: dict[object, int] = {}
        raise_all(
            problem("repeats a row above it; remove one of them", "table", number)
            for number, row in enumerate(self.table)
            if first.setdefault(row.place, number) != number
        )
        return self

    def of_unknown_resources(self, names: Sequence[str]) -> Iterator[PydanticCustomError]:
        """A problem for each row whose resource is not one of these."""
        for number, row in enumerate(self.table):
            if row.resource is not None and row.resource not in names:
                text = f"no resource has the name {row.resource!r}"
                place = "prices", "table", number, "resource"
                yield problem(text + did_you_mean(row.resource, names), *place)

    def price_table(self) -> PriceTable:
        """The prices of one unit each."""
        return PriceTable(self.currency, self._unit_prices())

    def _unit_prices(self) -> Iterator[Price]:
        for row in self.table:
            value = row.price / row.per
            yield Price(row.api, row.amount, value, row.kind or "", row.resource or "")

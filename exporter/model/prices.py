"""What operations cost by the prices of the configuration: always an estimate. Pure."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from exporter.model.operation import Amounts, OperationKey
from exporter.model.quantities import Amount

_DECIMALS = 2
_SMALL = 0.1  # less than this is shown more exactly


class Cost(Struct, frozen=True, gc=False):
    """An estimate; `currency` is the code of the configuration, such as EUR.

    `others` are the costs by currency that the same charges had before the currency changed.
    """

    currency: str
    value: float
    others: tuple[tuple[str, float], ...] = ()

    def known(self, currency: str) -> float:
        """What is known to be spent in a currency; 0 if nothing was ever priced in it."""
        return {**dict(self.others), self.currency: self.value}.get(currency, 0.0)

    @property
    def words(self) -> str:
        """The cost as people read it: `1,234.50 EUR`, `0.0042 EUR`."""
        return f"{self.value:,.{_DECIMALS if self.value >= _SMALL else 4}f} {self.currency}"


class Price(Struct, frozen=True):
    """The price of one unit of an amount. Empty: of every kind, or of every resource."""

    api: str
    noun: str
    value: float
    kind: str = ""
    resource: str = ""


class PriceTable:
    """The prices of a configuration.

    A row with a resource wins over one with a kind, and that over one with neither.
    """

    def __init__(self, currency: str, prices: Iterable[Price]) -> None:
        self.currency = currency
        self._by_place: Mapping[tuple[str, str, str, str], float] = {
            (price.resource, price.api, price.noun, price.kind): price.value for price in prices
        }
        self.unit_prices = lru_cache(maxsize=4096)(self._unit_prices)

    def _unit_prices(self, resource: str, api: str) -> Mapping[Amount, float]:
        """The price of one unit of each amount of an API that has one."""
        priced = ((amount, self._unit_price(resource, api, amount)) for amount in Amount)
        return {amount: price for amount, price in priced if price is not None}

    def _unit_price(self, resource: str, api: str, amount: Amount) -> float | None:
        noun, kind = amount.noun, amount.kind
        for place in (
            (resource, api, noun, kind),
            (resource, api, noun, ""),
            ("", api, noun, kind),
            ("", api, noun, ""),
        ):
            if place in self._by_place:
                return self._by_place[place]
        return None

    def prices_any(self, resource: str, api: str, amounts: Iterable[Amount]) -> bool:
        """Whether one of these amounts of an API has a price."""
        return not self.unit_prices(resource, api).keys().isdisjoint(amounts)

    def cost(
        self, key: OperationKey, before: Cost | None, charged_before: Amounts, amounts: Amounts
    ) -> Cost | None:
        """The cost so far: what is more than `charged_before` costs the price of today.

        What has another currency is priced as a whole, but not below what it has cost in this one.
        None while no amount has a price.
        """
        if before and before.currency != self.currency:
            return self._converted(key, before, amounts)
        charged_before = charged_before if before else {}
        unit_prices = self.unit_prices(key.resource, key.api)
        is_priced, more = False, 0.0
        for amount, value in amounts.items():
            price = unit_prices.get(amount)
            if price is not None:
                is_priced = True
                increase = value - charged_before.get(amount, 0)
                if increase > 0:
                    more += increase * price
        if before:
            return replace(before, value=before.value + more) if more else before
        return Cost(self.currency, more) if is_priced else None

    def _converted(self, key: OperationKey, before: Cost, amounts: Amounts) -> Cost | None:
        """The cost in this currency of what had a cost in another one."""
        whole = self.cost(key, None, {}, amounts)
        if whole is None:
            return None
        others = {**dict(before.others), before.currency: before.value}
        value = max(whole.value, others.pop(self.currency, 0.0))
        return Cost(self.currency, value, tuple(others.items()))

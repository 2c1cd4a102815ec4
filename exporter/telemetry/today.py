"""What was charged since midnight UTC, or since the start if that was later."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, msgpack

from exporter.model.operation import Number
from exporter.model.prices import Cost, PriceTable
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot

_DAY = 86400

Charge = tuple[str, str, Amount]  # resource, API, amount


class Day(Struct, frozen=True, array_like=True):
    """The saved form: `since` in Unix seconds, and charges as (resource, API, amount, value).

    An amount is a word, because a later version may know others. The cost is that of all these
    charges, with its currency.
    """

    since: float
    charges: Sequence[tuple[str, str, str, Number]] = ()
    cost: tuple[str, float] | None = None


decode_day = msgpack.Decoder(Day).decode
_NOUNS = tuple(dict.fromkeys(amount.noun for amount in Amount if amount.total))
_AMOUNTS = {amount.value: amount for amount in Amount}


class Today:
    """Adds up the charges of the day; they begin anew at each midnight UTC.

    Attributes:
        since: Unix seconds from which charges are counted.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.since = clock()
        self._charges: dict[Charge, Number] = {}
        self._prices: PriceTable | None = None
        self._spent: Cost | None = None  # for the charges in `_paid`, by the prices of their time
        self._paid: Mapping[Charge, Number] = {}

    @property
    def charges(self) -> Mapping[Charge, Number]:
        """The charges so far."""
        self._begin_day()
        return self._charges

    @property
    def from_midnight(self) -> bool:
        """Whether the whole day is counted, not only what came after the start."""
        self._begin_day()
        return self.since % _DAY == 0

    def amounts(self) -> Mapping[str, Number]:
        """The sum of each noun, such as `tokens`, whose kinds may be summed."""
        sums: dict[str, Number] = {}
        for (_, _, amount), value in self.charges.items():
            sums[amount.noun] = sums.get(amount.noun, 0) + value
        return {noun: sums[noun] for noun in _NOUNS if noun in sums}

    def price(self, prices: PriceTable | None) -> None:
        """Use these prices for what is charged from now on, and for what has no cost yet."""
        self._settle(self.cost)
        self._prices = prices

    @property
    def cost(self) -> Cost | None:
        """The estimate; None without prices. In another currency all charges are priced anew."""
        charges = self.charges
        if self._prices is None:
            return None
        spent, paid = self._spent, self._paid
        if spent is None or spent.currency != self._prices.currency:
            spent, paid = Cost(self._prices.currency, 0.0), {}
        value = spent.value
        for charge, charged in charges.items():
            resource, api, amount = charge
            price = self._prices.unit_prices(resource, api).get(amount, 0.0)
            value += (charged - paid.get(charge, 0)) * price
        return Cost(spent.currency, value)

    def _settle(self, cost: Cost | None) -> None:
        """Fix the cost of all charges so far."""
        if cost:
            self._spent, self._paid = cost, dict(self._charges)

    def changed(self, before: Snapshot | None, after: Snapshot | None) -> None:
        """A listener of the store."""
        if before is None or after is None or after.charged is before.charged:
            return
        self._begin_day()
        is_first = before.operation is None and not before.charged
        if is_first and not self._is_of_today(after):
            return
        resource, api, _ = after.watch.key
        for amount, value in after.charged.items():
            if more := value - before.charged.get(amount, 0):
                charge = resource, api, amount
                self._charges[charge] = self._charges.get(charge, 0) + more

    def _is_of_today(self, first: Snapshot) -> bool:
        """Whether charges that are seen for the first time belong to this time.

        Those of an operation that began earlier and runs, or that ended earlier, do not.
        """
        operation = first.operation
        if operation is None or operation.created is None or operation.created >= self.since:
            return True
        return first.ended is not None and first.ended >= self.since

    def _begin_day(self) -> None:
        now = self._clock()
        if now // _DAY != self.since // _DAY:
            # A clock that was set back to an earlier day says nothing of that day's charges.
            self.since = now // _DAY * _DAY if now > self.since else now
            self._charges, self._spent, self._paid = {}, None, {}

    def saved(self) -> bytes:
        """The charges of the day, for the checkpoint."""
        charges = [(*charge, value) for charge, value in self.charges.items()]
        cost = self.cost
        return msgpack.encode(
            Day(self.since, charges, (cost.currency, cost.value) if cost else None)
        )

    def restore(self, saved: bytes) -> None:
        """Continue with the charges of a checkpoint; those of an earlier day are over."""
        day, now = decode_day(saved), self._clock()
        if day.since > now:
            return
        self.since = day.since
        self._charges = {
            (resource, api, _AMOUNTS[amount]): value
            for resource, api, amount, value in day.charges
            if amount in _AMOUNTS
        }
        self._settle(Cost(*day.cost) if day.cost else None)
        self._begin_day()

"""What was charged since midnight UTC, or since the start if that was later."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, msgpack

from exporter.model.operation import Number
from exporter.model.prices import Cost, PriceTable
from exporter.model.quantities import Amount
from exporter.model.snapshot import Snapshot

_DAY = 86400

Charge = tuple[str, str, Amount]  # resource, API, amount


_Saved = Sequence[tuple[str, str, str, Number]]  # charges; a later version may know other amounts


class Day(Struct, frozen=True, array_like=True):
    """The saved form: `since` in Unix seconds, charges, and the cost of the paid ones."""

    since: float
    charges: _Saved = ()
    cost: tuple[str, float] | None = None
    paid: _Saved = ()


class _Paid(Struct, frozen=True):
    """The charges that have had a price, and their cost by the prices of their time."""

    charges: Mapping[Charge, Number] = {}
    cost: Cost | None = None


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
        self._paid = _Paid()

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

    def use_prices(self, prices: PriceTable | None) -> None:
        """Use these prices for what is charged from now on, and for what has had no price yet."""
        self._begin_day()
        self._paid = self._paid_now()
        self._prices = prices

    @property
    def cost(self) -> Cost | None:
        """The estimate; None without prices. In another currency all charges are priced anew."""
        self._begin_day()
        return self._paid_now().cost if self._prices else None

    def _paid_now(self) -> _Paid:
        """What is paid so far, by the prices in use."""
        prices, known = self._prices, self._paid
        if prices is None:
            return known
        if known.cost is None or known.cost.currency != prices.currency:
            known = _Paid()
        value, paid = known.cost.value if known.cost else 0.0, dict(known.charges)
        for charge, charged in self._charges.items():
            resource, api, amount = charge
            price = prices.unit_prices(resource, api).get(amount)
            if price is not None:
                value += (charged - paid.get(charge, 0)) * price
                paid[charge] = charged
        return _Paid(paid, Cost(prices.currency, value))

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
            self._charges, self._paid = {}, _Paid()

    def saved(self) -> bytes:
        """The charges of the day, for the checkpoint."""
        self._begin_day()
        paid = self._paid_now()
        cost = (paid.cost.currency, paid.cost.value) if paid.cost else None
        return msgpack.encode(Day(self.since, _saved(self._charges), cost, _saved(paid.charges)))

    def restore(self, saved: bytes) -> None:
        """Continue with the charges of a checkpoint; those of an earlier day are over."""
        day, now = decode_day(saved), self._clock()
        if day.since > now:
            return
        self.since = day.since
        self._charges = _restored(day.charges)
        self._paid = _Paid(_restored(day.paid), Cost(*day.cost) if day.cost else None)
        self._begin_day()


def _saved(charges: Mapping[Charge, Number]) -> _Saved:
    return [(*charge, value) for charge, value in charges.items()]


def _restored(charges: _Saved) -> dict[Charge, Number]:
    return {
        (resource, api, _AMOUNTS[amount]): value
        for resource, api, amount, value in charges
        if amount in _AMOUNTS
    }

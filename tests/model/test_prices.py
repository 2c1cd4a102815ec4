"""What operations cost, by the prices of the configuration."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.checkpoint.saved import decode, encode, saved
from exporter.model.operation import Operation, OperationKey, State
from exporter.model.prices import Cost, Price, PriceTable
from exporter.model.quantities import Amount
from exporter.model.snapshot import Watch
from exporter.model.store import Store
from exporter.telemetry.metrics import Telemetry

CHARACTERS, AUDIO = Amount.CHARACTERS_CHARGED, Amount.AUDIO_SECONDS
INPUT, OUTPUT = Amount.INPUT_TOKENS, Amount.OUTPUT_TOKENS
KEY = OperationKey("speech", "openai_batch", "one")
WATCH = Watch(KEY, "batch", tuple(State))
NOW = 1_800_000_000.0
ROWS = {
    "any": Price("openai_batch", "tokens", 1.0),
    "kind": Price("openai_batch", "tokens", 2.0, kind="output"),
    "resource": Price("openai_batch", "tokens", 4.0, resource="speech"),
    "both": Price("openai_batch", "tokens", 8.0, kind="output", resource="speech"),
    "other": Price("openai_batch", "tokens", 16.0, resource="another"),
}


@pytest.mark.parametrize(
    ("rows", "prices"),
    [
        ("any", (1.0, 1.0)),
        ("kind", (None, 2.0)),
        ("any kind", (1.0, 2.0)),
        ("any kind resource", (4.0, 4.0)),
        ("kind resource", (4.0, 4.0)),
        ("any kind resource both", (4.0, 8.0)),
        ("any both", (1.0, 8.0)),
        ("other", (None, None)),
        ("", (None, None)),
    ],
)
def test_the_narrower_row_wins(rows: str, prices: tuple[float | None, float | None]) -> None:
    """One with a resource before one with a kind, and that before one with neither."""
    table = PriceTable("EUR", [ROWS[row] for row in rows.split()])
    for amount, price in zip((INPUT, OUTPUT), prices, strict=True):
        assert table.unit_prices("speech", "openai_batch").get(amount) == price
    assert table.unit_prices("speech", "avatar") == {}


def seen(amounts: Mapping[Amount, float], state: State = State.RUNNING) -> Operation:
    return Operation(state=state, word=f"{state.value} {sum(amounts.values())}", amounts=amounts)


class Costs:
    """A store with prices, and its counters."""

    def __init__(self) -> None:
        self.telemetry = Telemetry()
        self.store = Store([self.telemetry.operations.changed])
        self.store.watch(WATCH)
        self.now = NOW

    def put(self, **amounts: float) -> None:
        self.now += 1
        named = {Amount[name.upper()]: value for name, value in amounts.items()}
        self.store.put(KEY, seen(named), self.now)

    def price(self, prices: PriceTable | None) -> None:
        self.store.prices = prices
        self.store.watch(WATCH)

    @property
    def cost(self) -> Cost | None:
        return self.store[KEY].cost

    def value(self) -> float | None:
        return self.cost.value if self.cost else None

    def both(self) -> tuple[Cost | None, float | None]:
        return self.cost, self.total()

    def total(self, currency: str = "EUR") -> float | None:
        labels = {"resource": "speech", "api": "openai_batch", "currency": currency}
        self.telemetry.operations.count_costs()
        value = self.telemetry.registry.collectors.get_sample_value("azure_ai_cost_total", labels)
        return None if value is None else float(value)


def table(price: float, currency: str = "EUR") -> PriceTable:
    return PriceTable(currency, [Price("openai_batch", "tokens", price)])


def test_a_changed_price_holds_from_then_on() -> None:
    """What was charged before keeps its cost; the counter never falls, and no prices end both."""
    costs = Costs()
    costs.price(table(2.0))
    costs.put(input_tokens=10)
    assert costs.both() == (Cost("EUR", 20.0), 20.0)
    costs.price(table(1.0))
    assert costs.both() == (Cost("EUR", 20.0), 20.0)
    costs.put(input_tokens=15)
    assert costs.both() == (Cost("EUR", 25.0), 25.0)
    costs.price(None)
    costs.put(input_tokens=20)
    assert costs.both() == (Cost("EUR", 25.0), 25.0)
    costs.price(table(1.0, "USD"))
    assert (costs.value(), costs.total(), costs.total("USD")) == (20.0, 25.0, 20.0)


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize("restarts", [False, True])
def test_a_currency_that_comes_back_costs_once(*, leaves: bool, restarts: bool) -> None:
    """Only what was charged meanwhile is added to its counter, also after restarts."""
    costs = Costs()
    costs.price(table(2.0))
    costs.put(input_tokens=10)
    for currency, used, euros, dollars in (
        ("USD", 12, 20.0, 36.0),
        ("EUR", 15, 30.0, 36.0),
        ("USD", 15, 30.0, 45.0),
        ("EUR", 15, 30.0, 45.0),
    ):
        if restarts:
            costs = restarted(costs)
        costs.price(table({"EUR": 2.0, "USD": 3.0}[currency], currency))
        if leaves:
            costs.store.remove(KEY)
            costs.store.watch(WATCH)
        costs.put(input_tokens=used)
        assert (costs.total("EUR"), costs.total("USD")) == (euros, dollars)
        assert costs.value() == costs.total(currency)


def test_a_currency_that_comes_back_with_a_lower_price() -> None:
    """A counter never falls: what was spent stays spent."""
    costs = Costs()
    costs.price(table(2.0))
    costs.put(input_tokens=10)
    costs.price(table(3.0, "USD"))
    costs.price(table(1.0))
    assert (costs.value(), costs.total()) == (20.0, 20.0)
    costs.put(input_tokens=11)
    assert (costs.value(), costs.total()) == (21.0, 21.0)


def test_what_is_there_already_is_priced_as_a_whole() -> None:
    """Where prices come later, what is known is priced once."""
    costs = Costs()
    costs.put(input_tokens=10)
    assert costs.both() == (None, None)
    for _ in range(2):
        costs.price(table(2.0))
        assert costs.both() == (Cost("EUR", 20.0), 20.0)


def test_an_amount_without_a_price_is_not_guessed() -> None:
    """An operation without any has no cost; an amount of 0 costs 0."""
    costs = Costs()
    costs.price(table(2.0))
    costs.put(audio_seconds=10, characters_charged=3)
    assert costs.both() == (None, None)
    costs.put(audio_seconds=10, characters_charged=3, output_tokens=0)
    assert costs.both() == (Cost("EUR", 0.0), 0.0)
    costs.put(output_tokens=4)
    assert costs.cost == Cost("EUR", 8.0)
    costs.put(output_tokens=3)
    assert costs.cost == Cost("EUR", 8.0)


def test_an_operation_that_comes_back_costs_once() -> None:
    """It left, and the list shows it again."""
    costs = Costs()
    costs.price(table(2.0))
    costs.put(input_tokens=10)
    costs.store.remove(KEY)
    costs.store.watch(WATCH)
    costs.put(input_tokens=12)
    assert costs.both() == (Cost("EUR", 24.0), 24.0)


def test_the_cost_of_an_api_leaves_with_it() -> None:
    """What was spent since the last scrape makes no series of an API that is watched no more."""
    costs = Costs()
    costs.price(table(2.0))
    costs.put(input_tokens=10)
    costs.telemetry.forget("speech", "openai_batch")
    assert costs.total() is None


PRICES = st.sampled_from(["14.2", "0.17", "0.005", "1.2", "0.0000142"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), st.integers(0, 10_000_000)),
        st.tuples(st.just("price"), PRICES),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("leave"), st.just(0)),
    ),
    max_size=20,
)


@given(first=PRICES, steps=STEPS)
def test_the_sum_of_a_random_history(first: str, steps: list[tuple[str, int | str]]) -> None:
    """Equals what it is by hand, to the last cent, over restarts, departures and new prices."""
    costs, price = Costs(), Fraction(first)
    costs.price(table(float(first)))
    charged, expected = 0, Fraction(0)
    for step, value in steps:
        match step:
            case "charge":
                more = max(0, int(value) - charged)
                expected, charged = expected + more * price, charged + more
                costs.put(input_tokens=int(value))
            case "price":
                price = Fraction(str(value))
                costs.price(table(float(str(value))))
            case "restart":
                if costs.store[KEY].operation:
                    costs = restarted(costs)
                    costs.price(table(float(price)))
            case _:
                costs.store.remove(KEY)
                costs.store.watch(WATCH)
    total = Decimal(costs.total() or 0.0)
    assert abs(total - Decimal(expected.numerator) / expected.denominator) < Decimal("0.005")


def restarted(before: Costs) -> Costs:
    """An exporter that goes on with a checkpoint."""
    after = Costs()
    after.now = before.now
    after.store.remove(KEY)
    after.telemetry.operations.expect("speech", "openai_batch", ())
    for name, labels, value in before.telemetry.operations.counters():
        after.telemetry.operations.restore_counter(name, labels, value)
    facts = saved(before.store[KEY], endpoint="https://a.example", settled=False)
    kept = facts._replace(facts=decode(encode(facts.facts)))
    after.store.watch(WATCH, kept.snapshot(WATCH))
    return after

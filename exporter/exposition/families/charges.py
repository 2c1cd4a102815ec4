"""The counters of what was charged or used, and of what it has cost."""

from exporter.exposition.families.family import Family, Scope
from exporter.exposition.families.operation import amounts_by_noun, kinds
from exporter.model.quantities import Amount

CHARGE_FAMILIES = (
    *(
        Family(
            f"azure_ai_{noun}_total",
            next(amount.total for amount in amounts if amount.total),
            Scope.API,
            kinds(amounts),
            type="counter",
            absent="" if noun == Amount.CHARACTERS_CHARGED else "unless the API reports it",
        )
        for noun, amounts in amounts_by_noun().items()
        if any(amount.total for amount in amounts)
    ),
    Family(
        "azure_ai_cost_total",
        "Estimated cost, with the prices at the time of the charge; includes dropped operations.",
        Scope.API,
        ("currency",),
        type="counter",
        absent="without a price",
    ),
)

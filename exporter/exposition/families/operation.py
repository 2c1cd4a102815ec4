"""The families of operations: gauges, each with a function from snapshot to samples.

Absent means that Azure did not say it. The families of counts and amounts are made from
`exporter.model.quantities`.
"""

from collections.abc import Iterator, Mapping, Sequence

from exporter.exposition import samples
from exporter.exposition.families.family import Family, Scope
from exporter.model.quantities import QUANTITIES, Amount, Counted


def amounts_by_noun() -> Mapping[str, Sequence[Amount]]:
    """The amounts by noun; amounts with one noun are one family, with the label `kind`."""
    nouns: dict[str, list[Amount]] = {}
    for amount in Amount:
        nouns.setdefault(amount.noun, []).append(amount)
    return nouns


def kinds(amounts: Sequence[Amount]) -> tuple[str, ...]:
    """The label of the kinds of one family; none if the amount has no kinds."""
    return ("kind",) if any(amount.kind for amount in amounts) else ()


def _families_of(quantity: Counted | Amount) -> Iterator[Family]:
    if isinstance(quantity, Amount):
        amounts = amounts_by_noun()[quantity.noun]
        if amounts[0] is quantity:
            yield Family(
                f"azure_ai_operation_{quantity.noun}",
                quantity.help,
                Scope.OPERATION,
                kinds(amounts),
                samples=samples.amounts(amounts),
                times="one for each kind" if kinds(amounts) else "",
                absent="until Azure reports it",
            )
        return
    yield Family(
        f"azure_ai_operation_{quantity}",
        quantity.help,
        Scope.OPERATION,
        ("state",),
        samples=samples.by_state(quantity),
        times=quantity.times,
        absent="until Azure reports it",
    )
    if quantity.submitted:
        yield Family(
            f"azure_ai_operation_{quantity}_submitted",
            quantity.submitted,
            Scope.OPERATION,
            samples=samples.submitted(quantity),
            absent="until Azure reports it",
        )
    if quantity is Counted.DOCUMENTS:
        yield from _FOLDED_AND_UNREADABLE


_FOLDED_AND_UNREADABLE = (
    Family(
        "azure_ai_operation_documents_folded",
        "Documents of the batch without series of their own, because of the limits.",
        Scope.OPERATION,
        samples=samples.folded,
        reads="folded",
    ),
    Family(
        "azure_ai_operation_documents_unreadable",
        "Configured documents of the batch that the latest poll could not read.",
        Scope.OPERATION,
        samples=samples.unreadable,
        reads="unreadable_since",
    ),
)

OPERATION_FAMILIES = (
    Family(
        "azure_ai_operation_state",
        "1 for the current state of the operation, 0 for each other state its API can have. "
        "Polled in the background: see azure_ai_operation_last_success_timestamp_seconds.",
        Scope.OPERATION,
        ("state",),
        samples=samples.state,
        times="5 to 8: the states of its API, and Unknown",
    ),
    Family(
        "azure_ai_operation_up",
        "1 if the latest poll of the operation succeeded, else 0.",
        Scope.OPERATION,
        samples=samples.up,
        reads="up",
    ),
    Family(
        "azure_ai_operation_last_success_timestamp_seconds",
        "Time of the last successful poll: shows the age of the other series.",
        Scope.OPERATION,
        samples=samples.last_success,
        reads="last_success",
        absent="before the first successful poll",
    ),
    Family(
        "azure_ai_operation_created_timestamp_seconds",
        "Time when Azure created the operation, if the API reports it.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.created),
    ),
    Family(
        "azure_ai_operation_last_action_timestamp_seconds",
        "Time of Azure's last action on the operation, if the API reports it.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.last_action),
    ),
    Family(
        "azure_ai_operation_last_change_timestamp_seconds",
        "Time when the exporter last saw a change of state, counts, progress or charge.",
        Scope.OPERATION,
        samples=samples.of_snapshot(lambda snapshot: snapshot.last_change),
        reads="last_change",
    ),
    Family(
        "azure_ai_operation_progress_ratio",
        "Progress from 0 to 1, if it is known.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.progress),
        absent="until it is known",
    ),
    Family(
        "azure_ai_operation_estimated_completion_timestamp_seconds",
        "Estimated end of a running operation, if it continues at its pace.",
        Scope.OPERATION,
        samples=samples.of_snapshot(lambda snapshot: snapshot.estimated_completion),
        reads="estimated_completion",
        absent="unless it runs and its progress has changed",
    ),
    *(family for quantity in QUANTITIES for family in _families_of(quantity)),
    Family(
        "azure_ai_operation_error_info",
        "1 while the operation has an error.",
        Scope.OPERATION,
        ("code", "inner_code", "target"),
        samples=samples.error_info,
        absent="without an error, or if Azure does not report it",
    ),
    Family(
        "azure_ai_operation_info",
        "1; constant properties of the operation, with the labels of the configuration.",
        Scope.OPERATION,
        ("kind", "name"),
        samples=samples.info,
    ),
    Family(
        "azure_ai_operation_started_timestamp_seconds",
        "Time when Azure started to work on the operation, if the API reports it.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.started),
        absent="before it began",
    ),
    Family(
        "azure_ai_operation_deadline_timestamp_seconds",
        "Time by which Azure intends to finish the operation, if the API reports it.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.deadline),
        absent="unless Azure reports it",
    ),
    Family(
        "azure_ai_operation_expires_timestamp_seconds",
        "Time when Azure deletes the operation or its results, if the API reports it.",
        Scope.OPERATION,
        samples=samples.of_operation(lambda operation: operation.expires),
        absent="until Azure reports it",
    ),
    Family(
        "azure_ai_operation_cost",
        "Estimated cost of the operation so far, with the prices of the configuration.",
        Scope.OPERATION,
        ("currency",),
        samples=samples.cost,
        reads="cost",
        absent="without a price",
    ),
)

"""The operation that the parameters of a request name."""

from collections.abc import Mapping

from exporter.model.operation import OperationKey


def named_key(parameters: Mapping[str, str]) -> OperationKey:
    """The key of the operation, which need not exist.

    Raises:
        ValueError: a parameter is missing or empty; the text names it.
    """
    missing = [name for name in OperationKey._fields if not parameters.get(name)]
    if missing:
        text = "name an operation with resource, api and operation; missing: "
        raise ValueError(text + ", ".join(missing))
    return OperationKey(*(parameters[name] for name in OperationKey._fields))

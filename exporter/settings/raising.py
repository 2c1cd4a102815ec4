"""Several problems of one check, reported together."""

from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError


def raise_all(problems: Iterable[PydanticCustomError]) -> None:
    """Raise all problems, if there are any; for validators.

    Raises:
        ValidationError: with an error for each problem.
    """
    errors = [InitErrorDetails(type=problem, input=None) for problem in problems]
    if errors:
        raise ValidationError.from_exception_data("settings", errors)

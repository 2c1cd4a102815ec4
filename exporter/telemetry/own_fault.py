"""Bugs of this program: each is logged as the failure of one request, and nothing else stops."""

from exporter.errors import Failure
from exporter.telemetry.logs import logger


def own_fault(error: Exception, **context: str) -> Failure:
    """Log a bug of this program and return it as a failure. Call it while handling `error`."""
    logger().exception("this is a bug of the exporter; please report it", **context)
    return Failure("unreadable", f"a bug of the exporter: {type(error).__name__}")

"""The budget of requests of one resource, and within it the limits of its APIs."""

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.azure.throttle import Throttle, Turn


class Budget:
    """The budget of a resource, which all of its APIs share.

    Args:
        throttle: for the whole resource.
        limits: requests a second of single APIs, by name.
    """

    def __init__(self, throttle: Throttle, limits: Mapping[str, float] | None = None) -> None:
        self._throttle = throttle
        self._api_throttles: dict[str, Throttle] = {}
        self.limit(limits or {})

    def limit(self, limits: Mapping[str, float]) -> None:
        """Set the limits of single APIs; unchanged limits keep their throttles."""
        self._api_throttles = {
            api: throttle
            if (throttle := self._api_throttles.get(api)) and throttle.requests_per_second == limit
            else Throttle(limit, 1)
            for api, limit in limits.items()
        }

    @property
    def requests_per_second(self) -> float:
        """The budget of the whole resource."""
        return self._throttle.requests_per_second

    @property
    def paused_for(self) -> float:
        """Seconds until requests to any API may be sent again."""
        return self._throttle.paused_for

    def pause(self, seconds: float) -> None:
        """Send no request to any API for so long."""
        self._throttle.pause(seconds)

    def turn(self, api: str, *, under_way: bool) -> "Turn | LimitedTurn":
        """The turn of one request to an API, to be entered; `under_way` as in `Throttle.turn`."""
        turn = self._throttle.turn(under_way=under_way)
        throttle = self._api_throttles.get(api)
        if throttle is None:
            return turn
        return LimitedTurn(throttle, throttle.turn(under_way=under_way), turn)


@dataclass(frozen=True, slots=True)
class LimitedTurn:
    """The turn of one request to an API with a limit: first within it, then within the budget."""

    throttle: Throttle
    api_turn: Turn
    resource_turn: Turn

    async def __aenter__(self) -> None:
        await self.api_turn.__aenter__()
        try:
            await self.resource_turn.__aenter__()
        except BaseException:
            await self.api_turn.__aexit__()
            raise
        self.throttle.space_from_now()

    async def __aexit__(self, *_: object) -> None:
        await self.resource_turn.__aexit__()
        await self.api_turn.__aexit__()

"""What may be asked of one resource: its own budget, and within it the limits of single APIs."""

from collections.abc import Mapping
from dataclasses import dataclass

from exporter.azure.throttle import Throttle, Turn


class Budget:
    """The budget of a resource, which all of its APIs share.

    Args:
        throttle: of the whole resource.
        limits: requests a second of single APIs, by their names.
    """

    def __init__(self, throttle: Throttle, limits: Mapping[str, float] | None = None) -> None:
        self._throttle = throttle
        self._of_api: dict[str, Throttle] = {}
        self.limit(limits or {})

    def limit(self, limits: Mapping[str, float]) -> None:
        """Other limits of single APIs; those that stay the same go on as they are."""
        self._of_api = {
            api: same
            if (same := self._of_api.get(api)) and same.requests_per_second == limit
            else Throttle(limit, 1)
            for api, limit in limits.items()
        }

    @property
    def requests_per_second(self) -> float:
        """Of the whole resource."""
        return self._throttle.requests_per_second

    @property
    def paused_for(self) -> float:
        """Seconds for which Azure wants no request at all."""
        return self._throttle.paused_for

    def pause(self, seconds: float) -> None:
        """No request leaves for so long, to whatever API."""
        self._throttle.pause(seconds)

    def turn(self, api: str, *, under_way: bool) -> "Turn | LimitedTurn":
        """The time of one request to an API, to be entered; `under_way` as in `Throttle.turn`."""
        turn = self._throttle.turn(under_way=under_way)
        limit = self._of_api.get(api)
        return LimitedTurn(limit, limit.turn(under_way=under_way), turn) if limit else turn


@dataclass(frozen=True, slots=True)
class LimitedTurn:
    """The time of one request to an API that has a limit: first its own, then the resource's."""

    limit: Throttle
    own: Turn
    whole: Turn

    async def __aenter__(self) -> None:
        await self.own.__aenter__()
        try:
            await self.whole.__aenter__()
        except BaseException:
            await self.own.__aexit__()
            raise
        self.limit.leaves()

    async def __aexit__(self, *_: object) -> None:
        await self.whole.__aexit__()
        await self.own.__aexit__()

"""The HTTP server of one world. It lies as Azure does, and tells its listener what it said."""

import random
from collections import Counter
from collections.abc import Callable, Sequence

from aiohttp import web

from tests.azure_model.lives import Json
from tests.azure_model.views import Item, Said, all_of, one
from tests.azure_model.weather import Weather
from tests.azure_model.world import CACHED, World
from tests.support.local import clock

_LISTS = {
    *("batches", "documents", "batchsyntheses", "translations", "iterations"),
    *("analyzeBatchResults", "jobs", "operations", "projects", "transcriptions"),
}
_ITEMS = {"speechtotext": "values"}  # the name of a page's items, where it is not `value`
_HIDDEN_FOR = 150.0  # seconds in which a list leaves out an item


class Server:
    """Answers requests; `heard` gets all states of each good answer.

    Each answer is as old as a cache may be. All that is random follows from the seed, the path and
    the number of requests for it.
    """

    def __init__(self, world: World, heard: Callable[[Said], None]) -> None:
        self._world = world
        self._heard = heard
        self._weather = Weather(world)
        self.requests: Counter[str] = Counter()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        return app

    async def _serve(self, request: web.Request) -> web.Response:
        path, now = request.path, clock()
        self.requests[path] += 1
        chance = random.Random(f"{self._world.seed}/{path}/{self.requests[path]}")
        parts = path.strip("/").split("/")
        is_list = parts[-1] in _LISTS
        fault = self._weather.fault(path, now, chance, is_list=is_list)
        if fault:
            return web.json_response(fault[1], status=fault[0])
        when = now - (chance.uniform(0, CACHED) if chance.random() < 0.5 else 0.0)
        if is_list:
            return self._list(request, parts, when, chance)
        item = one(self._world, parts, when) or one(self._world, parts, now)
        if item is None:
            return web.Response(status=404)
        return web.json_response(self._tell(item, parts[0], chance))

    def _list(
        self, request: web.Request, parts: Sequence[str], when: float, chance: random.Random
    ) -> web.Response:
        items = all_of(self._world, parts, request.query, when)
        if items is None:
            items = all_of(self._world, parts, request.query, clock())
        if items is None:
            return web.Response(status=404)
        shown = [item for item in items if not self._hides(request.path, item.id)]
        if parts[0] == "openai":
            return self._cursor_page(shown, request.query.get("after"), chance)
        skip = int(request.query.get("skip", "0"))
        end = skip + self._world.page
        body: dict[str, Json] = {
            _ITEMS.get(parts[0], "value"): [
                self._tell(item, parts[0], chance) for item in shown[skip:end]
            ]
        }
        if len(shown) > end:
            name = chance.choice(("nextLink", "@nextLink"))
            body[name] = str(request.url.update_query(skip=end))
        return web.json_response(body)

    def _hides(self, path: str, id_: str) -> bool:
        """Whether a list leaves out an item for a while; not where a list is read only once."""
        if clock() >= self._world.rests or path.endswith("/iterations"):
            return False
        period = clock() // _HIDDEN_FOR
        return random.Random(f"{self._world.seed}/{path}/{id_}/{period}").random() < 0.01

    def _cursor_page(
        self, shown: Sequence[Item], after: str | None, chance: random.Random
    ) -> web.Response:
        """The page behind an item, which may have vanished or be hidden meanwhile."""
        lives = (*self._world.openai_batches, *self._world.fine_tunings)
        born = {life.id: life.born for life in lives}
        rest = [item for item in shown if after is None or born[item.id] < born[after]]
        page = rest[: self._world.page]
        return web.json_response(
            {
                "data": [self._tell(item, "openai", chance) for item in page],
                "has_more": len(rest) > len(page),
                "last_id": page[-1].id if page else None,
            }
        )

    def _tell(self, item: Item, service: str, chance: random.Random) -> Json:
        if item.said:
            self._heard(item.said)
        # Document Translation makes its ids itself, and may write them in other letters.
        other_letters = service == "translator" and chance.random() < 0.3
        id_ = item.id.upper() if other_letters else item.id
        return {**item.body} if service == "speechtotext" else {"id": id_, **item.body}

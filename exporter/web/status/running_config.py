"""The running configuration, as a file that says the same; but for secrets, which it only names."""

import asyncio

import yaml
from pydantic import BaseModel

from exporter.config.config import Config, Resource

_LONG = 10_000  # characters as JSON; YAML of so many takes some 10 ms


def shown(config: Config) -> str:
    """YAML with every setting in force, defaults too; a secret is `<secret>`."""
    resources = [_resource(each, config) for each in config.resources]
    said = {**_said(config), "resources": resources}
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)


def _resource(resource: Resource, config: Config) -> dict[str, object]:
    poll = resource.poll_with(config.poll)
    return {"name": resource.name, **_said(resource), "poll": _said(poll)}


def _said(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json", exclude_none=True)


class Running:
    """The text of the configuration in force, made once; beside the loop where it is long."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._config: Config | None = None
        self._text = ""

    async def text(self, config: Config) -> str:
        """What `shown` says."""
        async with self._turn:
            if config is not self._config:
                long = len(config.model_dump_json()) > _LONG
                self._text = await asyncio.to_thread(shown, config) if long else shown(config)
                self._config = config
            return self._text

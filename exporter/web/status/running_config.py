"""The running configuration as a file, without the values of secrets."""

import asyncio

import yaml
from pydantic import BaseModel

from exporter.config.config import Config, Resource

_THREAD_CHARACTERS = 10_000  # of JSON; to write these as YAML takes about 10 ms


def config_as_yaml(config: Config) -> str:
    """YAML with every setting, including defaults; a secret is `<secret>`."""
    resources = [_resource(resource, config) for resource in config.resources]
    settings = {**_dump(config), "resources": resources}
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _resource(resource: Resource, config: Config) -> dict[str, object]:
    poll = resource.poll_with(config.poll)
    settings = resource.model_dump(
        mode="json", exclude_none=True, include=set(Resource.model_fields)
    )
    return {"name": resource.name, **settings, "poll": _dump(poll)}


def _dump(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json", exclude_none=True)


class RunningConfig:
    """The text of the running configuration, made once; in a thread if it is long."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._config: Config | None = None
        self._text = ""

    async def text(self, config: Config) -> str:
        """The result of `config_as_yaml`."""
        async with self._lock:
            if config is not self._config:
                if len(config.model_dump_json()) > _THREAD_CHARACTERS:
                    self._text = await asyncio.to_thread(config_as_yaml, config)
                else:
                    self._text = config_as_yaml(config)
                self._config = config
            return self._text

"""The running configuration, as a file that says the same; but for secrets, which it only names."""

import yaml
from pydantic import BaseModel

from exporter.config import Config, Resource


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

"""What a Bicep file deploys: as much of the language as the project's files use."""

import re
from collections import ChainMap
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pycep import BicepParser

_FUNCTIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "union": lambda given: dict(ChainMap(*reversed(given))),
    "join": lambda given: given[1].join(given[0]),
    "empty": lambda given: not given[0],
    "json": lambda given: float(given[0]),
    "resource_group": lambda _: {"location": "westeurope"},
}


@cache
def _parsed(file: Path) -> Any:
    return BicepParser().parse(text=file.read_text())


class Deployment:
    """The resources of a file with these parameters.

    Raises:
        KeyError: no such parameter, variable or function.
    """

    def __init__(self, file: Path, **parameters: object) -> None:
        self._folder = file.parent
        self._tree = _parsed(file)
        declared = self._tree["parameters"]
        if unknown := parameters.keys() - declared.keys():
            raise KeyError(*unknown)
        self._names: dict[str, Any] = {**parameters}
        for name in declared.keys() - parameters.keys():
            self._names[name] = self._value(declared[name]["default"])
        for name, variable in self._tree.get("variables", {}).items():
            self._names[name] = self._value(variable["value"])
        for name, resource in self._tree["resources"].items():
            known = {"id": f"/{name}", "properties": {"clientId": f"clientId of {name}"}}
            self._names[name] = known | self._value(resource["config"])

    def resources(self, type_: str) -> list[dict[str, Any]]:
        """Those of a type; references of one to another are worked out."""
        return [
            self._names[name]
            for name, resource in self._tree["resources"].items()
            if resource["type"] == type_
        ]

    def _value(self, tree: Any) -> Any:
        if isinstance(tree, str):
            return self._names[tree] if tree in self._names else self._text(tree)
        if isinstance(tree, list):
            return [self._value(each) for each in tree]
        return self._object(tree) if isinstance(tree, dict) else tree

    def _object(self, tree: dict[str, Any]) -> Any:
        match tree:
            case {"loop_type": {"detail": names}, "config": config}:
                items = self._value(names["array_name"])
                return [self._with(names["item_name"], item)._value(config) for item in items]
            case {"function": {"type": name, "parameters": given}}:
                return self._called(name, [self._value(each) for each in given.values()])
            case {"operator": {"type": "conditional", "operands": choice}}:
                met = self._value(choice["condition"])
                return self._value(choice["true_value" if met else "false_value"])
            case {"operator": {"type": "property_accessor", "operands": of}}:
                return _property(self._value(of["operand_1"]), of["operand_2"])
        return {self._text(name.strip("'")): self._value(each) for name, each in tree.items()}

    def _with(self, name: str, value: object) -> "Deployment":
        inner = object.__new__(Deployment)
        inner.__dict__ = {**self.__dict__, "_names": {**self._names, name: value}}
        return inner

    def _text(self, text: str) -> str:
        text = re.sub(r"(?<!\\)\$\{([\w.]+)\}", lambda name: str(self._named(name[1])), text)
        return re.sub(r"\\(.)", r"\1", text)

    def _named(self, path: str) -> Any:
        name, *fields = path.split(".")
        value = self._names[name]
        for field in fields:
            value = value[field]
        return value

    def _called(self, name: str, given: list[Any]) -> Any:
        if name == "load_text_content":
            return (self._folder / given[0]).read_text()
        return _FUNCTIONS[name](given)


def _property(value: Any, path: Any) -> Any:
    """The field of an object, or one of a field of it."""
    if isinstance(path, dict):
        of = path["operator"]["operands"]
        return _property(_property(value, of["operand_1"]), of["operand_2"])
    return value[path]

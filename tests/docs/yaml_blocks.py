"""What the YAML in the documents is, and whether whoever it is for takes it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import helm_python
import kubernetes_validate  # type: ignore[import-untyped]
import trustme
import yaml

from exporter.config.config import Config, Resource, parse_config
from exporter.config.operation_files import OperationFiles, read
from exporter.settings.yaml_file import ConfigError
from exporter.web.port.web_config import WebConfig, load_web
from tests.chart import CHART, Json, Object, texts, values

VALUES: Object = yaml.safe_load((CHART / "values.yaml").read_text())
ENDPOINT: Object = {"name": "r", "endpoint": "https://contoso.cognitiveservices.azure.com"}
MINIMAL: Object = {**ENDPOINT, "auth": {"key": "a-key"}, "document_translation": {"discover": True}}


def bad_yaml(text: str, folder: Path) -> Iterator[str]:
    """What is wrong with a block, said by who would read it; `folder` has files that it names."""
    try:
        for data in yaml.safe_load_all(text):
            yield from _bad(data, folder)
    except yaml.YAMLError as error:
        yield f"no YAML: {error}"


CONTAINER: Object = {"name": "exporter", "image": "azure-ai-exporter"}
POD: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "exporter"}}

# Keys of files that others read, and the tool that knows them.
OTHERS = {
    "scrape_configs": ("promtool", "check", "config", "--syntax-only"),
    "rule_files": ("promtool", "check", "config", "--syntax-only"),
    "groups": ("promtool", "check", "rules"),
    "route": ("amtool", "check-config"),
    "receivers": ("amtool", "check-config"),
}


def _bad(data: Json, folder: Path) -> Iterator[str]:
    if isinstance(data, list):
        yield from _bad_operations(data, folder)
        return
    if not isinstance(data, dict):
        yield f"nothing reads {data!r}"
        return
    others = [OTHERS[key] for key in data if key in OTHERS]
    if others:
        yield from _refused(others[0], data, folder)
    elif "apiVersion" in data:
        yield from _bad_manifest(data)
    elif data.keys() <= {"containers", "initContainers", "volumes"}:
        yield from _bad_manifest({**POD, "spec": {"containers": [CONTAINER], **data}})
    elif data.keys() <= Config.model_fields.keys():
        resources: list[Json] = [MINIMAL, *({**MINIMAL, "name": name} for name in _priced(data))]
        yield from _bad_configuration({"resources": resources, **data}, folder)
    elif data.keys() <= Resource.model_fields.keys():
        yield from _bad_configuration({"resources": [{**MINIMAL, **data}]}, folder)
    elif data.keys() <= WebConfig.model_fields.keys():
        yield from _bad_web(data, folder)
    elif data.keys() <= VALUES.keys():
        yield from _bad_values(data)
    else:
        yield f"nobody reads the keys {', '.join(sorted(data))} together"


def _bad_configuration(data: Object, folder: Path) -> Iterator[str]:
    with_files(data, folder)
    try:
        parse_config("block", yaml.safe_dump(data), folder)
    except ConfigError as error:
        yield str(error)


def _bad_operations(data: Json, folder: Path) -> Iterator[str]:
    (folder / "operations.yaml").write_text(yaml.safe_dump(data))
    config = parse_config("block", yaml.safe_dump({"resources": [MINIMAL]}), folder)
    config = config.model_copy(update={"operation_files": ("operations.yaml",)})
    yield from map(str, read(config, folder, OperationFiles()).problems)


def _bad_web(data: Object, folder: Path) -> Iterator[str]:
    with_files(data, folder)
    (folder / "web.yaml").write_text(yaml.safe_dump(data))
    try:
        load_web(folder / "web.yaml")
    except ConfigError as error:
        yield str(error)


def _bad_values(data: Object) -> Iterator[str]:
    try:
        texts(CHART, {**values("minimal"), **data})
    except helm_python.HelmError as error:
        yield f"the chart refuses it: {error}"


def _priced(configuration: Object) -> set[str]:
    """The resources that have prices of their own."""
    prices = configuration.get("prices")
    table = prices.get("table") if isinstance(prices, dict) else None
    rows = [row for row in table if isinstance(row, dict)] if isinstance(table, list) else []
    return {str(row["resource"]) for row in rows if "resource" in row}


def _bad_manifest(data: Object) -> Iterator[str]:
    newest = ".".join(kubernetes_validate.latest_version().split(".")[:2])
    try:
        kubernetes_validate.validate(data, newest, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"Kubernetes refuses it: {error.message}"


def _refused(command: tuple[str, ...], data: Object, folder: Path) -> Iterator[str]:
    if shutil.which(command[0]) is None:
        return
    file = folder / "block.yaml"
    file.write_text(yaml.safe_dump(data))
    result = subprocess.run([*command, file], capture_output=True, text=True, check=False)
    if result.returncode:
        yield result.stdout + result.stderr


def with_files(data: Json, folder: Path, above: str = "") -> None:
    """Make the keys and files that settings name, in a folder; no other place is written to."""
    if isinstance(data, list):
        for each in data:
            with_files(each, folder, above)
    elif isinstance(data, dict):
        if data.pop("key_env", None):
            data["key"] = "a-key"
        for name, value in data.items():
            if name.endswith("_file") and isinstance(value, str) and name != "state_file":
                data[name] = Path(value).name
                (folder / Path(value).name).write_bytes(_content(name, above))
            else:
                with_files(value, folder, name)


CA = trustme.CA()
CERTIFICATE = CA.issue_cert("localhost", key_type=trustme.KeyType.RSA)


def _content(name: str, above: str) -> bytes:
    if name.endswith("ca_file"):
        return CA.cert_pem.bytes()
    if name in {"cert_file", "certificate_file"} or (name == "key_file" and above != "auth"):
        return CERTIFICATE.private_key_and_cert_chain_pem.bytes()
    return b"a-key"

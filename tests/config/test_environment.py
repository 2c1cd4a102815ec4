"""A configuration of environment variables: what they mean, and what is wrong with them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.config.environment import config_of
from exporter.config.sources import Environment, OneFile, source_of
from exporter.settings.yaml_file import ConfigError

OWN = "https://contoso.cognitiveservices.azure.com"
IDENTITY = {"AZURE_CLIENT_ID": "11111111-1111-1111-1111-111111111111"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("from-a-file\n")
    (tmp_path / "empty").write_text("")
    for name in ("AZURE_AI_ENDPOINT", "AZURE_AI_KEY", "AZURE_AI_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_endpoint_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """One resource, named like its host, of which every API with a list is discovered."""
    monkeypatch.setenv("AZURE_AI_KEY", "a-key")
    config = config_of({"AZURE_AI_ENDPOINT": f"{OWN}/", "AZURE_AI_KEY": "a-key"})
    (resource,) = config.resources
    assert (resource.name, resource.endpoint) == ("contoso", OWN)
    assert resource.auth.loaded_keys == ("a-key",)
    assert resource.presumed
    apis = {api for api, settings in resource.sections() if settings.lister(())}
    assert {"document_translation", "openai_batch", "avatar", "language"} <= apis
    assert apis == {api for api, _ in resource.sections()}


def test_a_file_with_the_key() -> None:
    """It is read, and watched as any key file."""
    config = config_of({"AZURE_AI_ENDPOINT": OWN, "AZURE_AI_KEY_FILE": "key"})
    assert config.resources[0].auth.loaded_keys == ("from-a-file",)
    assert config.resources[0].auth.key_files == (Path("key"),)


@pytest.mark.parametrize(
    ("endpoint", "cloud"),
    [
        (OWN, "public"),
        ("https://contoso.openai.azure.us", "usgov"),
        ("https://contoso.cognitiveservices.azure.cn", "china"),
    ],
)
def test_entra(endpoint: str, cloud: str) -> None:
    """A variable of Entra ID is enough; the cloud is that of the endpoint."""
    variables = {"AZURE_AI_ENDPOINT": endpoint, **IDENTITY}
    entra = config_of({**variables, "AZURE_AUTHORITY_HOST": "https://login.example/"})
    assert entra.resources[0].auth.entra is not None
    assert entra.resources[0].auth.entra.cloud == cloud
    assert entra.resources[0].auth.entra.authority == "https://login.example"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"AZURE_AI_KEY": "k"},
            "AZURE_AI_ENDPOINT: is not set; set it to the resource's endpoint, like " + OWN,
        ),
        (
            {"AZURE_AI_ENDPOINT": OWN},
            (
                "AZURE_AI_KEY: is not set; set it to the resource's key, AZURE_AI_KEY_FILE to a "
                "file that holds it, or what Entra ID needs: one of AZURE_CLIENT_ID, "
                "AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE, IDENTITY_ENDPOINT, MSI_ENDPOINT, "
                "AZURE_TOKEN_CREDENTIALS"
            ),
        ),
        (
            {"AZURE_AI_ENDPOINT": OWN, "AZURE_AI_KEY": "k", "AZURE_AI_KEY_FILE": "key"},
            "AZURE_AI_KEY_FILE: is set in addition to AZURE_AI_KEY; unset one of them",
        ),
        (
            {"AZURE_AI_ENDPOINT": "contoso", "AZURE_AI_KEY_FILE": "key"},
            f"AZURE_AI_ENDPOINT: is not an endpoint; write scheme and host, like {OWN}",
        ),
        (
            {"AZURE_AI_ENDPOINT": "http://contoso.example", "AZURE_AI_KEY_FILE": "key"},
            "AZURE_AI_ENDPOINT: would send the key unencrypted; write https",
        ),
        (
            {"AZURE_AI_ENDPOINT": OWN, "AZURE_AI_KEY_FILE": "empty"},
            "AZURE_AI_KEY_FILE: file empty is empty; it must contain the resource's key",
        ),
        (
            {"AZURE_AI_ENDPOINT": "https://westeurope.api.cognitive.microsoft.com", **IDENTITY},
            (
                "AZURE_AI_ENDPOINT: is a regional endpoint, which accepts keys but no tokens of "
                f"Entra ID; write the resource's own domain, like {OWN}"
            ),
        ),
    ],
)
def test_what_is_wrong(variables: Mapping[str, str], said: str) -> None:
    """One line, with the variable that is to be mended; a key is not repeated."""
    with pytest.raises(ConfigError) as caught:
        config_of(variables)
    assert str(caught.value) == said


def test_when_the_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only without --config.file, and where config.yaml is not there."""
    assert isinstance(source_of(None), OneFile)
    monkeypatch.setenv("AZURE_AI_ENDPOINT", OWN)
    assert isinstance(source_of(None), Environment)
    assert isinstance(source_of("config.yaml"), OneFile)
    (tmp_path / "config.yaml").write_text("")
    assert isinstance(source_of(None), OneFile)


def test_a_regional_endpoint() -> None:
    """APIs that need the resource's own domain are left out."""
    endpoint = "https://westeurope.api.cognitive.microsoft.com"
    (resource,) = config_of({"AZURE_AI_ENDPOINT": endpoint, "AZURE_AI_KEY_FILE": "key"}).resources
    apis = {api for api, _ in resource.sections()}
    assert resource.name == "westeurope"
    assert "speech_transcription" in apis
    assert not {"document_translation", "openai_batch"} & apis

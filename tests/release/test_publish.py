"""What is published, and where to."""

from pathlib import Path

import pytest

from tools.release.publish import PARTS, Registry, registry_from


def test_a_registry_has_to_be_named() -> None:
    """None is invented; one on this machine is spoken to without TLS, as Docker does."""
    given = {"REGISTRY": "ghcr.io/Contoso/", "REGISTRY_USER": "me", "REGISTRY_TOKEN": "secret"}
    there = registry_from(given)
    assert there == Registry("ghcr.io/contoso", "me", "secret")
    assert (there.host, there.without_tls) == ("ghcr.io", False)
    here = registry_from({"REGISTRY": "127.0.0.1:5000/contoso"})
    assert (here.host, here.without_tls) == ("127.0.0.1:5000", True)
    with pytest.raises(SystemExit, match=r"REGISTRY is not set"):
        registry_from({})


@pytest.mark.parametrize("part", ["packages", "image"])
def test_nothing_is_published_where_nothing_was_made(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty folder is an error, not an empty release."""
    monkeypatch.setenv("REGISTRY", "127.0.0.1:1/nobody")
    with pytest.raises(SystemExit, match="make release"):
        PARTS[part](tmp_path)

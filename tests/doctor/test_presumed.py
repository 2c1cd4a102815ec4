"""`check --live` of an endpoint of which nobody said what it serves."""

from pathlib import Path

import pytest

from exporter.config.environment import config_of
from exporter.doctor.findings import Finding, worst
from exporter.doctor.kinds import EXIT_CODES
from exporter.doctor.resource_check import examine
from tests.polling.test_presumed import Endpoint
from tests.support.local import served


async def examined(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    monkeypatch.setenv("AZURE_AI_KEY", "a-key")
    async with served(endpoint.application()) as url:
        config = config_of({"AZURE_AI_ENDPOINT": url, "AZURE_AI_KEY": "a-key"})
        return await examine(config, Path())


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_is_refused_while_others_answer(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not here, which is no error, and all APIs are tried."""
    found = await examined(Endpoint({"openai": 200}, others=status), monkeypatch)
    kinds = {finding.api: finding.kind for finding in found if finding.subject == "list"}
    assert kinds["avatar"] == kinds["language"] == "not-here"
    assert kinds["openai_batch"] == "fine"
    assert EXIT_CODES[worst(found)] == 0


async def test_a_key_that_all_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is told of once, as of any resource."""
    found = await examined(Endpoint(key="another"), monkeypatch)
    kinds = [finding.kind for finding in found]
    assert kinds.count("key-refused") == 1
    assert "not-here" not in kinds
    assert EXIT_CODES[worst(found)] == 1

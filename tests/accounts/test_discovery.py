"""Accounts of a subscription, found and watched: over real HTTP, in time that jumps."""

import asyncio
from pathlib import Path

import pytest

from tests.support.local import scraped, served, value, values
from tests.support.manager import SUBSCRIPTION, DataPlane, Manager, account, finding, managed

pytestmark = pytest.mark.jumping

UP = "azure_ai_operation_up"


async def test_one_entry_watches_every_job_of_a_subscription(tmp_path: Path) -> None:
    """An account that Resource Manager lists is a resource, with its jobs, facts and tags."""
    data = DataPlane()
    async with served(data.application()) as endpoint:
        manager = Manager([account("one", f"{endpoint}/one", tags={"Cost-Centre": "7"})])
        async with (
            managed(manager, tmp_path) as entry,
            finding(tmp_path, entry | {"tag_labels": ["cost-centre"]}) as exporter,
        ):
            await asyncio.sleep(20)
            samples = scraped(exporter)
    assert values(samples, UP, resource="one") == {"openai_batch,batch_one": 1}
    facts = {"account": "one", "subscription": SUBSCRIPTION, "resource_group": "rg-a"}
    facts |= {"location": "westeurope", "sku": "S0", "cost_centre": "7"}
    assert value(samples, "azure_ai_resource_info", resource="one", **facts) == 1
    assert list(values(samples, "azure_ai_operation_info", cost_centre="7").values()) == [1]
    assert value(samples, "azure_ai_discovery_up", subscription=SUBSCRIPTION) == 1
    assert value(samples, "azure_ai_discovery_resources", subscription=SUBSCRIPTION) == 1

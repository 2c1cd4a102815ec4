"""Jobs of question answering, followed in the simulator."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import ValidationError

from exporter.apis import Apis
from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.language import QuestionJob
from exporter.simulator.play.scenario import Scenario
from tests.apis.document_translation.test_documents import tapped
from tests.support.local import START, Samples, configured, polling, scraped, value, values

API = "question_answering"
ID = "60998eff-ddd9-4aac-93e5-27196da9f456"
HOUR = 3600


def states(samples: Samples) -> dict[str, str]:
    found = values(samples, "azure_ai_operation_state", resource="r0", api=API)
    shown = (text.rpartition(",") for text, current in found.items() if current)
    return {id_: state for id_, _, state in shown}


@pytest.mark.jumping
@pytest.mark.parametrize("version", ["2023-04-01", "2021-10-01"])
async def test_jobs_are_asked_for_by_id(version: str) -> None:
    """Each kind has its route; what has finished stays, though Azure deletes it after six hours."""
    slow = QuestionJob(id=seeded_uuid("slow"), created=START - 6 * HOUR + 300, route="qnas")
    quick = replace(slow, started=START - 50, finished=START + 40)
    done = replace(quick, id=seeded_uuid("done"), route="deployments/production")
    error = ("InvalidRequest", "x")
    bad = replace(quick, id=seeded_uuid("bad"), route="import", outcome="failed", error=error)
    ids = [job.full_id for job in (done, bad, slow)]
    async with tapped(Scenario(questions=(done, bad, slow))) as tap:
        section = {"api_version": version, "operations": ids}
        async with polling(configured({"endpoint": tap.endpoint, API: section})) as exporter:
            await asyncio.sleep(35)
            early = scraped(exporter)
            await asyncio.sleep(60)
            ended = scraped(exporter)
            await asyncio.sleep(1200)
            later = scraped(exporter)
    assert states(early) == {done.full_id: "Running", bad.full_id: "Running",
                             slow.full_id: "NotStarted"}  # fmt: skip
    ends = {done.full_id: "Succeeded", bad.full_id: "Failed"}
    assert states(ended) == ends | {slow.full_id: "NotStarted"}
    assert states(later) == ends
    assert values(later, "azure_ai_operation_up", resource="r0", api=API) == {
        done.full_id: 1, bad.full_id: 1, slow.full_id: 0,
    }  # fmt: skip
    expires = "azure_ai_operation_expires_timestamp_seconds"
    assert value(ended, expires, operation=done.full_id) == START + 300
    codes = values(ended, "azure_ai_operation_error_info", resource="r0", api=API)
    assert codes == {f"InvalidRequest,,{bad.full_id},": 1}
    root = "/language" if version == "2021-10-01" else "/language/authoring"
    path = f"{root}/query-knowledgebases/projects/faq/deployments/production/jobs/{done.id}"
    assert set(tap.since(0, done.id)) == {f"{path}?api-version={version}"}


@pytest.mark.parametrize(
    "id_",
    [
        ID,
        f"faq/{ID}",
        f"faq/deployments/{ID}",
        f"faq/deployments/a/b/{ID}",
        f"faq/deployments/../{ID}",
        f"faq/imports/{ID}",
        f"-faq/import/{ID}",
        f"faq/import/{ID}_639034272000000000",
        f"analyze-text/{ID}",
        f"authoring/analyze-text/Claims/train/{ID}",
        "",
    ],
)
def test_other_ids_are_refused(id_: str) -> None:
    """The text says what would be right."""
    section: dict[str, object] = {}
    [(_, settings)] = Apis.model_validate({API: section}).sections()
    with pytest.raises(ValidationError, match="must be PROJECT/deployments/NAME/ID, PROJECT/imp"):
        settings.target(id_)


@pytest.mark.parametrize(
    ("id_", "kind"),
    [
        (f"FAQ-1/deployments/production/{ID}", "deployment"),
        (f"FAQ-1/import/{ID}", "import"),
        (f"FAQ-1/export/{ID}", "export"),
        (f"FAQ-1/sources/{ID}", "sources_update"),
        (f"FAQ-1/qnas/{ID}", "qnas_update"),
    ],
)
def test_kinds(id_: str, kind: str) -> None:
    """By the part behind the project, which keeps its case."""
    section: dict[str, object] = {}
    [(_, settings)] = Apis.model_validate({API: section}).sections()
    target = settings.target(id_.replace(ID, ID.upper()))
    assert (target.id, target.kind) == (id_, kind)

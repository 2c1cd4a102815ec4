"""`check --live` with `discover_resources`: roles that are missing, and what is not watched."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web

from exporter.config.config import parse_config
from exporter.doctor.findings import Finding
from exporter.doctor.kinds import Severity
from exporter.doctor.resource_check import examine
from tests.support import plain_yaml
from tests.support.local import served
from tests.support.manager import DataPlane, Json, Manager, account, error, managed

SCOPE = "/subscriptions/00000000-0000-0000-0000-00000000000a"
KEYS = ("OpenAI Language Model Instance API", "Speech Services Batch Avatar")


async def examined(folder: Path, manager: Manager, **filters: object) -> list[Finding]:
    async with managed(manager, folder) as entry:
        text = plain_yaml.dump({"discover_resources": [entry | filters]})
        return await examine(parse_config("test", text, folder), folder, time.time)


def of_kind(findings: list[Finding], kind: str) -> list[str]:
    return [each.what for each in findings if each.kind == kind]


def refusing(status: int, code: str, message: str) -> Callable[[web.Request], web.Response | None]:
    return lambda _: error(status, code, message)


async def test_who_may_not_list_accounts(tmp_path: Path) -> None:
    """The role that is missing, and the command that grants it."""
    denied = refusing(403, "AuthorizationFailed", "does not have authorization")
    findings = await examined(tmp_path, Manager(refuses=denied))
    [what] = of_kind(findings, "reader-missing")
    assert f'az role assignment create --assignee OBJECT_ID --role "Reader" --scope {SCOPE}' in what


async def test_who_may_list_and_not_read(tmp_path: Path) -> None:
    """The data action that is missing, and the role that has it, at the account."""
    message = "The principal lacks the required data action X to perform Y"
    data = DataPlane(refuses=refusing(401, "PermissionDenied", message))
    async with served(data.application()) as endpoint:
        manager = Manager([account("one", f"{endpoint}/one", keys=KEYS[:1])])
        apis = {"openai_fine_tuning": False}
        [what] = of_kind(await examined(tmp_path, manager, apis=apis), "role-missing")
    assert "data action X" in what
    assert '--role "Cognitive Services Data Reader" --scope' in what
    assert what.endswith("/accounts/one")


async def test_accounts_and_their_apis(tmp_path: Path) -> None:
    """What is watched, what is not and why, and which API is not here: no error."""

    def refuses(request: web.Request) -> web.Response | None:
        return error(404, "NotFound", "no") if "avatar" in request.path else None

    async with served(DataPlane(refuses=refuses).application()) as endpoint:
        accounts: list[Json] = [account("one", f"{endpoint}/one", keys=KEYS)]
        accounts += [account("two", provisioningState="Creating"), account("three", kind="Face")]
        findings = await examined(tmp_path, Manager(accounts), kinds=["AIServices"])
    assert of_kind(findings, "account-unwatched") == ["its provisioning state is Creating"]
    assert "1 of 3 listed accounts are polled" in of_kind(findings, "fine")
    assert [each.api for each in findings if each.kind == "not-here"] == ["avatar"]
    assert {each.severity for each in findings} <= {Severity.OK, Severity.INFO}


@pytest.mark.parametrize("accounts", [[], [account("one")]], ids=["no rights", "filters"])
async def test_nothing_is_found(tmp_path: Path, accounts: list[Json]) -> None:
    """Silence would be taken for health: it is a warning."""
    findings = await examined(tmp_path, Manager(accounts), tags={"env": "prod"})
    assert len(of_kind(findings, "accounts-none")) == 1

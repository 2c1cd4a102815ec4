"""The exporter's own secrets are cut out of any text, in the forms in which they are repeated."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from exporter.apis.document_translation.batch import BatchStatus
from exporter.azure.answer import Answer, read
from exporter.azure.auth.entra import Entra
from exporter.azure.auth.keys import Keys
from exporter.azure.auth.secret import Secret
from exporter.azure.auth.settings import Auth
from exporter.redaction.own_secrets import SHORTEST, OwnSecrets, own_secrets
from exporter.text import nameable, public
from tests.support.secure import CLIENT

PLAIN = "PlantedKey0123456789abcdef"
ODD = "Planted+/=&<>\"'\\key~"
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a path": quote,
    "in a form": quote_plus,
    "in lower hex": lambda secret: re.sub("%..", lambda code: code[0].lower(), quote(secret, "")),
    "in a URL in a URL": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON with escaped slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "in HTML": html.escape,
    "beside letters": lambda secret: f"x{secret}x",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [PLAIN, "Planted+/=&key~"])
def test_the_forms_of_a_secret(secret: str, form: str) -> None:
    """It is cut out of texts and bodies."""
    secrets = OwnSecrets()
    secrets.add(secret)
    repeated = FORMS[form](secret)
    shown = secrets.cut(f"before {repeated} after")
    assert "Planted" not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert b"Planted" not in secrets.cut_body(f'{{"code": "{repeated}"}}'.encode(), [secret])


def test_an_escaped_secret_of_another_writer() -> None:
    """.NET writes most signs as code points."""
    secrets = OwnSecrets()
    secrets.add(ODD)
    signs = "".join(
        char if char.isalnum() or char == "~" else f"\\u{ord(char):04X}" for char in ODD
    )
    for written in (signs, signs.lower().replace("planted", "Planted")):
        assert "Planted" not in secrets.cut(written)
    body = secrets.cut_body(json.dumps({"code": ODD}).encode(), [f"Bearer {ODD}"])
    assert json.loads(body) == {"code": "<secret>"}


def test_a_short_secret_is_a_word() -> None:
    """It would be a part of ordinary words; Azure's keys are long."""
    secrets = OwnSecrets()
    secrets.add("x" * (SHORTEST - 1))
    secrets.add("")
    assert secrets.cut("xxxxxxxxxxxxx") == "xxxxxxxxxxxxx"


def test_a_secret_that_is_a_part_of_another() -> None:
    """Nothing is left of the longer one."""
    secrets = OwnSecrets()
    for secret in ("a-secret", "a-secret-and-more", "with-a-secret"):
        secrets.add(secret)
    assert secrets.cut("a-secret-and-more, with-a-secret, a-secret") == (
        "<secret>, <secret>, <secret>"
    )


def test_the_number_of_secrets_is_bounded() -> None:
    """Of too many the one is forgotten that was not used for the longest time."""
    secrets = OwnSecrets(most=10)
    secrets.add("the-one-in-use")
    for number in range(20):
        secrets.add(f"a-token-of-{number:05}")
        secrets.add("the-one-in-use")
    assert secrets.cut("the-one-in-use a-token-of-00019") == "<secret> <secret>"
    assert secrets.cut("a-token-of-00000") == "a-token-of-00000"


@pytest.mark.jumping
async def test_every_secret_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys from everywhere, the second of two, a new one in a file, tokens, client secrets."""
    first, second, secret = (tmp_path / name for name in ("first", "second", "secret"))
    first.write_text("PlantedKey-first")
    second.write_text("PlantedKey-second")
    secret.write_text("PlantedKey-client-secret")
    monkeypatch.setenv("EXPORTER_TEST_KEY", "PlantedKey-of-env")
    keys = Keys(Auth(key_file=first, secondary_key_file=second))
    _ = Auth(key_env="EXPORTER_TEST_KEY"), Auth(key=SecretStr("PlantedKey-inline"))
    Secret("PlantedKey-token", is_token=True)
    assert Entra(tenant_id="t", client_id=CLIENT, client_secret_file=secret).secret
    first.write_text("PlantedKey-later")
    assert await keys.watch()
    for name in ("first", "second", "later", "of-env", "inline", "token", "client-secret"):
        assert public(f"an echo of PlantedKey-{name}") == "an echo of <secret>"
        assert nameable(f"PlantedKey-{name}") == "<secret>"


def test_an_answer_that_repeats_the_key() -> None:
    """It is gone before anything of the answer is kept: in a status, and in an error."""
    own_secrets.add(PLAIN)
    error = {"code": PLAIN, "target": PLAIN, "message": f"You sent {PLAIN}."}
    for status in (200, 400, 401, 429, 500):
        body = json.dumps({"status": PLAIN, "error": error}).encode()
        headers = {"apim-request-id": PLAIN, "x-ms-error-code": PLAIN, "content-type": PLAIN}
        outcome = read(status, headers, body, BatchStatus.read, 0.0, sent=[PLAIN])
        assert PLAIN not in repr(outcome)
        if isinstance(outcome, Answer):
            assert PLAIN not in repr(outcome.value.operation())
        else:
            assert PLAIN not in outcome.reason
            assert PLAIN not in repr(outcome.details)
    assert PLAIN not in repr(
        read(200, {"content-type": f"text/{PLAIN}"}, b"<", BatchStatus.read, 0.0)
    )

"""What looks like a secret, or like the name of a document, is cut out of any text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.redaction.foreign_secrets import without_secrets
from tests.support.secret_forms import NAMES, SECRETS

KEY = "Zm9vYmFyc2VjcmV0c2lnbmF0dXJl"


@pytest.mark.parametrize("form", SECRETS)
@pytest.mark.parametrize(
    "around", ["{}", "Refused ({}), says the gateway.", "a={}&b=1", "x\n{}\ny"]
)
def test_a_secret_in_any_form(form: str, around: str) -> None:
    """Its value is cut, the rest is as it was; twice cut is the same as once."""
    shown = without_secrets(around.format(form.format(KEY)))
    assert KEY not in shown
    assert "<cut>" in shown or shown.count("/") < around.format(form).count("/") or "@" in form
    assert without_secrets(shown) == shown


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("around", ["{}", "Cannot read ({}), it is gone.", "url={} x"])
def test_the_name_of_a_document_in_any_form(form: str, around: str) -> None:
    """A URL is cut behind its host, however it is written."""
    shown = without_secrets(around.format(form.format("plan-x.docx")))
    assert "plan-x" not in shown
    assert "<cut>" in shown
    assert without_secrets(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication is required",
        "Bearer authentication failed",
        "action Microsoft.CognitiveServices/accounts/TextTranslation/read",
        "application/json is not supported, nor text/html",
        "Unexpected token: }",
        "no token: the login cannot be reached",
        "the access token: expired at 10:00",
        "its signature: wrong",
        "The file plan.docx and/or more",
        "Access denied due to invalid subscription key or wrong API endpoint.",
        "$.inputs[0].source.sourceUrl",
        "/translator/document/batches",
        "the signature did not match",
        "api-version=2024-05-01 is not supported",
        "the login was refused: AADSTS7000215, the client secret is wrong",
        '{"code": "InvalidRequest"}',
        "Code: InvalidRequest, Message: The token is expired",
        "3/4 of 5.5/6, 100% of it",
        "design=1",
        "see https://aka.ms/ for more.",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Messages of Azure stay readable."""
    assert without_secrets(text) == text


@given(
    st.sampled_from([form for form in SECRETS if not form.startswith(("eyJ", "Bearer"))]),
    st.text(" \t\n.,;()[]{}|é", max_size=20),
    st.text(" \t\n.,;()[]{}|é", max_size=20),
)
def test_whatever_stands_around_a_secret(form: str, before: str, after: str) -> None:
    """Punctuation does not bring it back."""
    assert KEY not in without_secrets(f"{before}{form.format(KEY)}{after}")


@pytest.mark.parametrize(
    "part",
    [
        *("x", "'a://", "a.", "a:", "\\", "%25", "a@", "sig=", "bearer ", "eyJ", "'", "ab:"),
        *("https:", "x.com/", "a%3A%2F", "key ", "token\t", "a:b@", "//", "a-"),
    ],
)
def test_no_text_takes_long(part: str) -> None:
    """The work grows with the length of the text, and not with its square."""
    text = (part * 6000)[:6000]
    started = time.process_time()
    without_secrets(text)
    assert time.process_time() - started < 0.5

"""The URL that Azure answered when an operation was submitted, in place of the operation's id."""

import re
from pathlib import Path

import pytest

from exporter.apis import Apis
from exporter.config.config import Config, parse_config
from exporter.config.operation_files import OperationFile, OperationFiles, RegisteredOperation
from exporter.config.operation_files import planned as registered
from exporter.config.plan import plan
from exporter.settings.yaml_file import ConfigError
from exporter.text import nameable
from tests.support import plain_yaml

HOST = "https://contoso.cognitiveservices.azure.com"
UUID = "827712a5-f942-4997-91c3-7c6cde35600b"
JOB = "ftjob-609d281b5c614ab78a8557fbe3ac9209"
DI = f"31443309034_{UUID}"
LANGUAGE = "/language/authoring/analyze-{}/projects/Shop/train/jobs"
QUESTIONS = "/language/authoring/query-knowledgebases/projects/faq"

URLS = {
    "document_translation": {
        f"/translator/document/batches/{UUID}?api-version=2024-05-01": UUID,
        f"/translator/document/batches/{UUID.upper()}": UUID,
    },
    "video_translation": {
        "/videotranslation/operations/Create-1?api-version=2025-05-20": "Create-1",
        "/videotranslation/translations/Film/iterations/First": "Film/First",
    },
    "avatar": {
        f"/avatar/operations/{UUID}?api-version=2024-04-15-preview": UUID,
        "/avatar/batchsyntheses/Talk": "batchsyntheses/Talk",
    },
    "qna_maker": {f"/qnamaker/v5.0-preview.2/operations/{UUID}": UUID},
    "openai_batch": {f"/openai/batches/batch_{UUID}?api-version=2024-10-21": f"batch_{UUID}"},
    "openai_fine_tuning": {
        f"/openai/fine_tuning/{JOB}?api-version=2025-01-01-preview": JOB,
        f"/openai/fine_tuning/jobs/{JOB}": JOB,
    },
    "speech_synthesis": {"/texttospeech/batchsyntheses/Book?api-version=2024-04-01": "Book"},
    "speech_transcription": {f"/speechtotext/transcriptions/{UUID}?api-version=2024-11-15": UUID},
    "custom_speech": {
        f"/speechtotext/{name}/{UUID}?api-version=2024-11-15": f"{name}/{UUID}"
        for name in ("datasets", "models", "endpoints", "evaluations")
    },
    "language": {
        **{
            f"/language/{name}/jobs/{UUID}?api-version=2025-05-15-preview": f"{name}/{UUID}"
            for name in ("analyze-text", "analyze-conversations", "analyze-documents")
        },
        **{
            f"{LANGUAGE}/{UUID}_638840?api-version=2023-04-01".format(kind): (
                f"authoring/analyze-{kind}/Shop/train/{UUID}_638840"
            )
            for kind in ("text", "conversations")
        },
    },
    "question_answering": {
        f"{QUESTIONS}/deployments/production/jobs/{UUID}?api-version=2023-04-01": (
            f"faq/deployments/production/{UUID}"
        ),
        **{
            f"{QUESTIONS}/{route}/jobs/{UUID}?api-version=2023-04-01": f"faq/{route}/{UUID}"
            for route in ("import", "export", "sources", "qnas")
        },
    },
    "document_intelligence": {
        f"/documentintelligence/operations/{DI}?api-version=2024-11-30": DI,
        **{
            f"/documentintelligence/{id_}?api-version=2024-11-30": id_
            for id_ in (
                f"documentModels/prebuilt-read/analyzeBatchResults/{UUID}",
                f"documentModels/prebuilt-layout/analyzeResults/{UUID}",
                f"documentClassifiers/letters/analyzeResults/{UUID}",
            )
        },
    },
    "content_understanding": {
        f"/contentunderstanding/analyzerResults/{UUID}?api-version=2025-11-01": (
            f"analyzerResults/{UUID}"
        ),
        f"/contentunderstanding/analyzers/test_a/operations/{UUID}": f"analyzers/test_a/{UUID}",
    },
}
"""The ids in paths as Azure answers them, by API."""
NOT_CONFIGURED = ("Film/First", "batchsyntheses/Talk")  # these ids are for files and /probe alone


def configured(
    api: str, operations: object = None, endpoint: str = HOST, **section: object
) -> Config:
    """One resource with one API."""
    named = {"batches" if api == "document_translation" else "operations": operations or []}
    resource = {"name": "main", "endpoint": endpoint, "auth": {"key": "a-key"}}
    data = {"resources": [{**resource, api: {**section, **named}}]}
    return parse_config("config.yaml", plain_yaml.dump(data), Path())


def ids(config: Config) -> list[str]:
    return [key.operation for key in plan(config).operations]


def in_a_file(config: Config, api: str, operation: str) -> tuple[list[str], list[str]]:
    """Ids of the operations of an operation file, and the texts of its problems."""
    entry = RegisteredOperation(resource="main", api=api, operation=operation)
    file = OperationFile(None, (entry,), ((1, 3),))
    operations, problems = registered(config, OperationFiles({"a": file}))
    return [one.target.id for one in operations], [problem.text for problem in problems]


@pytest.mark.parametrize(
    ("api", "url", "id_"), [(api, *each) for api, urls in URLS.items() for each in urls.items()]
)
def test_the_url_of_an_operation_is_its_id(api: str, url: str, id_: str) -> None:
    """In the configuration, alone or with options, in an operation file, and for /probe."""
    nothing = configured(api)
    for text in (HOST + url, f"{HOST}:443{url}"):
        if id_ not in NOT_CONFIGURED:
            assert ids(configured(api, [text])) == [id_]
            assert ids(configured(api, [{"id": text, "labels": {"team": "web"}}])) == [id_]
        assert in_a_file(nothing, api, text) == ([id_], [])
        assert plan(nothing).find("main", api, text).target.id == id_


@pytest.mark.parametrize(
    ("api", "url", "id_"), [(api, *each) for api, urls in URLS.items() for each in urls.items()]
)
def test_an_operation_is_named_once(api: str, url: str, id_: str) -> None:
    """Its id and its URL are duplicates, and so is its id with the UUID in upper case."""
    upper = id_.replace(UUID, UUID.upper())
    for again in (HOST + url, {"id": HOST + url}, id_, upper):
        if id_ not in NOT_CONFIGURED:
            with pytest.raises(ConfigError) as refused:
                configured(api, [id_, again])
            [problem] = refused.value.problems
            assert re.fullmatch(
                rf"resources\[main\]\.{api}\.(operations|batches)\[1\]", problem.path
            )
            assert problem.text == f"duplicate {nameable(id_)!r}; remove one"
            assert (problem.line, problem.column) > (1, 1)
    if id_ not in NOT_CONFIGURED:
        known = configured(api, [id_])
        for again in (HOST + url, id_, upper):
            [text] = in_a_file(known, api, again)[1]
            assert text.startswith("duplicate operation, already in the configuration")


def test_all_duplicates_are_told() -> None:
    """Each of a list, once."""
    operations = [UUID, f"{HOST}/avatar/operations/{UUID}", UUID.upper(), "job-1"]
    with pytest.raises(ConfigError) as refused:
        configured("avatar", operations)
    assert [problem.path[-3:] for problem in refused.value.problems] == ["[1]", "[2]"]


def test_several_versions_have_a_path() -> None:
    """All are named; a URL of no version is told with the paths of the section's own."""
    with pytest.raises(ConfigError, match="of api_version 2024-10-21 or 2025-04-01-preview, "):
        configured("openai_batch", [f"{HOST}/openai/batches/batch_1"], api_version="v1")
    with pytest.raises(ConfigError, match="whose path is /openai/v1/batches/ID"):
        configured("openai_batch", [f"{HOST}/openai/v2/batches/batch_1"], api_version="v1")


def test_every_api_has_urls() -> None:
    """A new API needs one above."""
    assert URLS.keys() == Apis.model_fields.keys()


@pytest.mark.parametrize(
    ("api", "version", "url", "id_"),
    [
        ("document_translation", "v1.0", f"/translator/text/batch/v1.0/batches/{UUID}", UUID),
        ("openai_batch", "v1", f"/openai/v1/batches/batch_{UUID}", f"batch_{UUID}"),
        (
            "question_answering",
            "2021-10-01",
            f"/language/query-knowledgebases/projects/faq/import/jobs/{UUID}",
            f"faq/import/{UUID}",
        ),
        ("document_intelligence", "2023-07-31", f"/formrecognizer/operations/{DI}", DI),
    ],
)
def test_the_path_is_that_of_the_version(api: str, version: str, url: str, id_: str) -> None:
    """As the section says it; for another section, the version that has the path is named."""
    assert ids(configured(api, [HOST + url], api_version=version)) == [id_]
    with pytest.raises(ConfigError, match=f": is a URL of api_version {version}, which is not"):
        configured(api, [HOST + url])


@pytest.mark.parametrize("url", [f"{HOST}/apim/eu", HOST])
def test_an_endpoint_with_a_path(url: str) -> None:
    """The URL has it, or is that of the resource behind it."""
    text = f"{url}/avatar/operations/{UUID}"
    assert ids(configured("avatar", [text], endpoint=f"{HOST}/apim/eu")) == [UUID]


SECRET = "a-shared-secret"  # noqa: S105 - of nobody
OTHER = "is a URL with another {}; the resource is at " + HOST + ": write a URL of it, or the id"
OTHER_HOST, OTHER_SCHEME, OTHER_PORT = map(OTHER.format, ("host", "scheme", "port"))
OTHER_PATH = (
    "is not the URL of an operation of this API, whose path is /avatar/batchsyntheses/ID or "
    "/avatar/operations/ID"
)
WITH_USER = "is a URL with a user or password; write the id of the operation"
NO_URL = "is no valid URL; write the id of the operation"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        (f"https://fabrikam.cognitiveservices.azure.com/avatar/operations/{UUID}", OTHER_HOST),
        (f"https://eastus.api.cognitive.microsoft.com/avatar/operations/{UUID}", OTHER_HOST),
        (f"{HOST}:8443/avatar/operations/{UUID}", OTHER_PORT),
        (f"{HOST.replace('https', 'http')}/avatar/operations/{UUID}", OTHER_SCHEME),
        (f"{HOST}.evil.example/avatar/operations/{UUID}?sig={SECRET}", OTHER_HOST),
        (f"{HOST}/videotranslation/operations/{UUID}", OTHER_PATH),
        (f"{HOST}/avatar/operations/", OTHER_PATH),
        (f"{HOST}/avatar/operations?sig={SECRET}", OTHER_PATH),
        (f"{HOST}/avatar/operations/a/b", OTHER_PATH),
        (f"{HOST}/{SECRET}/avatar/operations/{UUID}", OTHER_PATH),
        (HOST, OTHER_PATH),
        (f"{HOST}/avatar/operations/-?sig={SECRET}", "'-' is not valid; must be 3 to 64 letters"),
        (f"{HOST}/avatar/operations/a%2Fb", "'a%2Fb' is not valid; must be 3 to 64 letters"),
        (HOST.replace("//", f"//{SECRET}@") + f"/avatar/operations/{UUID}", WITH_USER),
        (f"https://[::1/avatar/operations/{UUID}?{SECRET}", NO_URL),
        (f"https://contoso:port/avatar/operations/{UUID}?{SECRET}", NO_URL),
    ],
)
def test_another_url_is_refused(url: str, text: str) -> None:
    """With what would be right, and without the URL, which may be signed."""
    with pytest.raises(ConfigError) as refused:
        configured("avatar", ["fine", url])
    [problem] = refused.value.problems
    assert problem.path.startswith("resources[main].avatar.operations[1]")
    assert problem.text.startswith(text)
    nothing = configured("avatar")
    [found] = in_a_file(nothing, "avatar", url)[1]
    assert found.startswith(f"operation {text}")
    with pytest.raises(ValueError, match=re.escape(text)) as not_found:
        plan(nothing).find("main", "avatar", url)
    assert SECRET not in f"{refused.value} {found} {not_found.value}"


@pytest.mark.parametrize(
    ("version", "text"),
    [("v7", "'v7' is unknown"), ("v1", "'7' is not valid; must be batch_")],
)
def test_other_problems_of_the_section_stay(version: str, text: str) -> None:
    """Where its version is unknown, that is said; a number is no id."""
    operations = [f"{HOST}/openai/v1/batches/batch_{UUID}", "7"]
    with pytest.raises(ConfigError, match=text):
        configured("openai_batch", operations, api_version=version)

"""Files of finished transcriptions: their list, and their content in blob storage.

https://learn.microsoft.com/azure/ai-services/speech-service/batch-transcription-get
The content is at the address of the simulator itself, as a blob storage of its own.
"""

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from exporter.simulator.messages import Answer, Request, json_answer, signed_url, whole_timestamp
from exporter.simulator.play.speech_jobs import TextJob, Transcription
from exporter.simulator.services.errors import Refusal
from exporter.simulator.services.speech import Call
from exporter.simulator.services.speech_to_text_bodies import self_url

_REPORT = "report.json"
_CREDENTIALS = ("Ocp-Apim-Subscription-Key", "api-key", "Authorization")


def files_of(job: Transcription, call: Call) -> list[Mapping[str, object]]:
    """A file for each recording that could be transcribed, and the report as the last one."""
    done = job.files - job.failed_files
    names = [f"contenturl_{number}.json" for number in range(done)]
    return [
        _file(job, call, name, "Transcription", number) for number, name in enumerate(names)
    ] + [_file(job, call, _REPORT, "TranscriptionReport", done)]


def _file(
    job: Transcription, call: Call, name: str, kind: str, number: int
) -> Mapping[str, object]:
    return {
        "self": self_url(job, call, f"/files/{job.id[:-12]}{number:012x}"),
        "name": name,
        "kind": kind,
        "links": {"contentUrl": f"{call.request.origin}{BlobStorage.prefix}{_signed(job, name)}"},
        "properties": {"size": 747},
        "createdDateTime": whole_timestamp(job.finished or job.created),
    }


def _signed(job: Transcription, name: str) -> str:
    """The path of a file with its signature; without the host of a real storage."""
    return signed_url(f"{job.id}/{name}").split("/", 3)[3]


def report_body(job: Transcription) -> dict[str, object]:
    """A report: counts, and each recording by its address."""
    failed = [
        {
            "source": f"https://contosocalls.blob.core.windows.net/calls/{number}.wav",
            "status": "Failed",
            "errorKind": "InvalidData",
            "errorMessage": "The recording is empty.",
        }
        for number in range(job.failed_files)
    ]
    succeeded = [
        {
            "source": f"https://contosocalls.blob.core.windows.net/calls/{number}.wav",
            "status": "Succeeded",
        }
        for number in range(job.failed_files, job.files)
    ]
    return {
        "successfulTranscriptionsCount": len(succeeded),
        "failedTranscriptionsCount": len(failed),
        "details": [*succeeded, *failed],
    }


class BlobStorage:
    """`{endpoint}/_blobs/{id}/{name}` with a signature; a request with a credential is refused.

    Args:
        find: the transcription or other job of that id at a time, if it exists.
    """

    prefix = "/_blobs/"

    def __init__(self, find: Callable[[str, str, float], TextJob | None]) -> None:
        self._find = find

    def answer(self, request: Request, now: float) -> Answer:
        id_, _, name = request.path.removeprefix(self.prefix).partition("/")
        job = self._find(Transcription.route, id_, now)
        if not isinstance(job, Transcription) or name != _REPORT:
            raise Refusal(404, "BlobNotFound", "The specified blob does not exist.")
        if not self._is_signed(job, request):
            message = "Server failed to authenticate the request."
            raise Refusal(403, "AuthenticationFailed", message)
        return json_answer(200, report_body(job), content_type="application/octet-stream")

    def _is_signed(self, job: Transcription, request: Request) -> bool:
        written = unquote(_signed(job, _REPORT)).partition("sig=")[2]
        carries = any(name in request.headers for name in _CREDENTIALS)
        return request.argument("sig") == written and not carries

    def refuse(self, refusal: Refusal, _: Request) -> Answer:
        """Blob storage answers in XML."""
        text = f"<Error><Code>{refusal.code}</Code><Message>{refusal.message}</Message></Error>"
        body = f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()
        answer = Answer(refusal.status, body, {"Content-Type": "application/xml"})
        return answer.plus(x_ms_error_code=refusal.code)

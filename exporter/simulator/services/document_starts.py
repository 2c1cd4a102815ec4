"""The jobs of Document Intelligence that a POST starts. Pure."""

import re

from exporter.simulator.play.building import seeded_uuid
from exporter.simulator.play.document_building import model_operation
from exporter.simulator.play.document_jobs import (
    BatchAnalysis,
    DocumentJob,
    SingleAnalysis,
)
from exporter.simulator.play.scenario import Pace
from exporter.simulator.services.errors import Refusal
from exporter.simulator.services.speech import Call, object_in, read_body, text_in

_KINDS = {
    "documentModels:build": "documentModelBuild",
    "documentModels:compose": "documentModelCompose",
    "documentModels/:copyTo": "documentModelCopyTo",
    "documentClassifiers:build": "documentClassifierBuild",
    "documentClassifiers/:copyTo": "documentClassifierCopyTo",
}
_PATH = re.compile(
    r"(?P<collection>documentModels|documentClassifiers)(?P<slash>/(?P<model>[^/:]+))?:(?P<action>\w+)"
)
_ID_NAMES = ("modelId", "classifierId", "targetModelId", "targetClassifierId")
_SOURCES = ("azureBlobSource", "azureBlobFileListSource")


def started_job(path: str, call: Call, pace: Pace, number: int) -> DocumentJob | None:
    """The new job of a POST to `path` below the root; None if there is no such route.

    `number` makes the ids of jobs of one moment differ.

    Raises:
        Refusal: the body is not valid.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    collection, model, action = match["collection"], match["model"], match["action"]
    kind = _KINDS.get(f"{collection}{'/' if model else ''}:{action}")
    if kind:
        return _operation(kind, call, pace, number)
    if model and action == "analyze":
        return _analysis(collection, model, call, pace, number)
    if model and action == "analyzeBatch" and collection == "documentModels":
        return _batch(model, call, pace, number)
    return None


def _operation(kind: str, call: Call, pace: Pace, number: int) -> DocumentJob:
    body = read_body(call.request)
    model = next((name for key in _ID_NAMES if (name := text_in(body, key))), None)
    if model is None:
        raise Refusal(400, "InvalidArgument", "The id is required.", None, "ParameterMissing")
    takes = 0.0 if kind.endswith("CopyTo") else pace.model_build
    return model_operation(
        model, created=call.now, takes=takes, kind=kind, starts_after=0, seed=number
    )


def _analysis(collection: str, model: str, call: Call, pace: Pace, number: int) -> DocumentJob:
    return SingleAnalysis(
        id=seeded_uuid("analysis", call.now, number),
        created=call.now,
        started=call.now,
        finished=call.now + pace.document_analysis,
        model=model,
        collection=collection,
    )


def _batch(model: str, call: Call, pace: Pace, number: int) -> DocumentJob:
    body = read_body(call.request, "resultContainerUrl")
    if not any(object_in(body, source) for source in _SOURCES):
        message = "The content source is missing."
        raise Refusal(400, "InvalidArgument", message, None, "InvalidContentSourceFormat")
    return BatchAnalysis(
        id=seeded_uuid("batch analysis", call.now, number),
        created=call.now,
        started=call.now,
        finished=call.now + pace.batch_analysis,
        model=model,
    )

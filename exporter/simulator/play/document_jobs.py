"""Jobs of Document Intelligence, kept for a day after their end."""

from dataclasses import dataclass

from exporter.simulator.play.operation import Operation

_KEPT_SECONDS = 86400.0


@dataclass(frozen=True, kw_only=True)
class DocumentJob(Operation):
    """A job for a model or classifier; `error` is the code and message of a Failed one."""

    model: str
    error: tuple[str, str] | None = None

    @property
    def path(self) -> str:
        """The path of its status below the root."""
        raise NotImplementedError

    def exists(self, now: float) -> bool:
        """Whether it is created, and was not deleted after its end."""
        end = None if self.finished is None else self.finished + _KEPT_SECONDS
        return self.created <= now and (end is None or now < end)


@dataclass(frozen=True, kw_only=True)
class ModelOperation(DocumentJob):
    """A build, composition or copy; `percent` is that of a running one, where it is said."""

    kind: str = "documentModelBuild"
    percent: int | None = 0

    @property
    def path(self) -> str:
        return f"operations/{self.id}"


@dataclass(frozen=True, kw_only=True)
class BatchAnalysis(DocumentJob):
    """A batch; the numbers are those of its documents at the end."""

    succeeded: int = 3
    failed: int = 0
    skipped: int = 0

    @property
    def path(self) -> str:
        return f"documentModels/{self.model}/analyzeBatchResults/{self.id}"


@dataclass(frozen=True, kw_only=True)
class SingleAnalysis(DocumentJob):
    """The analysis of one document, by a model or a classifier."""

    collection: str = "documentModels"

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.model}/analyzeResults/{self.id}"

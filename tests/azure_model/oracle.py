"""The oracle: what /metrics may never show, whatever Azure does; read at each scrape."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.azure_model.lives import FINISHED
from tests.azure_model.views import Said
from tests.support.local import Samples

CHARGED = "azure_ai_characters_charged_total"
KEPT = ("azure_ai_characters_charged_total", "azure_ai_state_transitions_total")  # over restarts
Key = tuple[str, str, str]  # API, operation, document
Shown = dict[Key, str]


def state(word: str) -> str:
    """The exporter's spelling of Azure's word."""
    return {"Canceled": "Cancelled"}.get(word, word)


def shown_states(samples: Samples) -> Shown:
    """The state of every operation and document."""
    shown: Shown = {}
    for (name, labels), number in samples.items():
        if number and name in {"azure_ai_operation_state", "azure_ai_document_state"}:
            own = dict(labels)
            api = own.get("api", "document_translation")
            shown[api, own["operation"], own.get("document", "")] = own["state"]
    return shown


@dataclass
class Oracle:
    """What Azure has said so far, and what was wrong.

    Attributes:
        said: the lives for which each state was said, by key.
        charged: the most that was said to be charged, by API, operation and birth.
        wrong: one sentence for each violation.
    """

    said: dict[Key, dict[str, set[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    charged: dict[tuple[str, str, float], int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    _ended: dict[Key, tuple[str, float]] = field(default_factory=dict)
    _counters: dict[object, float] = field(default_factory=dict)

    def heard(self, said: Said) -> None:
        """Azure has said this to the exporter."""
        key = said.api, said.operation, said.document
        self.said[key][state(said.step.word)].add(said.life.born)
        if not said.document:
            account = said.api, said.operation, said.life.born
            self.charged[account] = max(self.charged.get(account, 0), said.step.charged)

    def restarted(self, samples: Samples) -> None:
        """The exporter began again with what a checkpoint had; it was written at these samples."""
        self._counters = {key: value for key, value in samples.items() if key[0] in KEPT}

    def look(self, samples: Samples, at: str) -> None:
        """One scrape."""
        self.wrong += [f"{at}: {what}" for what in (*self._states(samples), *self._falls(samples))]

    def _states(self, samples: Samples) -> Iterator[str]:
        for key, shown in shown_states(samples).items():
            name = " ".join(filter(None, key))
            lives = self.said[key].get(shown, set())
            if shown == "Unknown" or not lives:
                if shown != "Unknown":
                    yield f"{name} is {shown}, which Azure never said"
                continue
            ended, born = self._ended.get(key, (shown, 0.0))
            if shown != ended and max(lives) <= born:
                yield f"{name} was {ended} and is {shown}, without another life"
            if shown in FINISHED:
                self._ended[key] = shown, min(life for life in lives if life >= born)

    def _falls(self, samples: Samples) -> Iterator[str]:
        for key, value in samples.items():
            name, labels = key
            if not name.endswith("_total"):
                continue
            before = self._counters.get(key, 0.0)
            self._counters[key] = value
            if value < before:
                yield f"{name} {dict(labels)} fell from {before} to {value}"
            if name == CHARGED:
                api = dict(labels)["api"]
                said = sum(most for (own, *_), most in self.charged.items() if own == api)
                if value > said:
                    yield f"{value:.0f} characters charged for {api}, Azure said {said}"

"""The oracle: what /metrics may never show, whatever Azure does; read at each scrape."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.azure_model.lives import FINISHED, Life
from tests.azure_model.views import Said
from tests.azure_model.world import Owner
from tests.support.local import START, Samples

CHARGED = "azure_ai_characters_charged_total"
LAST_ACTION = "azure_ai_operation_last_action_timestamp_seconds"
KEPT = ("azure_ai_characters_charged_total", "azure_ai_state_transitions_total")  # over restarts
_SPELLINGS = {
    "Canceled": "Cancelled",
    "pending": "NotStarted",
    "running": "Running",
    "succeeded": "Succeeded",
    "validating": "NotStarted",
    "in_progress": "Running",
    "finalizing": "Running",
    "notStarted": "NotStarted",
    "completed": "Succeeded",
    "failed": "Failed",
    "expired": "Expired",
    "cancelling": "Cancelling",
    "cancelled": "Cancelled",
    "partiallyCompleted": "PartiallySucceeded",
}
Key = tuple[str, str, str]  # API, operation, document
Shown = dict[Key, str]
Account = tuple[str, str, float]  # API, operation, birth


def state(word: str) -> str:
    """The exporter's spelling of Azure's word."""
    return _SPELLINGS.get(word, word)


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
        owners: the lives of each operation.
        said: the lives for which each state was said, by key.
        charged: the most that was said to be charged, by API, operation and birth.
        kept: the same, without what the exporter lost when it was killed.
        wrong: one sentence for each violation.
    """

    owners: Mapping[Owner, Sequence[Life]] = field(default_factory=dict)
    said: dict[Key, dict[str, set[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    charged: dict[Account, int] = field(default_factory=dict)
    kept: dict[Account, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    forgets: bool = False
    _ended: dict[Key, tuple[str, float]] = field(default_factory=dict)
    _counters: dict[object, float] = field(default_factory=dict)
    _working: dict[Owner, float] = field(default_factory=dict)
    _end_times: dict[Owner, float] = field(default_factory=dict)

    def heard(self, said: Said) -> None:
        """Azure has said this to the exporter."""
        key = said.api, said.operation, said.document
        self.said[key][state(said.step.word)].add(said.life.born)
        if not said.document:
            account = said.api, said.operation, said.life.born
            self.charged[account] = max(self.charged.get(account, 0), said.step.charged)
            if not self.forgets:
                self.kept[account] = self.charged[account]

    def restarted(self, samples: Samples) -> None:
        """A checkpoint was written at these samples; the exporter forgets what it hears since."""
        self.forgets = True
        self._working, self._end_times = {}, {}
        self._counters = {key: value for key, value in samples.items() if key[0] in KEPT}

    def began(self) -> None:
        """The exporter has begun with what the checkpoint has."""
        self.forgets = False

    def reloaded(self) -> None:
        """The exporter was told to watch something else: what it showed may leave."""
        self._working = {}

    def look(self, samples: Samples, now: float) -> None:
        """One scrape, at a moment in Unix seconds."""
        shown = shown_states(samples)
        found = (
            *self._states(shown),
            *self._moved_ends(shown, samples),
            *self._falls(samples),
            *self._leaves(shown, now),
        )
        self.wrong += [f"{(now - START) / 60:.1f} min: {what}" for what in found]

    def _leaves(self, shown: Shown, now: float) -> Iterator[str]:
        """An unfinished operation stays shown; here Azure always answers before it is stale."""
        for (api, operation), born in self._working.items():
            life = next(life for life in self.owners[api, operation] if life.born == born)
            step = life.at(now)
            if step and not step.finished and (api, operation, "") not in shown:
                yield f"{api} {operation} is {step.word}, and is not shown any more"
        working = [key[:2] for key, word in shown.items() if not key[2] and word not in FINISHED]
        self._working = {
            owner: life.born
            for owner in working
            for life in self.owners.get(owner, ())
            if (step := life.at(now)) and not step.finished
        }

    def _states(self, shown: Shown) -> Iterator[str]:
        for key, word in shown.items():
            name = " ".join(filter(None, key))
            lives = self.said[key].get(word, set())
            if not lives:
                yield f"{name} is {word}, which Azure never said"
                continue
            ended, born = self._ended.get(key, (word, 0.0))
            if word != ended and max(lives) <= born:
                yield f"{name} was {ended} and is {word}, without another life"
            if word in FINISHED:
                self._ended[key] = word, min((life for life in lives if life >= born), default=born)

    def _moved_ends(self, shown: Shown, samples: Samples) -> Iterator[str]:
        """The time at which an operation of one life has ended stays, while it is shown."""
        ends = {}
        for (name, labels), end in samples.items():
            if name != LAST_ACTION:
                continue
            own = dict(labels)
            owner = own["api"], own["operation"]
            if shown.get((*owner, "")) in FINISHED and len(self.owners.get(owner, ())) == 1:
                before = self._end_times.get(owner, end)
                if before != end:
                    yield f"{' '.join(owner)} ended at {before}, and later at {end}"
                ends[owner] = end
        self._end_times = ends

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

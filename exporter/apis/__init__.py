"""The supported APIs: one line for each, and a file with everything else."""

from collections.abc import Iterator, Mapping
from typing import get_args

from exporter.apis.avatar import Avatar
from exporter.apis.base import Settings
from exporter.apis.content_understanding import ContentUnderstanding
from exporter.apis.custom_speech import CustomSpeech
from exporter.apis.document_intelligence import DocumentIntelligence
from exporter.apis.document_translation import DocumentTranslation
from exporter.apis.language import Language
from exporter.apis.openai_batch import OpenaiBatch
from exporter.apis.openai_fine_tuning import OpenaiFineTuning
from exporter.apis.qna_maker import QnaMaker
from exporter.apis.question_answering import QuestionAnswering
from exporter.apis.speech_synthesis import SpeechSynthesis
from exporter.apis.speech_transcription import SpeechTranscription
from exporter.apis.video_translation import VideoTranslation
from exporter.settings.types import Strict


class Apis(Strict):
    """A resource's section for each API. The name of a field is the label `api`."""

    document_translation: DocumentTranslation | None = None
    """Document Translation batches of this resource, and their documents."""
    video_translation: VideoTranslation | None = None
    """Video Translation operations of this resource, and the iterations of its translations."""
    avatar: Avatar | None = None
    """Text to speech avatar operations of this resource, and its batch syntheses."""
    qna_maker: QnaMaker | None = None
    """QnA Maker operations of this resource."""
    openai_batch: OpenaiBatch | None = None
    """Batches of this Azure OpenAI resource."""
    speech_synthesis: SpeechSynthesis | None = None
    """Batch syntheses of text to speech of this resource."""
    speech_transcription: SpeechTranscription | None = None
    """Batch transcriptions of speech to text of this resource."""
    custom_speech: CustomSpeech | None = None
    """Datasets, models, endpoints and evaluations of custom speech of this resource."""
    openai_fine_tuning: OpenaiFineTuning | None = None
    """Fine-tuning jobs of this Azure OpenAI resource or Foundry project."""
    language: Language | None = None
    """Analyses of this Language resource, and the trainings of its projects."""
    question_answering: QuestionAnswering | None = None
    """Jobs of question answering projects of this Language resource."""

    document_intelligence: DocumentIntelligence | None = None
    """Builds and other operations of Document Intelligence, and its analyses."""

    content_understanding: ContentUnderstanding | None = None
    """Analyses of Content Understanding of this resource, and operations of its analyzers."""

    def sections(self) -> Iterator[tuple[str, Settings]]:
        """The configured APIs, by name."""
        for name in type(self).model_fields:
            section: object = getattr(self, name)
            if isinstance(section, Settings):
                yield name, section

    @classmethod
    def key_headers(cls) -> Mapping[str, str]:
        """The header that carries a key, by the name of the API; configured or not."""
        return {name: settings.key_header for name, settings in cls.by_name()}

    @classmethod
    def by_name(cls) -> Iterator[tuple[str, type[Settings]]]:
        """All APIs with their names, configured or not."""
        for name, field in cls.model_fields.items():
            for settings in get_args(field.annotation):
                if isinstance(settings, type) and issubclass(settings, Settings):
                    yield name, settings


__all__ = ["Apis", "Settings"]

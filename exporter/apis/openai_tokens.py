"""Tokens of Azure OpenAI, by kinds that do not overlap, so that they may be summed.

Azure's own batches said none up to April 2025; those of OpenAI do.
https://platform.openai.com/docs/api-reference/batch/object
"""

from pydantic import Field

from exporter.apis.reading import Count, without_none
from exporter.azure.body import Body
from exporter.model.operation import Amounts
from exporter.model.quantities import Amount


class InputDetails(Body):
    """Input tokens of a known kind."""

    cached: Count | None = Field(None, validation_alias="cached_tokens")


class OutputDetails(Body):
    """Output tokens of a known kind."""

    reasoning: Count | None = Field(None, validation_alias="reasoning_tokens")


class Usage(Body):
    """Tokens of a batch. The details are parts of the numbers beside them."""

    input: Count | None = Field(None, validation_alias="input_tokens")
    output: Count | None = Field(None, validation_alias="output_tokens")
    input_details: InputDetails | None = Field(None, validation_alias="input_tokens_details")
    output_details: OutputDetails | None = Field(None, validation_alias="output_tokens_details")

    def amounts(self) -> Amounts:
        cached = self.input_details.cached if self.input_details else None
        reasoning = self.output_details.reasoning if self.output_details else None
        input_, cached = _without_part(self.input, cached)
        output, reasoning = _without_part(self.output, reasoning)
        return without_none(
            {
                Amount.INPUT_TOKENS: input_,
                Amount.CACHED_INPUT_TOKENS: cached,
                Amount.OUTPUT_TOKENS: output,
                Amount.REASONING_TOKENS: reasoning,
            }
        )


def _without_part(whole: int | None, part: int | None) -> tuple[int | None, int | None]:
    """The rest of a number and its part; a part that is too large is left out."""
    if whole is None or part is None or part > whole:
        return whole, None
    return whole - part, part

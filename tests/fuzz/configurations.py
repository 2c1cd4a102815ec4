"""Configurations as nobody should write them: read, or refused in words that show no secret."""

import random
import re
from pathlib import Path

import yaml

from exporter.config.config import parse_config
from exporter.config.plan import plan
from exporter.settings.yaml_file import ConfigError
from tests.fuzz import mutation
from tests.fuzz.finding import Findings
from tests.fuzz.mutation import Json

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.yaml"
_KEY = "put-a-key-file-here"
PLANTED = "PlantedKeyOfTheFuzzer0123456789abcdefghijkl"
_SEPARATORS = (
    ":",
    "- ",
    "  ",
    "\t",
    "&a ",
    "*a",
    "!!python/name:os.system ",
    "!env ",
    "<<: ",
    "<<: [*a, ",
    "#",
    "|",
    ">",
    "{",
    "[",
)


def try_configurations(count: int, seed: int = 0) -> Findings:
    """So many, each a few changes away from the example."""
    chance = random.Random(f"configurations/{seed}")
    findings = Findings("configurations")
    # Files that are not there would be all that is ever said.
    lines = EXAMPLE.read_text().replace(_KEY, PLANTED).splitlines(keepends=True)
    written = "".join(
        "      key: another-key\n" if "key_file: translator-key " in line else line
        for line in lines
    )
    written = re.sub(r"(?m)^ {6}key_env: (\w+)", r"      key: the-value-of-\1", written)
    data: Json = yaml.load(written, yaml.BaseLoader)  # noqa: S506  it makes only text
    for _ in range(count):
        given = _configuration(written, data, chance)
        with findings.trying(given):
            findings.outcomes[_taken(given)] += 1
    return findings


def _configuration(written: str, data: Json, chance: random.Random) -> str:
    if chance.random() < 0.5:
        said = mutation.data(data, chance)
        return yaml.safe_dump(said, allow_unicode=chance.random() < 0.5, sort_keys=False)
    for _ in range(chance.choice((1, 1, 2, 4))):
        written = _edited(written, chance)
    return written


def _edited(written: str, chance: random.Random) -> str:
    """One edit in the text: of any characters, of a line, or of what YAML reads as structure."""
    match chance.randrange(3):
        case 0:
            return mutation.text(written, chance)
        case 1:
            lines = written.splitlines(keepends=True)
            if not lines:
                return "\n"
            line = chance.randrange(len(lines))
            lines[line] = mutation.text(lines[line], chance)
            lines[line:line] = lines[line : line + chance.randrange(3)]
            return "".join(lines)
        case _:
            place = chance.randint(0, len(written))
            return written[:place] + chance.choice(_SEPARATORS) + written[place:]


def _taken(text: str) -> str:
    """What became of it; raises where its error shows the key."""
    try:
        config = parse_config("config.yaml", text, Path("/nonexistent"))
    except ConfigError as error:
        if not error.problems:
            raise ValueError("refused without a reason") from None
        if PLANTED in str(error):
            raise ValueError("the error shows the key") from None
        str(error).encode()
        return "refused"
    if PLANTED in repr(config):
        raise ValueError("the configuration shows the key")
    plan(config)
    return "accepted"

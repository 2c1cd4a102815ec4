"""What can be wrong in a document: each check is pure and gives complaints, one a line.

Inline code and fenced blocks are read as what people will type.
"""

import argparse
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stderr
from io import StringIO
from itertools import pairwise
from pathlib import Path

from tests.docs import ROOT, blocks

Complaints = Iterator[str]

# Flags of other programs, in inline code.
FOREIGN = {"--build-arg", "--no-healthcheck"}
# Languages of blocks that nobody types into a shell.
SHOWN = {"json", "promql", "python", "text", "yaml"}
SUFFIXES = {"json", "py", "sqlite", "yaml"}
TOP = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != ".venv"}


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.DOTALL | re.MULTILINE)


def inline(text: str) -> list[str]:
    """The inline code."""
    return re.findall(r"`([^`\n]+)`", prose(text))


def typed(text: str) -> list[str]:
    """All that may be a command, by lines; a line that goes on is one."""
    fenced = [
        line
        for each in blocks(text)
        if each.language not in SHOWN
        for line in re.sub(r"\\\n *", "", each.text).split("\n")
    ]
    return [*fenced, *inline(text)]


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", prose(text), re.MULTILINE):
        bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", bare).replace(" ", "-")
        count = sum(
            each == slug or re.fullmatch(rf"{slug}-\d+", each) is not None for each in found
        )
        found.add(f"{slug}-{count}" if count else slug)
    return found


def bad_links(text: str, page: Path) -> Complaints:
    """Links inside the project that lead nowhere."""
    without_code = re.sub(r"`[^`\n]+`", "`", prose(text))
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path
        if not there.resolve().is_relative_to(ROOT) or not there.exists():
            yield f"{target}: there is no such file"
        elif anchor and anchor not in anchors(there.read_text() if path else text):
            yield f"{target}: there is no such heading"


def bad_commands(text: str, parser: argparse.ArgumentParser) -> Complaints:
    """Commands and flags of the exporter that it does not have."""
    commands = next(each.choices for each in parser._actions if each.dest == "command")
    known = {name: _flags(each) for name, each in dict(commands or {}).items()}
    every = _flags(parser).union(*known.values())
    for line in typed(text):
        for written in re.findall(r"(?<![\w=/])(?:\S*/bin/)?azure-ai-exporter +(\S.*)", line):
            yield from _bad_command(written, parser, known)
    for code in inline(text):
        flag = re.match(r"--[a-z][\w.-]*", code)
        if flag and flag[0] not in every | FOREIGN:
            yield f"{flag[0]}: no command has this flag"


def _bad_command(
    written: str, parser: argparse.ArgumentParser, known: dict[str, set[str]]
) -> Complaints:
    written = re.split(r" [|&>#] ?|;", written)[0]
    command = re.match(r"[a-z][a-z-]*", written)
    if written[0] in "[-":
        name = "run" if written[0] == "-" else None
    elif command:
        name = command[0]
    else:
        return
    if name and name not in known:
        yield f"azure-ai-exporter {name}: there is no such command"
        return
    flags = known[name] if name else set().union(*known.values())
    flags = flags | _flags(parser)
    wrong = [flag for flag in re.findall(r"--[a-z][\w.-]*", written) if flag not in flags]
    yield from (f"azure-ai-exporter {name} {flag}: there is no such flag" for flag in wrong)
    if not wrong and command and not re.search(r"[…\[|<]|--help|--version", written):
        try:
            with redirect_stderr(StringIO()):
                parser.parse_args(shlex.split(written))
        except SystemExit:
            yield f"azure-ai-exporter {written}: it would be refused"


def _flags(parser: argparse.ArgumentParser) -> set[str]:
    return {flag for action in parser._actions for flag in action.option_strings}


def bad_targets(text: str, targets: Collection[str]) -> Complaints:
    """Targets that the Makefile does not have."""
    for line in typed(text):
        for target in re.findall(r"(?:^|[ ;(&])make (?:[A-Z]+=\S+ )*([a-z][a-z-]*)", line):
            if target not in targets:
                yield f"make {target}: there is no such target"


def bad_metrics(text: str, known: Collection[str]) -> Complaints:
    """Metrics that nobody exposes or records; `azure_ai_…_*` stands for all that begin so."""
    known = {*known, *re.findall(r"\brecord: (\S+)", text)}
    # With a hyphen behind it, it is the name of a file.
    for name in set(re.findall(r"\b(?:\w+:)?azure_ai_\w+(?::\w+)*(?![\w-])", text)):
        bare = re.sub("_(bucket|sum|count)$", "", name)
        begins = name.endswith("_") and any(each.startswith(name) for each in known)
        if bare not in known and name not in known and not begins:
            yield f"{name}: there is no such metric"


def bad_paths(text: str, page: Path) -> Complaints:
    """Files and folders of the project that are not there; a pattern has to match something.

    A module may be named without its folder. A page may write files itself:
    `<!-- file: PATH -->` stands above their text.
    """
    written = {each.said for each in blocks(text) if each.mark == "file"}
    for word in {word.strip("(),;'\"") for line in typed(text) for word in line.split()}:
        below = re.fullmatch(r"([\w.-]+)/[\w./*-]*", word)
        alone = re.fullmatch(r"[\w.-]+\.(py|md|toml)", word)
        if (alone or (below and below[1] in TOP)) and word not in written:
            places = [each.glob(word.rstrip("/")) for each in (ROOT, page.parent)]
            if word.endswith(".py"):
                places += [(ROOT / each).rglob(word) for each in ("exporter", "tests")]
            if not any(next(each, None) for each in places):
                yield f"{word}: there is no such file"


def bad_settings(text: str, below: Mapping[str, Collection[str]]) -> Complaints:
    """Settings, as `section.name` or `name: value`, that are not among those `below` sections."""
    every = set(below).union(*below.values())
    for code in inline(text):
        alone = re.match(r"(\w+): (true|false|[{\[\d/])", code)
        wrong = [alone[1]] if alone and alone[1] not in every else []
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", code):
            for section, name in pairwise(code.split(".")):
                known = {*below.get(section, {name}), *SUFFIXES}
                wrong += [name] if name not in known else []
        if wrong:
            yield f"{code}: there is no such setting"


def queries(text: str) -> Iterator[str]:
    """The queries in the blocks of PromQL, parted by empty lines and comments.

    What stands together is one query if a line of it is indented, else each line is one.
    """
    for each in blocks(text):
        if each.language == "promql":
            bare = re.sub(r"(?:^|(?<=\s))#.*", "", each.text, flags=re.MULTILINE)
            for part in re.split(r"\n\s*\n", bare.strip("\n")):
                lines = [line.rstrip() for line in part.split("\n") if line.strip()]
                indented = any(line.startswith(" ") for line in lines)
                yield from ["\n".join(lines)] if indented else lines


def unlinked(pages: Iterable[Path], index: str) -> Complaints:
    """Pages to which the index has no link."""
    linked = set(re.findall(r"\]\(([^)#\s]+)", index))
    for page in pages:
        if str(page.relative_to(ROOT)) not in linked:
            yield f"{page.name}: the index does not lead there"

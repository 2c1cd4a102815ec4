"""The completion of a shell, generated from the parser by shtab."""

import argparse
import re
from collections.abc import Iterator

import shtab

from exporter.commands.parser import parser

# Bash splits --flag=value into three words; shtab's function reads --flag value.
_BASH_EQUALS = """
_azure_ai_exporter() {
  local words=() index cursor=0
  for index in "${!COMP_WORDS[@]}"; do
    if [[ ${COMP_WORDS[index]} != = ]]; then
      words+=("${COMP_WORDS[index]}")
    elif (( index == COMP_CWORD )); then
      words+=("")
    fi
    (( index == COMP_CWORD )) && cursor=$(( ${#words[@]} - 1 ))
  done
  local COMP_WORDS=("${words[@]}") COMP_CWORD=$cursor
  _shtab_azure_ai_exporter
}

complete -o bashdefault -F _azure_ai_exporter azure-ai-exporter
"""
# shtab's own takes --flag=path as the path.
_FILES = {
    **shtab.FILE,
    "fish": "(__fish_complete_path (string replace -r '^--[^=]*=' '' -- (commandline -ct)))",
}
_ZSH_FLAG_WITH_VALUE = re.compile(r'^(  "\*?--[a-z.-]+)(?=\[.*\]:)', re.MULTILINE)


def script(shell: str) -> str:
    """The script for `bash`, `zsh` or `fish`; it also completes `--flag=value`."""
    program = parser()
    for action in _prepared(program):
        if action.metavar == "FILE":
            setattr(action, "complete", _FILES)  # noqa: B010  argparse knows no such field
        elif isinstance(action.metavar, str):
            action.metavar = action.metavar.replace(":", " ")  # which separates fields in zsh
    text: str = shtab.complete(program, shell)
    if shell == "zsh":
        return _ZSH_FLAG_WITH_VALUE.sub(r"\1=", text)
    return text + (_BASH_EQUALS if shell == "bash" else "")


def _prepared(program: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All flags of all commands. The description of a command becomes the short one."""
    for action in program._actions:  # noqa: SLF001  argparse has no public way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for choice in action._choices_actions:  # noqa: SLF001
                command = action.choices[choice.dest]
                command.description = choice.help
                yield from _prepared(command)
        else:
            yield action

"""The parser of the program and of each command: its errors say what was probably meant."""

import argparse
from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn

from exporter.settings.suggestions import did_you_mean

_CONFIG_FLAG = "--config.file"


def must_be(value: str, known: Collection[str]) -> str:
    """The end of a message about an unknown value: what is known, and what is most similar.

    Known flags are no values: they are only suggested.
    """
    values = ", ".join(each for each in known if not each.startswith("-"))
    return f"; must be one of {values}{did_you_mean(value, known)}"


class CommandParser(argparse.ArgumentParser):
    """An error ends the program with exit code 2, the command's own usage and one message."""

    def error(self, message: str) -> NoReturn:
        """End the program."""
        super().error(message.replace("ignored explicit argument", "takes no value, but has"))

    def take(
        self, arguments: Sequence[str], commands: Mapping[str, "CommandParser"]
    ) -> argparse.Namespace:
        """Parse all arguments. `commands` has all commands by name: the flag of one is known."""
        values, unknown = self.parse_known_args(arguments)
        if unknown:
            self.error(self._unknown_text(unknown[0], commands))
        return values

    def has(self, flag: str) -> bool:
        """Whether it has this flag."""
        return flag in self._option_string_actions

    def _unknown_text(self, argument: str, commands: Mapping[str, "CommandParser"]) -> str:
        see_help = f"; see {self.prog} --help"
        if argument in commands:
            return f"unexpected {argument!r}; a command comes first: azure-ai-exporter {argument} …"
        if not argument.startswith("-"):
            if self.has(_CONFIG_FLAG):
                see_help = f"; did you mean {_CONFIG_FLAG}={argument}?"
            return f"unexpected {argument!r}{see_help}"
        flag = argument.partition("=")[0]
        owners = [name for name, other in commands.items() if other.has(flag)]
        if owners:
            return f"unknown flag {flag}; it is a flag of {', '.join(owners)}"
        long_flags = [name for name in self._option_string_actions if name.startswith("--")]
        return f"unknown flag {flag}{did_you_mean(flag, long_flags) or see_help}"

    def _check_value(self, action: argparse.Action, value: object) -> None:
        """As argparse has it, with the most similar value."""
        known = list(map(str, action.choices or ()))
        if known and value not in known:
            raise argparse.ArgumentError(action, f"unknown {value!r}{must_be(str(value), known)}")

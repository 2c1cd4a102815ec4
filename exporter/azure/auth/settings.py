"""Settings for a resource's credential: its keys, or Entra ID."""

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, PlainSerializer, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from exporter.azure.auth.entra import Entra
from exporter.files import threads
from exporter.redaction.own_secrets import own_secrets
from exporter.settings.file_content import secret_in
from exporter.settings.placeholders import is_placeholder
from exporter.settings.schema_hints import is_set, needs
from exporter.settings.types import FilePath, Strict, matching, name_of, problem
from exporter.text import nameable

_Variable = Annotated[str, matching(r"[^\s=]+", "one word, like AZURE_KEY")]
_KINDS = ("key_file", "key_env", "key", "entra")


def _checked_entra(entra: Entra) -> Entra:
    """The same settings, after azure-identity has checked secret or certificate."""
    try:
        from exporter.azure.auth import login  # noqa: PLC0415  an extra, and slow to import
    except ImportError:
        raise problem(
            "needs azure-identity; install it with: pip install 'azure-ai-exporter[entra]'"
        ) from None
    login.check(entra)
    return entra


class Auth(Strict):
    """One of `key_file`, `key_env`, `key`, `entra`; a `secondary_key_file` beside `key_file`."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [is_set(kind) for kind in _KINDS],
            **needs("secondary_key_file", "key_file"),
        }
    )

    key_file: FilePath | None = None
    """A file with only the key, relative to the configuration; read again when it changes and when
    Azure refuses the key.
    """
    secondary_key_file: FilePath | None = None
    """A file with the other key of the resource, used when Azure refuses the first one."""
    key_env: _Variable | None = None
    """The name of an environment variable with the key."""
    key: Annotated[SecretStr, PlainSerializer(lambda _: "<secret>", return_type=str)] | None = None
    """The key itself; prefer key_file or key_env, which keep it out of the configuration."""
    entra: Annotated[Entra, AfterValidator(_checked_entra)] | None = None
    """Entra ID instead of keys; `{}` uses the identity of the machine or pod."""

    @model_validator(mode="after")
    def _check_one_kind(self) -> "Auth":
        configured = [name for name in _KINDS if getattr(self, name) is not None]
        if len(configured) != 1:
            raise problem(f"needs exactly one of {', '.join(_KINDS)}")
        if self.secondary_key_file is not None and self.key_file is None:
            raise problem("needs key_file as well, for the first key", "secondary_key_file")
        _ = self.loaded_keys
        return self

    @property
    def key_files(self) -> tuple[Path, ...]:
        """The files with keys, the first key first."""
        return tuple(filter(None, (self.key_file, self.secondary_key_file)))

    @cached_property
    def loaded_keys(self) -> tuple[str, ...]:
        """The keys when the configuration was loaded; not part of comparisons.

        A file that hangs is no error of the configuration: its key is empty, to be read later.
        """
        if self.key_files:
            return tuple(map(_key_at_load, self.key_files))
        return () if self.entra is not None else (self.read_key(),)

    def read_key(self) -> str:
        """The first key as it is now.

        Raises:
            PydanticCustomError: there is none; the text tells where it should be.
        """
        if self.key_file is not None:
            return key_in(self.key_file)
        if self.key_env is None:
            return _checked_key("key", self.key.get_secret_value() if self.key else "")
        if is_placeholder(self.key_env):
            raise problem("must be the name of the variable alone, like AZURE_KEY", "key_env")
        where = f"environment variable {nameable(self.key_env)}"
        key = os.environ.get(self.key_env)
        if key is None:
            raise problem(f"{where} is not set; set it to the resource's key")
        return _checked_key(where, key)


def key_in(path: Path) -> str:
    """The key in a file.

    Raises:
        PydanticCustomError: there is no key in it.
    """
    return _checked_key(name_of(path), secret_in(path))


def _key_at_load(path: Path) -> str:
    try:
        return key_in(path)
    except PydanticCustomError:
        if threads.hangs(str(path)):
            return ""
        raise


def _checked_key(where: str, key: str) -> str:
    key = key.strip()
    if not key:
        raise problem(f"{where} is empty; it must contain the resource's key")
    if is_placeholder(key):
        raise problem(
            f"{where} is a placeholder that was not filled in; write the resource's key, or name "
            "its variable with key_env or its file with key_file"
        )
    if not re.fullmatch(r"[!-~]+", key):
        raise problem(f"{where} does not contain a key; a key is one word of ASCII")
    own_secrets.add(key)
    return key

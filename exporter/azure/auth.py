"""Where a resource's key comes from, and the header that it makes."""

import contextlib
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from exporter.fields import Strict, problem
from exporter.text import nameable


class Auth(Strict):
    """Exactly one of: `key_file`, `key_env`, `key`."""

    key_file: Path | None = None
    key_env: str | None = None
    key: SecretStr | None = None

    @field_validator("key_file")
    @classmethod
    def _beside_the_configuration(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return Path(folder) / path if path and folder else path

    @model_validator(mode="after")
    def _one_that_is_there(self) -> "Auth":
        given = [name for name in ("key_file", "key_env", "key") if getattr(self, name) is not None]
        if len(given) != 1:
            raise problem("needs exactly one of key_file, key_env, key")
        _ = self.loaded_key
        return self

    @cached_property
    def loaded_key(self) -> str:
        """The key as it was when the configuration was loaded, which is no part of comparisons."""
        return self.read_key()

    def read_key(self) -> str:
        """The key as it is now.

        Raises:
            PydanticCustomError: there is none; the text says where it was looked for.
        """
        if self.key_env is not None:
            where = f"environment variable {nameable(self.key_env)}"
            key = os.environ.get(self.key_env)
            if key is None:
                raise problem(f"{where} is not set; set it to the resource's key")
        elif self.key_file is not None:
            where = f"file {Path(*map(nameable, self.key_file.parts))}"
            try:
                key = self.key_file.read_text(encoding="utf-8")
            except OSError as error:
                raise problem(f"{where} cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise problem(f"{where} does not hold a key: it is not text") from None
            except ValueError:
                raise problem(f"{where} cannot be read: no file has such a name") from None
        else:
            where = "key"
            key = self.key.get_secret_value() if self.key else ""
        key = key.strip()
        if not key:
            raise problem(f"{where} is empty; it must hold the resource's key")
        if not re.fullmatch(r"[!-~]+", key):
            raise problem(f"{where} does not hold a key; a key is one word of ASCII")
        return key


class Credential:
    """The key in use. It is read again on demand, so that a new one needs no restart."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._key = auth.loaded_key

    def headers(self) -> Mapping[str, str]:
        """What a request carries so that Azure accepts it.

        https://learn.microsoft.com/azure/ai-services/authentication
        """
        return {"Ocp-Apim-Subscription-Key": self._key}

    def refresh(self) -> None:
        """Take the key as it is now; the old one stays where there is none."""
        with contextlib.suppress(PydanticCustomError):
            self._key = self._auth.read_key()

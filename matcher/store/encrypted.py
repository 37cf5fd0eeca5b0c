"""Sensitive columns: encrypted at rest, found again by a keyed hash."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class KeyringError(Exception):
    """The keys are missing or malformed."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Encryption keys by id, the first one encrypts; and the key of the blind index."""

    keys: tuple[tuple[str, Fernet], ...]
    index_key: bytes

    @classmethod
    def parse(cls, secret_keys: str, index_key: str) -> Keyring:
        """Read `id:key,id:key` and the index key.

        Raises:
            KeyringError: nothing there, or a key is not 32 bytes in URL-safe base64.
        """
        pairs = [pair.strip().partition(":") for pair in secret_keys.split(",") if pair.strip()]
        if not pairs or not index_key:
            raise KeyringError("COMPAGNIE_SECRET_KEYS and COMPAGNIE_INDEX_KEY are needed")
        try:
            keys = tuple((key_id, Fernet(key)) for key_id, _, key in pairs)
        except ValueError as error:
            raise KeyringError("COMPAGNIE_SECRET_KEYS must read id:key,id:key") from error
        return cls(keys, index_key.encode())

    def encrypt(self, text: str) -> str:
        """The text under the first key, as `id$token`."""
        key_id, fernet = self.keys[0]
        return f"{key_id}${fernet.encrypt(text.encode()).decode()}"

    def decrypt(self, stored: str) -> str:
        """The text again.

        Raises:
            KeyringError: the key it was written with is not in the ring, or the text was altered.
        """
        key_id, _, token = stored.partition("$")
        fernet = dict(self.keys).get(key_id)
        if fernet is None:
            raise KeyringError(f"no key named {key_id!r}")
        try:
            return fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise KeyringError("a stored value does not fit its key") from error

    def encrypt_json(self, value: Any) -> str:
        """A JSON value under the first key."""
        return self.encrypt(json.dumps(value))

    def decrypt_json(self, stored: str) -> Any:
        """The value again.

        Raises:
            KeyringError: as `decrypt`.
        """
        return json.loads(self.decrypt(stored))

    def index(self, text: str) -> str:
        """A keyed hash that finds a value without telling it: equal texts, equal hashes."""
        return hmac.new(self.index_key, text.encode(), sha256).hexdigest()


def keyring_of(dialect: Dialect) -> Keyring:
    """The ring that `make_engine` hung on this engine's dialect."""
    keyring: Keyring = dialect.compagnie_keyring  # type: ignore[attr-defined]
    return keyring


class EncryptedText(TypeDecorator[str]):
    """A text that only this service can read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else keyring_of(dialect).encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else keyring_of(dialect).decrypt(value)


class EncryptedJson(TypeDecorator[Any]):
    """A JSON value that only this service can read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else keyring_of(dialect).encrypt_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Decrypt on the way out."""
        return None if value is None else keyring_of(dialect).decrypt_json(value)

"""Where the keys come from: the settings, or for a trial a private file beside the data."""

from __future__ import annotations

import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from matcher.settings import Settings
from matcher.store.encrypted import Keyring


def open_keyring(settings: Settings) -> Keyring:
    """The configured keys, else those of `data_dir`/keys, made at the first start.

    Production never comes here without keys: its settings refuse to load.

    Raises:
        KeyringError: the keys are malformed.
    """
    secret_keys = settings.secret_keys.get_secret_value()
    index_key = settings.index_key.get_secret_value()
    if not secret_keys and not index_key:
        secret_keys, index_key = _keys_in_file(settings.data_dir / "keys")
    return Keyring.parse(secret_keys, index_key)


def _keys_in_file(path: Path) -> tuple[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"k1:{Fernet.generate_key().decode()}\n{secrets.token_urlsafe(32)}\n")
    secret_keys, index_key = path.read_text().split()
    return secret_keys, index_key

"""The settings and the file that explains them say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ENV_EXAMPLE = Path(__file__).parents[2] / ".env.example"


def documented() -> set[str]:
    """The names that .env.example sets or shows behind a `#`."""
    return set(re.findall(r"^(?:# )?(COMPAGNIE_\w+)=", ENV_EXAMPLE.read_text(), re.MULTILINE))


def readable() -> set[str]:
    """The names that the settings read."""
    from matcher.settings import Settings

    return {f"COMPAGNIE_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_is_documented() -> None:
    assert readable() - documented() == set()


def test_nothing_is_documented_that_the_settings_do_not_read() -> None:
    assert documented() - readable() == set()


def test_a_filled_in_copy_starts_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.fernet import Fernet

    from matcher.settings import Environment, Settings

    for name in readable():
        monkeypatch.delenv(name, raising=False)
    filled = (
        ENV_EXAMPLE.read_text()
        .replace(
            "COMPAGNIE_SECRET_KEYS=", f"COMPAGNIE_SECRET_KEYS=k1:{Fernet.generate_key().decode()}"
        )
        .replace("COMPAGNIE_INDEX_KEY=", "COMPAGNIE_INDEX_KEY=an-index-key")
        .replace("COMPAGNIE_TWILIO_AUTH_TOKEN=", "COMPAGNIE_TWILIO_AUTH_TOKEN=a-token")
        .replace("# POSTGRES_PASSWORD=", "POSTGRES_PASSWORD=apassword")
    )
    (tmp_path / ".env").write_text(filled)
    monkeypatch.chdir(tmp_path)
    assert Settings().environment is Environment.PRODUCTION

"""The only reader of the environment."""

from __future__ import annotations

import os
import sys
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Environment(StrEnum):
    """What this process is for: production refuses to start without keys, demo opens /demo."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    DEMO = "demo"


def default_data_dir() -> Path:
    """Where private data lives when nothing is said.

    As root, PostgreSQL runs under a user of its own that must reach the folder, so it lies
    outside any home; otherwise in the user's own data folder.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/compagnie")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "compagnie"
    return Path.home() / ".local" / "share" / "compagnie"


class HolidayRule(StrEnum):
    """What becomes of an outing that comes back, on a public holiday.

    SKIP leaves it out and tells the senior, ASK leaves it to a coordinator, KEEP makes it.
    """

    SKIP = "skip"
    ASK = "ask"
    KEEP = "keep"


class Settings(BaseSettings):
    """Every setting, as `COMPAGNIE_<NAME>`; documented one by one in `.env.example`."""

    model_config = SettingsConfigDict(
        env_prefix="COMPAGNIE_",
        env_file=".env",
        dotenv_filtering="match_prefix",
        extra="forbid",
        frozen=True,
    )

    environment: Environment = Environment.DEVELOPMENT
    database_url: SecretStr | None = None
    data_dir: Path = Field(default_factory=default_data_dir)
    public_url: str = "http://127.0.0.1:8000"
    time_zone: str = "Europe/Paris"

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_api_url: str = ""
    phone_number: str = "+33185000000"
    coordinator_numbers: Annotated[tuple[str, ...], NoDecode] = ()
    opening_days: Annotated[tuple[int, ...], NoDecode] = (1, 2, 3, 4, 5)
    opening_from: time = time(9)
    opening_until: time = time(18)
    holidays_of: str = "FR"

    secret_keys: SecretStr = SecretStr("")
    index_key: SecretStr = SecretStr("")

    series_days_ahead: int = Field(default=14, ge=1, le=60)
    series_head_start_hours: float = Field(default=24, ge=0, le=96)
    series_holidays: HolidayRule = HolidayRule.SKIP
    feedback_every_days: int = Field(default=30, ge=0, le=365)
    silence_weeks: int = Field(default=4, ge=0, le=25)
    volunteer_digest: bool = False

    sms_daily_cap: int = 3000
    sms_number_cap: int = 12

    near_in_arrondissement: float = Field(default=75.0, ge=50, le=100)
    near_anywhere: float = Field(default=81.0, ge=50, le=100)
    ban_url: str = "https://data.geopf.fr/geocodage"
    valhalla_url: str = ""
    vapid_private_key: SecretStr = SecretStr("")
    vapid_subject: str = ""
    push_services: Annotated[tuple[str, ...], NoDecode] = (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        ".push.apple.com",
        ".notify.windows.com",
    )

    @field_validator("coordinator_numbers", "opening_days", "push_services", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @model_validator(mode="after")
    def _production_needs_keys(self) -> Self:
        if self.environment is not Environment.PRODUCTION:
            return self
        missing = [
            f"COMPAGNIE_{name.upper()}"
            for name in ("secret_keys", "index_key", "twilio_auth_token")
            if not getattr(self, name).get_secret_value()
        ]
        if missing:
            raise ValueError(f"production needs {', '.join(missing)}")
        if not self.public_url.startswith("https://"):
            raise ValueError("production needs an https COMPAGNIE_PUBLIC_URL")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The territory's time zone."""
        return ZoneInfo(self.time_zone)

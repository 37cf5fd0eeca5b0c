"""Stand-ins for the outside world: they keep what they were asked, and fail when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from matcher.domain.addresses import AddressMatch, AddressUnknown
from matcher.ports import SendingFailed


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class CountingIds:
    """Identifiers in order: 1, 2, 3..."""

    last: int = 0

    def __call__(self) -> UUID:
        self.last += 1
        return UUID(int=self.last)


@dataclass
class FakeMessenger:
    """Keeps what would have gone out; refuses while `down`."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    down: bool = False

    def send_sms(self, to: str, text: str) -> str:
        return self._keep("sms", to, text)

    def call(self, to: str, text: str) -> str:
        return self._keep("call", to, text)

    def _keep(self, channel: str, to: str, text: str) -> str:
        if self.down:
            raise SendingFailed("the fake provider is down")
        self.sent.append((channel, to, text))
        return f"fake-{len(self.sent)}"

    def to(self, number: str) -> list[str]:
        return [text for _, to, text in self.sent if to == number]


class FakeGeocoder:
    """Knows no address."""

    def find(self, text: str) -> AddressMatch:
        return AddressUnknown(outside=False)

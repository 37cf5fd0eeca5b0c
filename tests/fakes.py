"""Stand-ins for the outside world: they keep what they were asked, and fail when told to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from matcher.domain.addresses import AddressMatch, AddressUnknown
from matcher.ports import SendingFailed, SendingUnsure, Subscription


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
    """Keeps what would have gone out; fails as it is told to."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    asking: list[str] = field(default_factory=list)
    """Ids of the calls that ask for a key."""
    down: bool = False
    breaks_down: bool = False
    """It takes nothing, and cannot say so."""
    loses_answers: bool = False
    """It takes the message and breaks down before it says so."""

    def send_sms(self, to: str, text: str) -> str:
        return self._keep("sms", to, text)

    def call(self, to: str, text: str, message_id: str | None) -> str:
        if message_id is not None:
            self.asking.append(message_id)
        return self._keep("call", to, text)

    def find_sent(
        self, channel: str, to: str, text: str, tried_at: datetime, known: Collection[str] = ()
    ) -> str | None:
        """Like the real provider's, it tells calls to one number apart by their id alone."""
        for number, (kind, called, words) in enumerate(self.sent, 1):
            same = (kind, called) == (channel, to) and (kind == "call" or words == text)
            if same and f"fake-{number}" not in known:
                return f"fake-{number}"
        return None

    def _keep(self, channel: str, to: str, text: str) -> str:
        if self.down:
            raise SendingFailed("the fake provider is down")
        if self.breaks_down:
            raise SendingUnsure("the fake provider broke down")
        self.sent.append((channel, to, text))
        if self.loses_answers:
            raise SendingUnsure("the fake provider broke down")
        return f"fake-{len(self.sent)}"

    def to(self, number: str) -> list[str]:
        return [text for _, to, text in self.sent if to == number]


@dataclass
class FakePusher:
    """Keeps what would have been shown, and where; fails as it is told to."""

    server_key: str = "B" + "A" * 86
    shown: list[tuple[str, str]] = field(default_factory=list)
    fails_with: SendingFailed | None = None

    def push(self, to: Subscription, text: str, life_s: int) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.shown.append((to.endpoint, text))


class FakeGeocoder:
    """Knows no address."""

    def find(self, text: str) -> AddressMatch:
        return AddressUnknown(outside=False)

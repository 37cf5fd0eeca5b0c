"""Notifications as they leave: encrypted for one browser, signed, and never sent elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode
from pydantic import SecretStr

from api.volunteer.web_push import PushKeyError, WebPusher
from matcher.ports import SendingFailed, SendingUnsure, SubscriptionGone
from matcher.settings import Settings
from tests.push_service import LocalPushService

TEXT = "Près de chez vous, une personne aimerait sortir mardi 1er décembre à 14 heures."


def new_key() -> str:
    vapid = Vapid02()
    vapid.generate_keys()
    return str(b64urlencode(vapid.private_key.private_numbers().private_value.to_bytes(32)))


def with_key(settings: Settings, key: str, subject: str = "mailto:nous@compagnie.test") -> Settings:
    return settings.model_copy(
        update={"vapid_private_key": SecretStr(key), "vapid_subject": subject}
    )


@pytest.fixture
def pusher(settings: Settings) -> WebPusher:
    made = WebPusher.of(with_key(settings, new_key()))
    assert made is not None
    return made


@pytest.fixture
def service() -> Iterator[LocalPushService]:
    with LocalPushService() as local:
        yield local


def test_the_browser_reads_what_was_written(pusher: WebPusher, service: LocalPushService) -> None:
    pusher.push(service.subscription, TEXT, 900)
    assert service.shown() == [TEXT]
    assert TEXT.encode() not in service.bodies[0]


def test_it_is_signed_with_the_key_that_browsers_subscribe_for(
    pusher: WebPusher, service: LocalPushService
) -> None:
    pusher.push(service.subscription, TEXT, 900)
    (headers,) = service.asked
    assert Vapid02.verify(headers["authorization"])
    assert headers["authorization"].endswith(f"k={pusher.server_key}")
    assert headers["ttl"] == "900"


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (404, SubscriptionGone),
        (410, SubscriptionGone),
        (400, SendingFailed),
        (403, SendingFailed),
        (429, SendingFailed),
        (500, SendingUnsure),
        (503, SendingUnsure),
    ],
)
def test_each_refusal_has_its_name_and_tells_no_address(
    pusher: WebPusher, service: LocalPushService, status: int, failure: type[SendingFailed]
) -> None:
    service.status = status
    with pytest.raises(SendingFailed) as refused:
        pusher.push(service.subscription, TEXT, 900)
    assert type(refused.value) is failure
    assert str(refused.value) == f"HTTP {status}"


def test_nobody_is_followed_elsewhere(pusher: WebPusher, service: LocalPushService) -> None:
    service.status, service.moved_to = 307, f"{service.url}/elsewhere"
    with pytest.raises(SendingUnsure):
        pusher.push(service.subscription, TEXT, 900)
    assert len(service.asked) == 1


def test_a_service_out_of_reach_leaves_it_in_doubt(pusher: WebPusher) -> None:
    gone = LocalPushService()
    gone.stop()
    with pytest.raises(SendingUnsure, match="ConnectionError"):
        pusher.push(gone.subscription, TEXT, 900)


def test_without_a_key_there_are_no_notifications(settings: Settings) -> None:
    assert WebPusher.of(settings) is None


@pytest.mark.parametrize(
    ("key", "subject"),
    [("nonsense", "mailto:nous@compagnie.test"), (None, ""), (None, "nous")],
)
def test_a_key_that_cannot_work_is_said_at_the_start_and_not_shown(
    settings: Settings, key: str | None, subject: str
) -> None:
    with pytest.raises(PushKeyError) as refused:
        WebPusher.of(with_key(settings, key or new_key(), subject))
    assert "nonsense" not in str(refused.value)
    assert "COMPAGNIE_VAPID_PRIVATE_KEY" in str(refused.value)

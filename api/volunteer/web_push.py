"""Notifications by the Web Push protocol: the only user of pywebpush."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException
from py_vapid.utils import b64urlencode
from pywebpush import WebPushException, webpush
from requests import Session
from requests.exceptions import RequestException

from matcher.ports import SendingFailed, SendingUnsure, Subscription, SubscriptionGone
from matcher.settings import Settings

TIMEOUT_S = 10.0
GONE = (404, 410)
"""The browser took the subscription back (RFC 8030, section 7.3)."""


UNUSABLE = (
    "COMPAGNIE_VAPID_PRIVATE_KEY cannot be read,"
    " or COMPAGNIE_VAPID_SUBJECT is no mailto: or https: address."
)


class PushKeyError(Exception):
    """COMPAGNIE_VAPID_PRIVATE_KEY is no private key, or COMPAGNIE_VAPID_SUBJECT is missing."""


@dataclass(frozen=True, slots=True)
class WebPusher:
    """`matcher.ports.Pusher` by the push services of the browsers."""

    vapid: Vapid02
    subject: str

    @classmethod
    def of(cls, settings: Settings) -> WebPusher | None:
        """With the keys of these settings; None without a private key.

        Raises:
            PushKeyError: the key cannot be read, or nobody answers for it.
        """
        private_key = settings.vapid_private_key.get_secret_value()
        if not private_key:
            return None
        try:
            vapid = Vapid02.from_string(private_key)
            vapid.sign({"sub": settings.vapid_subject, "aud": settings.public_url})
        except (VapidException, ValueError):
            # What the library says may hold a part of the key.
            raise PushKeyError(UNUSABLE) from None
        return cls(vapid, settings.vapid_subject)

    @property
    def server_key(self) -> str:
        """See `Pusher.server_key`."""
        point = self.vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return str(b64urlencode(point))

    def push(self, to: Subscription, text: str, life_s: int) -> None:
        """See `Pusher.push`."""
        try:
            with Session() as session:
                # A push service answers itself: nobody is to be sent elsewhere by it.
                session.max_redirects = 0
                session.trust_env = False
                webpush(
                    {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}},
                    text,
                    vapid_private_key=self.vapid,
                    vapid_claims={"sub": self.subject},
                    timeout=TIMEOUT_S,
                    ttl=life_s,
                    headers={"Urgency": "high"},
                    requests_session=session,
                )
        except WebPushException as error:
            # The service's own words may repeat the address.
            status = error.status_code or 0
            if status in GONE:
                raise SubscriptionGone(f"HTTP {status}") from None
            kind = SendingFailed if status < 500 else SendingUnsure
            raise kind(f"HTTP {status}") from None
        except (RequestException, ValueError) as error:
            raise SendingUnsure(type(error).__name__) from None

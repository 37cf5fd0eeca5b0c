"""What a call out plays, for a telephone of the simulator that picks it up."""

from __future__ import annotations

from matcher.settings import Settings
from phone.prompts import load_prompts
from phone.twilio_client import call_document


def document_of(settings: Settings, text: str, message_id: str | None) -> str:
    """The very TwiML that the provider would be given; arguments as for `Messenger.call`."""
    return call_document(settings, load_prompts("fr"), text, message_id)

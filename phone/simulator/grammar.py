"""The TwiML that the twilio library lists: a document that steps outside it is refused.

Twilio publishes no schema any more. The library's signatures name every verb, noun and attribute,
but it passes unknown ones on unchecked; here they are refused.
"""

from __future__ import annotations

import inspect
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from twilio.twiml import TwiML
from twilio.twiml.voice_response import VoiceResponse

_XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


class UnknownTwiml(Exception):
    """An element, attribute or text that the library does not list, or that is not played here."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the library lists for an element in its place."""

    kind: Any
    attributes: frozenset[str]
    takes_text: bool


def read(document: str) -> ET.Element:
    """The `Response` of a TwiML document, every element and attribute of it listed.

    Raises:
        UnknownTwiml: it is not XML, or holds something the library does not list.
    """
    try:
        root = ET.fromstring(document)  # noqa: S314 - our own webhooks wrote it
    except ET.ParseError as error:
        raise UnknownTwiml(f"not XML ({error}): {document[:80]!r}") from error
    if root.tag != "Response" or root.attrib:
        raise UnknownTwiml(f"the root must be a bare Response, not {root.tag} {root.attrib}")
    _check(root, Listed(VoiceResponse, frozenset(), takes_text=False))
    return root


def _check(element: ET.Element, listed: Listed) -> None:
    for name in element.attrib:
        if name.replace(_XML_NAMESPACE, "xml:") not in listed.attributes:
            raise UnknownTwiml(f"{element.tag} has no attribute {name}")
    texts = [element.text, *(child.tail for child in element)]
    if not listed.takes_text and any(text and text.strip() for text in texts):
        raise UnknownTwiml(f"{element.tag} takes no text")
    for child in element:
        if child.tag not in children_of(listed.kind):
            raise UnknownTwiml(f"{element.tag} holds no {child.tag}")
        _check(child, children_of(listed.kind)[child.tag])


@cache
def children_of(kind: Any) -> Mapping[str, Listed]:
    """What may stand inside an element of the library's class `kind`, by tag.

    Each method of such a class makes one child. Called with a marker for every parameter, it shows
    the child's tag, the markers that became attributes, and whether one of them became its text.
    """
    found = {}
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if name.startswith("_") or hasattr(TwiML, name):
            continue
        parameters = list(inspect.signature(method).parameters.values())[1:]
        marked = {p.name: "x" for p in parameters if p.kind is not p.VAR_KEYWORD}
        parent = object.__new__(kind)
        TwiML.__init__(parent)
        child = method(parent, **marked)
        found[child.name] = Listed(type(child), frozenset(child.attrs), child.value is not None)
    return found

"""The caller made of code: strict with TwiML, and as exact as Twilio in what it posts."""

from __future__ import annotations

import pytest
from twilio.twiml.voice_response import VoiceResponse

from phone.simulator.caller import (
    AWAY,
    MACHINE,
    MAX_DOCUMENTS,
    TAKES,
    Caller,
    EndlessCall,
    LineFailed,
    NotWaiting,
    UnknownTwiml,
)
from phone.simulator.grammar import children_of, read

GATHER = (
    '<Gather input="dtmf speech" action="/next" actionOnEmptyResult="true"{}>'
    "<Say>Oui ?</Say></Gather>"
)
BYE = "<Say>Au revoir</Say><Hangup/>"


class Site:
    """Webhooks that answer from a table, and keep what was posted."""

    def __init__(self, **documents: str) -> None:
        self.documents = documents
        self.posts: list[tuple[str, dict[str, str]]] = []

    def post(self, url: str, form: dict[str, str]) -> str:
        self.posts.append((url, form))
        name = url.rsplit("/", 1)[-1].split("?")[0]
        return f"<Response>{self.documents.get(name, '')}</Response>"


def ring(site: Site, **options: str) -> Caller:
    caller = Caller(site.post, **options)
    caller.ring("+33611111111", "+33185000000")
    return caller


def test_the_first_request_says_who_rings_whom() -> None:
    site = Site(voice=BYE)
    caller = ring(site, call_sid="CA1")
    url, form = site.posts[0]
    assert url == "/phone/voice"
    assert form["CallSid"] == "CA1"
    assert (form["From"], form["To"]) == ("+33611111111", "+33185000000")
    assert form["CallStatus"] == "ringing"
    assert caller.heard == ["Au revoir"]
    assert caller.ended


def test_words_are_posted_with_their_confidence_and_language() -> None:
    site = Site(voice=GATHER.format(' language="fr-FR"'), next=BYE)
    caller = ring(site)
    assert caller.waiting
    caller.say("demain")
    url, form = site.posts[1]
    assert url == "/next"
    assert form["SpeechResult"] == "demain"
    assert (form["Language"], form["CallStatus"]) == ("fr-FR", "in-progress")
    assert 0 <= float(form["Confidence"]) <= 1
    assert caller.heard == ["Oui ?", "Au revoir"]


@pytest.mark.parametrize(
    ("attributes", "pressed", "posted"),
    [
        ("", "12#9", "12"),
        (' numDigits="1"', "12", "1"),
        (' finishOnKey="*"', "1#*", "1#"),
        ("", "*", "*"),
    ],
)
def test_keys_are_posted_as_gather_asks_for_them(
    attributes: str, pressed: str, posted: str
) -> None:
    site = Site(voice=GATHER.format(attributes), next=BYE)
    ring(site).press(pressed)
    assert site.posts[1][1]["Digits"] == posted
    assert "SpeechResult" not in site.posts[1][1]


def test_silence_is_posted_blank_when_asked_for() -> None:
    site = Site(voice=GATHER.format(""), next=BYE)
    ring(site).silence()
    form = site.posts[1][1]
    assert (form["Digits"], form["SpeechResult"]) == ("", "")


def test_silence_goes_on_with_the_next_verb_otherwise() -> None:
    site = Site(voice='<Gather action="/next"/><Say>Tant pis</Say>')
    caller = ring(site)
    caller.silence()
    assert caller.heard == ["Tant pis"]
    assert caller.ended
    assert len(site.posts) == 1


def test_words_said_to_a_question_that_takes_only_keys_are_not_heard() -> None:
    site = Site(voice='<Gather action="/next"/><Say>Tant pis</Say>')
    caller = ring(site)
    caller.say("bonjour")
    assert caller.heard == ["Tant pis"]


def test_a_gather_without_action_comes_back_to_its_own_address() -> None:
    site = Site(voice='<Gather input="speech"/>')
    caller = ring(site, voice_url="https://line.example/phone/voice")
    caller.say("oui")
    assert site.posts[1][0] == "https://line.example/phone/voice"


def test_addresses_are_resolved_against_the_document_they_stand_in() -> None:
    site = Site(voice="<Redirect>turn?step=1</Redirect>", turn=BYE)
    ring(site, voice_url="https://line.example/phone/voice")
    assert site.posts[1][0] == "https://line.example/phone/turn?step=1"


def test_dialled_numbers_are_kept_and_the_outcome_is_posted() -> None:
    dial = '<Dial action="/next"><Number>+33140000001</Number><Number>+33140000002</Number></Dial>'
    site = Site(voice=dial, next=BYE)
    caller = ring(site, dial_status="busy")
    assert caller.dialled == ["+33140000001", "+33140000002"]
    assert site.posts[1][1]["DialCallStatus"] == "busy"


def test_a_dial_without_action_goes_on_with_the_next_verb() -> None:
    caller = ring(Site(voice=f"<Dial>+33140000001</Dial>{BYE}"))
    assert caller.dialled == ["+33140000001"]
    assert caller.heard == ["Au revoir"]


def test_the_status_callback_comes_once_whoever_hangs_up() -> None:
    for voice in (BYE, GATHER.format("")):
        site = Site(voice=voice)
        caller = ring(site, status_url="/phone/status")
        caller.hang_up()
        caller.hang_up()
        completed = [form["CallStatus"] for url, form in site.posts if url == "/phone/status"]
        assert completed == ["completed"]
        assert caller.ended
        assert not caller.waiting


def test_nothing_can_be_said_to_a_line_that_does_not_listen() -> None:
    caller = ring(Site(voice=BYE))
    for act in (lambda: caller.say("oui"), lambda: caller.press("1"), caller.silence):
        with pytest.raises(NotWaiting):
            act()


def test_documents_that_follow_one_another_for_ever_are_stopped() -> None:
    site = Site(voice="<Redirect>/phone/voice</Redirect>")
    with pytest.raises(EndlessCall):
        ring(site)
    assert len(site.posts) == MAX_DOCUMENTS + 2


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("<Speak>Oui</Speak>", "Speak"),
        ('<Say speed="slow">Oui</Say>', "speed"),
        ('<Gather actionOnEmptyResults="true"/>', "actionOnEmptyResults"),
        ("<Gather><Hangup/></Gather>", "Hangup"),
        ("<Gather>Oui</Gather>", "text"),
        ("<Pause>2</Pause>", "text"),
        ("Bonjour", "text"),
        ("<Say><blink>Oui</blink></Say>", "blink"),
        ("<Say>Oui", "XML"),
        ("<Echo/>", "Echo"),
        ("<Dial><Client>alice</Client></Dial>", "Client"),
        ('<Redirect method="GET">/next</Redirect>', "GET"),
    ],
)
def test_what_the_library_does_not_list_or_nobody_plays_is_refused(body: str, named: str) -> None:
    with pytest.raises(UnknownTwiml, match=named):
        ring(Site(voice=body))


def test_a_root_that_is_not_a_response_is_refused() -> None:
    for document in ("<Reponse/>", '<Response version="1"/>', "503"):
        with pytest.raises(UnknownTwiml):
            read(document)


def test_the_grammar_is_the_library_s_own() -> None:
    verbs = children_of(VoiceResponse)
    assert {"Say", "Gather", "Dial", "Redirect", "Hangup", "Record", "Enqueue"} <= verbs.keys()
    assert {"numDigits", "speechTimeout", "actionOnEmptyResult"} <= verbs["Gather"].attributes
    assert "from" in verbs["Sms"].attributes
    assert children_of(verbs["Say"].kind)["prosody"].attributes == {"rate", "pitch", "volume"}


def test_speech_marked_up_as_the_library_lists_it_is_played() -> None:
    caller = ring(Site(voice='<Say>Le <lang xml:lang="en-GB">tea</lang>, <break/> prêt.</Say>'))
    assert caller.heard == ["Le tea, prêt."]


RECORD = '<Record action="/kept" maxLength="60"/><Say>Adieu</Say>'
DIAL = (
    '<Dial action="/rung"><Number url="/whisper1">+331</Number>'
    '<Number url="/whisper2">+332</Number></Dial>'
)
WHISPER = '<Gather input="dtmf" action="/key" numDigits="1"><Say>Un appel</Say></Gather><Hangup/>'


def test_words_after_the_tone_are_recorded_and_their_address_posted() -> None:
    site = Site(voice=RECORD, kept=BYE)
    caller = ring(site)
    assert caller.waiting
    caller.say("rappelez-moi")
    url, form = site.posts[1]
    assert url.endswith("/kept")
    assert form["RecordingUrl"].startswith("https://")
    assert int(form["RecordingDuration"]) >= 1
    assert caller.recorded == ["rappelez-moi"]
    assert caller.heard == ["Au revoir"]


def test_silence_after_the_tone_records_nothing_and_goes_on() -> None:
    site = Site(voice=RECORD)
    caller = ring(site)
    caller.silence()
    assert len(site.posts) == 1
    assert caller.heard == ["Adieu"]


def test_who_presses_the_key_after_a_whisper_is_joined() -> None:
    site = Site(voice=DIAL, whisper2=WHISPER, key="<Say>Bien</Say>", rung=BYE)
    caller = ring(site, team={"+332": TAKES})
    assert caller.joined == "+332"
    assert caller.whispered == ["Un appel", "Bien"]
    assert site.posts[-1][1]["DialCallStatus"] == "completed"
    assert site.posts[-1][1]["DialBridged"] == "true"
    child = site.posts[1][1]
    assert child["ParentCallSid"] != child["CallSid"]


def test_a_machine_hears_the_whisper_and_is_not_joined() -> None:
    site = Site(voice=DIAL, whisper1=WHISPER, whisper2=WHISPER, rung=BYE)
    caller = ring(site, team={"+331": MACHINE, "+332": TAKES})
    assert caller.joined is None
    assert caller.whispered == ["Un appel"]
    assert site.posts[-1][1]["DialBridged"] == "false"


def test_a_whisper_that_dials_is_refused_as_twilio_does() -> None:
    site = Site(voice=DIAL, whisper1="<Dial>+333</Dial>")
    with pytest.raises(UnknownTwiml):
        ring(site, team={"+331": TAKES})


def test_when_the_line_fails_the_fallback_is_fetched() -> None:
    posts: list[tuple[str, dict[str, str]]] = []

    def post(url: str, form: dict[str, str]) -> str:
        posts.append((url, form))
        if url == "/phone/voice":
            raise LineFailed(url)
        return f"<Response>{BYE}</Response>"

    caller = Caller(post, fallback_url="/phone/fallback")
    caller.ring("+33611111111", "+33185000000")
    assert caller.heard == ["Au revoir"]
    assert posts[1][1]["ErrorUrl"] == "/phone/voice"


def test_without_a_fallback_a_failure_is_the_callers_to_know() -> None:
    def post(url: str, form: dict[str, str]) -> str:
        raise LineFailed(url)

    with pytest.raises(LineFailed):
        Caller(post).ring("+33611111111", "+33185000000")


def test_a_call_the_line_makes_is_picked_up_and_answered_with_a_key() -> None:
    site = Site(key=BYE)
    caller = Caller(site.post)
    caller.pick_up(
        '<Response><Gather input="dtmf" action="https://line.example/key" numDigits="1">'
        '<Say language="fr-FR">Bonjour</Say></Gather><Hangup/></Response>',
        "+33185000000",
        "+33611111111",
    )
    assert site.posts == []
    assert caller.heard == ["Bonjour"]
    assert caller.waiting
    assert not caller.hears_speech
    caller.press("1")
    url, form = site.posts[0]
    assert url == "https://line.example/key"
    assert (form["From"], form["To"]) == ("+33185000000", "+33611111111")
    assert (form["Direction"], form["Digits"]) == ("outbound-api", "1")
    assert caller.ended


def test_every_sentence_is_kept_with_its_language() -> None:
    caller = ring(Site(voice='<Say language="fr-FR">Oui</Say><Say>Yes</Say>'))
    assert caller.heard == ["Oui", "Yes"]
    assert caller.languages == ["fr-FR", "en-US"]


@pytest.mark.parametrize(
    ("voice", "speech", "keys"),
    [
        (GATHER.format(' numDigits="10"'), True, 10),
        (GATHER.format(""), True, None),
        ('<Gather input="dtmf" action="/next" numDigits="1"/>', False, 1),
        ("<Record/>", True, 1),
        (BYE, False, 1),
    ],
)
def test_a_telephone_knows_what_the_line_listens_for(
    voice: str, speech: bool, keys: int | None
) -> None:
    caller = ring(Site(voice=voice))
    assert (caller.hears_speech, caller.most_keys) == (speech, keys)


@pytest.mark.parametrize(("outcome", "joined"), [(TAKES, "+331"), (MACHINE, None), (AWAY, None)])
def test_a_call_may_wait_for_what_the_team_does(outcome: str, joined: str | None) -> None:
    site = Site(voice=DIAL, whisper1=WHISPER, key="<Say>Bien</Say>", rung=BYE)
    caller = Caller(site.post, ask_team=True)
    caller.ring("+33611111111", "+33185000000")
    assert caller.dialling
    assert not caller.ended
    assert caller.dialled == ["+331", "+332"]
    caller.settle_team(outcome)
    assert caller.joined == joined
    assert caller.heard == ["Au revoir"]
    assert not caller.dialling
    with pytest.raises(NotWaiting):
        caller.settle_team(outcome)


def test_a_caller_may_hang_up_while_the_team_is_rung() -> None:
    site = Site(voice=DIAL)
    caller = Caller(site.post, ask_team=True, status_url="/phone/status")
    caller.ring("+33611111111", "+33185000000")
    caller.hang_up()
    assert caller.ended
    assert not caller.dialling
    assert site.posts[-1][1]["CallStatus"] == "completed"

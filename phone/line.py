"""The line itself: one transaction a turn, and a repeated turn answered the same."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from twilio.twiml.messaging_response import MessagingResponse

from matcher.services import callers, calls
from matcher.services.intake import promised_call_at
from matcher.services.opening import is_open, person_call_at
from matcher.services.replies import answer_key, answer_sms
from matcher.services.telephone import find_shown_number
from matcher.services.work import Runtime, Work
from matcher.store.tables import ActorKind, CallOutcome
from matcher.store.transitions import Actor
from phone.dialogue import machine
from phone.dialogue.state import CallState, Language
from phone.dialogue.turn import Heard, LeaveTask, Tools, ToPerson, Turn
from phone.effects import apply_effects, left_behind
from phone.prompts import load_prompts
from phone.twiml import (
    SLOW_RATE,
    Links,
    Partner,
    apology,
    connect,
    hang_up,
    render,
    reply,
    say_and_hang_up,
    speak,
    whisper,
)
from phone.who_calls import find_nearby, who_calls

CALLER = Actor(ActorKind.CALLER)
TAKES = "1"
"""The key that takes a call."""
CALL_IS_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

Form = dict[str, str]
"""The parameters of one of Twilio's requests."""


class Line:
    """What the webhooks answer. Every method but `apologise` is one transaction."""

    def __init__(self, runtime: Runtime) -> None:
        """A line over a running service."""
        self._runtime = runtime
        self._prompts = {language: load_prompts(language) for language in Language}
        self._base = f"{runtime.settings.public_url}/phone"

    def answer_call(self, form: Form) -> str:
        """A call comes in: the first TwiML document."""
        with self._runtime.begin(CALLER) as work:
            return self._begin(work, form)

    def take_turn(self, form: Form, step: int) -> str:
        """The caller answered or stayed silent. A call nobody heard the start of starts here."""
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            if call is None:
                return self._begin(work, form)
            kept = calls.find_answer(work, call, step)
            if kept is not None:
                return kept
            heard = Heard(speech=form.get("SpeechResult", ""), digits=form.get("Digits", ""))
            turn = machine.step(CallState.from_json(call.state), heard, self._tools(work))
            return self._settle(work, call, turn, step, heard)

    def after_dial(self, form: Form, ring_round: int) -> str:
        """The team was rung: nothing more to say, others to ring, or when they will call back.

        A machine that answers may silence the other telephones: those are rung once more.
        """
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            talked = form.get("DialBridged") == "true"
            if call is None or call.taken_at is not None or talked:
                return hang_up()
            state = CallState.from_json(call.state)
            turn = machine.unanswered(state, self._tools(work))
            if ring_round == 1 and call.picked_up and isinstance(turn.ending, ToPerson):
                left = {i: one for i, one in self._team().items() if i not in call.picked_up}
                again = replace(turn, say=(), ending=replace(turn.ending, ring=True))
                if left:
                    links = self._links(call, call.step, ring_round=2)
                    return render(again, self._prompts[state.language], links, left)
            return self._render(work, turn, call, call.step)

    def after_partner(self, form: Form) -> str:
        """The other one of an outing was rung: nothing more to say, or a person takes over."""
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            if call is None or form.get("DialBridged") == "true":
                return hang_up()
            turn = machine.unreached(CallState.from_json(call.state), self._tools(work))
            return self._render(work, turn, call, call.step)

    def partner(self, call_sid: str, digits: str) -> str:
        """The other one of an outing picked up, or pressed a key: only the key joins the two."""
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, call_sid)
            if call is None or digits not in ("", TAKES):
                return hang_up()
            state = CallState.from_json(call.state)
            prompts = self._prompts[Language.FRENCH]
            if digits:
                calls.settle_call_backs(work, call)
                return connect(prompts)
            of_senior = _is_seniors(state)
            who = "partner.senior_calls" if of_senior else "partner.volunteer_calls"
            ask = f"{self._base}/partner?call={call_sid}"
            return whisper(prompts, ask, who, "partner.press")

    def whisper(self, call_sid: str | None, place: int, digits: str) -> str:
        """Somebody of the team picked up, or pressed a key. Only the key joins them to the caller.

        Without `call_sid` nothing is written down, for when nothing can be.
        """
        ask = f"{self._base}/whisper?to={place}"
        if call_sid is None:
            return self._whisper_key(digits, ask, taken=digits == TAKES)
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, call_sid)
            if call is None:
                return hang_up()
            if not digits:
                calls.pick_up(work, call, place)
            urgent = CallState.from_json(call.state).distress
            taken = digits == TAKES and calls.take(work, call, place)
            return self._whisper_key(digits, f"{ask}&call={call_sid}", taken=taken, urgent=urgent)

    def take_voicemail(self, form: Form) -> str:
        """A message was left after the tone: whoever rings back finds it."""
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            url = form.get("RecordingUrl", "")
            if call is None or not url:
                return hang_up()
            seconds = form.get("RecordingDuration", "")
            calls.leave_recording(work, call, url, int(seconds) if seconds.isdigit() else 0)
            prompts = self._prompts[CallState.from_json(call.state).language]
            return say_and_hang_up(prompts, "voicemail.thanks", "done.goodbye")

    def take_status(self, form: Form) -> None:
        """How the call stands, possibly told several times and in any order."""
        if form.get("CallStatus") not in CALL_IS_OVER:
            return
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            if call is not None:
                calls.hang_up(work, call)

    def take_key(self, message_id: UUID, key: str) -> str:
        """A key was pressed in a call we made: it is done, and said so."""
        with self._runtime.begin(CALLER) as work:
            answer = answer_key(work, message_id, key)
        if answer is None:
            return hang_up()
        if answer.again:
            ask = f"{self._base}/answer?message={message_id}"
            return speak(self._prompts[Language.FRENCH], answer.text, ask, SLOW_RATE)
        team = self._team() if answer.to_person else {}
        return reply(self._prompts[Language.FRENCH], answer.text, team, self._plain_whisper())

    def take_sms(self, form: Form) -> str:
        """An SMS comes in: a word we know is done, the rest is read by a coordinator."""
        with self._runtime.begin(CALLER) as work:
            number = find_shown_number(form.get("From", ""))
            text = answer_sms(work, number, form.get("Body", ""))
        response = MessagingResponse()
        response.message(text)
        return str(response)

    def apologise(self) -> str:
        """Something failed at our side: an apology and a person, with nothing but the settings."""
        return apology(self._prompts[Language.FRENCH], self._team(), self._plain_whisper())

    def _begin(self, work: Work, form: Form) -> str:
        number = find_shown_number(form.get("From", ""))
        who = callers.look_up(work, number)
        turn = machine.start(who_calls(work, number, who), self._tools(work))
        if callers.is_flooding(work, who):
            turn = machine.step(turn.state, Heard(digits="0"), self._tools(work))
        state = turn.state.to_json()
        call = calls.open_call(work, form["CallSid"], number or "", who.senior_id, state)
        if call is None:
            return calls.get_greeting(work, form["CallSid"])
        return self._settle(work, call, turn, 0, Heard())

    def _settle(self, work: Work, call: calls.HeldCall, turn: Turn, step: int, heard: Heard) -> str:
        outcome = apply_effects(work, call, turn.effects)
        if outcome is None and turn.ending is not None:
            outcome = CallOutcome.NOTHING_ASKED
        pending = machine.abandon(turn.state, self._tools(work))
        response = self._render(work, turn, call, step)
        calls.keep_step(
            work,
            call,
            calls.Step(
                number=step,
                heard={"speech": heard.speech, "digits": heard.digits},
                response=response,
                state=turn.state.to_json(),
                left_behind=next(
                    (left_behind(effect) for effect in pending if isinstance(effect, LeaveTask)),
                    None,
                ),
                outcome=outcome,
            ),
        )
        return response

    def _render(self, work: Work, turn: Turn, call: calls.HeldCall, step: int) -> str:
        prompts = self._prompts[turn.state.language]
        partner = self._partner(work, turn)
        return render(turn, prompts, self._links(call, step), self._team(), partner)

    def _partner(self, work: Work, turn: Turn) -> Partner | None:
        shown = self._runtime.settings.phone_number
        if not isinstance(turn.ending, ToPerson) or turn.ending.partner_of is None or not shown:
            return None
        outing = turn.ending.partner_of
        number = callers.find_partner(work, UUID(outing), of_senior=_is_seniors(turn.state))
        return None if number is None else Partner(number, shown)

    def _links(self, call: calls.HeldCall, step: int, ring_round: int = 1) -> Links:
        return Links(
            turn=f"{self._base}/turn?step={step + 1}",
            dial=f"{self._base}/dial?ring_round={ring_round}",
            voicemail=f"{self._base}/voicemail",
            whisper=f"{self._base}/whisper?to={{to}}&call={call.sid}",
            partner=f"{self._base}/partner?call={call.sid}",
            joined=f"{self._base}/joined",
        )

    def _plain_whisper(self) -> str:
        return f"{self._base}/whisper?to={{to}}"

    def _whisper_key(self, digits: str, ask: str, *, taken: bool, urgent: bool = False) -> str:
        prompts = self._prompts[Language.FRENCH]
        if not digits:
            return whisper(
                prompts, ask, "whisper.urgent" if urgent else "whisper.call", "whisper.press"
            )
        if taken:
            return connect(prompts)
        return say_and_hang_up(prompts, "whisper.taken") if digits == TAKES else hang_up()

    def _team(self) -> dict[int, str]:
        return dict(enumerate(self._runtime.settings.coordinator_numbers))

    def _tools(self, work: Work) -> Tools:
        settings = self._runtime.settings
        return Tools(
            now=work.now,
            zone=settings.zone,
            find_address=self._runtime.atlas.gazetteer.find,
            call_back_at=lambda starts_at: promised_call_at(work.now, settings.zone, starts_at),
            person_at=person_call_at(work.now, settings),
            staffed=is_open(work.now, settings) and bool(settings.coordinator_numbers),
            find_nearby=lambda where, needs: find_nearby(work, where, needs),
        )


def _is_seniors(state: CallState) -> bool:
    """Whether the outing that is meant is the caller's own, rather than one they promised."""
    return any(outing.id == state.outing for outing in state.caller.outings)

"""The line itself: one transaction a turn, and a repeated turn answered the same."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from matcher.services import calls
from matcher.services.intake import promised_call_at
from matcher.services.tasks import add_task
from matcher.services.telephone import find_shown_number
from matcher.services.work import Runtime, Work
from matcher.store.tables import ActorKind, CallOutcome, CallRow, TaskKind
from matcher.store.transitions import Actor
from phone.dialogue import machine
from phone.dialogue.state import Caller, CallState
from phone.dialogue.turn import Heard, LeaveTask, Tools, Turn
from phone.effects import apply_effects, left_behind
from phone.prompts import load_prompts
from phone.twiml import apology, render

CALLER = Actor(ActorKind.CALLER)
CALL_IS_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
SMS_ANSWER = "Compagnie : message bien reçu. Une personne de l'équipe vous répondra."

Form = dict[str, str]
"""The parameters of one of Twilio's requests."""


class Line:
    """What the webhooks answer. Every method but `apologise` is one transaction."""

    def __init__(self, runtime: Runtime) -> None:
        """A line over a running service."""
        self._runtime = runtime
        self._prompts = load_prompts("fr")
        self._base = f"{runtime.settings.public_url}/phone"

    def answer_call(self, form: Form) -> str:
        """A call comes in: the first TwiML document."""
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            kept = None if call is None else calls.find_answer(work, call, 0)
            return kept or self._begin(work, form)

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

    def after_dial(self, form: Form) -> str:
        """The coordinators were rung: nothing more to say, or when they will call back."""
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            if call is None or form.get("DialCallStatus") == "completed":
                response = VoiceResponse()
                response.hangup()
                return str(response)
            state = CallState.from_json(call.state)
            return self._render(machine.unanswered(state, self._tools(work)), call.step)

    def take_status(self, form: Form) -> None:
        """How the call stands, possibly told several times and in any order."""
        if form.get("CallStatus") not in CALL_IS_OVER:
            return
        with self._runtime.begin(CALLER) as work:
            call = calls.find_call(work, form["CallSid"])
            if call is not None:
                calls.hang_up(work, call)

    def take_sms(self, form: Form) -> str:
        """An SMS comes in: a coordinator reads it, and the sender is told so."""
        with self._runtime.begin(CALLER) as work:
            number = find_shown_number(form.get("From", ""))
            senior = calls.find_senior(work, number)
            add_task(
                work,
                TaskKind.CALL_BACK,
                "SMS reçu : répondre.",
                senior_id=None if senior is None else senior.id,
                details={"from": number, "text": form.get("Body", "")},
            )
        reply = MessagingResponse()
        reply.message(SMS_ANSWER)
        return str(reply)

    def apologise(self) -> str:
        """Something failed at our side: an apology and a person, with nothing but the settings."""
        return apology(self._prompts, self._runtime.settings.coordinator_numbers)

    def _begin(self, work: Work, form: Form) -> str:
        number = find_shown_number(form.get("From", ""))
        senior = calls.find_senior(work, number)
        caller = Caller(
            known=senior is not None,
            senior_id=None if senior is None else str(senior.id),
            home_in_file=senior is not None and senior.home is not None,
            phone_usable=number is not None,
        )
        turn = machine.start(caller, self._tools(work))
        call = calls.open_call(work, form["CallSid"], number or "", senior, turn.state.to_json())
        return self._settle(work, call, turn, 0, Heard())

    def _settle(self, work: Work, call: CallRow, turn: Turn, step: int, heard: Heard) -> str:
        outcome = apply_effects(work, call, turn.effects)
        if outcome is None and turn.ending is not None:
            outcome = CallOutcome.NOTHING_ASKED
        pending = machine.abandon(turn.state, self._tools(work))
        response = self._render(turn, step)
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

    def _render(self, turn: Turn, step: int) -> str:
        return render(
            turn,
            self._prompts,
            action_url=f"{self._base}/turn?step={step + 1}",
            dial_action_url=f"{self._base}/dial",
            coordinator_numbers=self._runtime.settings.coordinator_numbers,
        )

    def _tools(self, work: Work) -> Tools:
        zone = self._runtime.settings.zone
        return Tools(
            now=work.now,
            zone=zone,
            find_address=self._runtime.atlas.gazetteer.find,
            call_back_at=lambda starts_at: promised_call_at(work.now, zone, starts_at),
        )

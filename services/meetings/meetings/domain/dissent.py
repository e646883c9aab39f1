"""Dissent (不同意见): the objections that stand, and what a conclusion needs before it may be drawn."""

from collections.abc import Sequence

from common.errors import Fault
from common.events import Dissent
from meetings.domain.record import Consideration, Position, Result, Stance, When
from meetings.domain.table import Table


def standing(
    earlier: Sequence[Dissent], positions: Sequence[Position], considered: Sequence[Consideration]
) -> list[Dissent]:
    """List the objections that stand: those of earlier meetings too, until the party says otherwise.

    An objection to an option is one thing, an objection to the matter as a whole another.
    """
    found = {(objection.party, objection.option): objection for objection in earlier}
    for position in positions:
        found.pop((position.party, position.option), None)
        if position.stance is Stance.OBJECT:
            found[position.party, position.option] = Dissent(
                party=position.party, reason=position.reason or "", remedy=position.remedy, option=position.option
            )
    answers = {(answer.party, answer.option, answer.reason): answer.text for answer in considered}
    return [_with(answers.get((one.party, one.option, one.reason)), one) for one in found.values()]


def _with(answer: str | None, objection: Dissent) -> Dissent:
    return objection.model_copy(update={"considered": answer}) if answer else objection


def against(option: str | None, objections: Sequence[Dissent]) -> list[Dissent]:
    """List the objections to a choice: to the matter as a whole, and to what was chosen."""
    return [objection for objection in objections if objection.option in (None, option)]


def faults_of_conclusion(meeting: Table, result: Result, conclusion: str, option: str | None) -> list[Fault]:
    """List what is missing for a result. To CONTINUE needs nothing: that is how a meeting without a quorum ends."""
    if result is Result.CONTINUE:
        return []
    faults = _quorum(meeting)
    if result is Result.PARTIAL:
        return faults
    return [*_unheard(meeting), *_words(meeting, result, conclusion, option), *faults, *_unanswered(meeting, result)]


def _unheard(meeting: Table) -> list[Fault]:
    heard = heard_in(meeting)
    return [Fault("parties", f"{party} has not been heard yet") for party in meeting.parties if party not in heard]


def heard_in(meeting: Table) -> list[str]:
    """List the parties that have spoken, in the order in which they did."""
    return list(dict.fromkeys(statement.party for statement in meeting.statements if statement.party))


def _words(meeting: Table, result: Result, conclusion: str, option: str | None) -> list[Fault]:
    faults = []
    if not conclusion:
        wanted = "what was agreed on" if result is Result.CONSENSUS else "why there is no agreement"
        faults.append(Fault("conclusion", f"{result} needs one: {wanted}"))
    if result is Result.CONSENSUS and meeting.options and option not in meeting.options:
        faults.append(Fault("option", f"say which was agreed on: {', '.join(meeting.options)}"))
    return faults


def _quorum(meeting: Table) -> list[Fault]:
    terms = meeting.terms
    heads = sum(there.heads for there in meeting.attendance)
    faults = []
    if heads < terms.quorum_heads:
        faults.append(Fault("quorum", f"{heads} have come, {terms.quorum_heads} are needed: adjourn with CONTINUE"))
    seats = [seat for seat in meeting.seats if seat.who not in meeting.recused]
    came = sum(seat.who in meeting.arrived for seat in seats)
    if came * 100 < terms.quorum_percent * max(1, len(seats)):
        faults.append(Fault("quorum", f"{came} of {len(seats)} seats have come, {terms.quorum_percent} % are needed"))
    if terms.quorum_parties:
        there = {attendance.party for attendance in meeting.attendance}
        faults += [Fault("quorum", f"nobody has come for {party}") for party in meeting.parties if party not in there]
    return faults


def _unanswered(meeting: Table, result: Result) -> list[Fault]:
    faults = []
    if meeting.terms.dissent_considered and result is Result.NO_CONSENSUS:
        objections = standing(meeting.earlier, meeting.positions, meeting.considered)
        faults = [
            Fault("dissent", f"say how the objection of {objection.party} was considered")
            for objection in objections
            if not objection.considered
        ]
    if meeting.terms.moods:
        felt = {mood.when for mood in meeting.moods if not mood.party}
        faults += [Fault("moods", f"say how heated it was {when} the meeting") for when in When if when not in felt]
    return faults

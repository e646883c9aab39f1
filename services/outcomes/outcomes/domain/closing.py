"""Decides how a topic ends: rated by those concerned, reworked, closed (办结), or sent back to a meeting."""

from datetime import date, datetime

from common.aggregate import Origin
from common.errors import Conflict, Forbidden
from common.events import TopicClosed, TopicRated, TopicReopened
from outcomes.domain.outcome import Outcome, OutcomeState, Past, Publicity
from outcomes.domain.rating import SATISFIED, Ending, Rating


def settle(outcome: Outcome, at: datetime, publicity: Publicity, *, done: bool) -> None:
    """Agree with the tasks: publicise when all of them are done, take that back when one is reworked."""
    if done and outcome.state is OutcomeState.REPORTED:
        outcome.publicise(at, publicity)
    elif not done and outcome.state is OutcomeState.PUBLICISED:
        outcome.state, outcome.publicised_at = OutcomeState.REPORTED, None
        outcome.public_until = outcome.due_at = None
        outcome.earlier += outcome.ratings
        outcome.ratings = []


def rate(outcome: Outcome, person_id: str, score: int, origin: Origin) -> None:
    """Take the rating of somebody who was asked; the last one counts."""
    if not outcome.take(origin):
        return
    if outcome.state is not OutcomeState.PUBLICISED:
        raise Conflict(f"the outcome is {outcome.state}: it can be rated while it is PUBLICISED")
    if person_id not in outcome.people:
        raise Forbidden("only those who raised the matter or took part were asked, and may rate")
    outcome.ratings = [rating for rating in outcome.ratings if rating.person_id != person_id]
    outcome.ratings.append(Rating(person_id, score, origin.at))
    outcome.say(TopicRated(topic_id=outcome.topic_id, person_id=person_id, score=score))


def unsatisfied(outcome: Outcome, today: date) -> bool:
    """Whether its tasks are to be reworked: rated too low by all who were asked, or by the end of its publicity."""
    score = outcome.score
    if outcome.state is not OutcomeState.PUBLICISED or score is None or not outcome.commitments:
        return False
    everyone = len(outcome.ratings) == len(outcome.people)
    return score < SATISFIED and (everyone or publicity_over(outcome, today))


def publicity_over(outcome: Outcome, today: date) -> bool:
    """Whether the days of publicity are over."""
    return outcome.public_until is not None and today > outcome.public_until


def close(outcome: Outcome, origin: Origin, today: date) -> None:
    """Close the topic: rated well enough, or not rated at all within the days of publicity."""
    if not outcome.take(origin):
        return
    if outcome.state is not OutcomeState.PUBLICISED:
        raise Conflict(f"the outcome is {outcome.state}: verify every task, then it is publicised and can be closed")
    score = outcome.score
    if score is None and not publicity_over(outcome, today):
        raise Conflict("nobody has rated yet: wait for a rating, or until the days of publicity are over")
    if score is not None and score < SATISFIED and outcome.commitments:
        raise Conflict(f"the mean score {score:.2f} is under {SATISFIED}: let the tasks be reworked first")
    rated = Ending.UNRATED if score is None else Ending.RATED
    outcome.ending = rated if outcome.commitments else Ending.EXPLAINED
    outcome.state, outcome.closed_at, outcome.due_at = OutcomeState.CLOSED, origin.at, None
    outcome.say(
        TopicClosed(
            topic_id=outcome.topic_id,
            title=outcome.title,
            score=None if score is None else round(score, 2),
            ratings=len(outcome.ratings),
            people=outcome.people,
            ending=outcome.ending.value,
            round=outcome.round,
        )
    )


def reopen(outcome: Outcome, reason: str, origin: Origin) -> None:
    """Send the topic back to a meeting (重新协商); what came of it so far is kept in `past`."""
    if not outcome.take(origin):
        return
    if outcome.state not in (OutcomeState.PUBLICISED, OutcomeState.CLOSED, OutcomeState.ENDED):
        raise Conflict(f"the outcome is {outcome.state}: it is reopened once it is PUBLICISED, CLOSED or ENDED")
    promised, said = tuple(outcome.commitments), (outcome.agreement, outcome.explanation)
    outcome.past.append(Past(outcome.round, *said, promised, outcome.score, origin.at, reason))
    outcome.earlier += outcome.ratings
    outcome.ratings, outcome.commitments, outcome.reported_to = [], [], []
    outcome.agreement = outcome.explanation = outcome.adopted_text = ""
    outcome.kind = outcome.grade = outcome.adopted_by = outcome.ending = None
    outcome.reported_at = outcome.publicised_at = outcome.closed_at = None
    outcome.public_until = outcome.due_at = None
    outcome.state, outcome.round = OutcomeState.REOPENED, outcome.round + 1
    outcome.say(
        TopicReopened(
            topic_id=outcome.topic_id,
            outcome_id=outcome.id,
            title=outcome.title,
            reason=reason,
            round=outcome.round,
            people=outcome.people,
        )
    )

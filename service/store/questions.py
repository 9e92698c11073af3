"""What Today asked the runner besides a session, when, and the answer: of each topic the last one."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.sessions import finished
from service.store.tables import Prompt, Question, StrengthSession


def get(session: Session, athlete_id: int, topic: str) -> Question | None:
    return session.get(Question, (athlete_id, topic))


def answers(session: Session, athlete_id: int) -> tuple[tuple[str, str, str | None], ...]:
    """Topic, about what, and the answer, of all that have one."""
    rows = session.execute(
        select(Question.topic, Question.about, Question.answer)
        .where(Question.athlete_id == athlete_id, Question.answer.is_not(None))
        .order_by(Question.topic)
    )
    return tuple((topic, about, answer) for topic, about, answer in rows)


def put(
    session: Session, athlete_id: int, topic: str, about: str, on: date, answer: str | None = None
) -> None:
    """Whatever was asked of that topic before is replaced."""
    session.merge(Question(athlete_id=athlete_id, topic=topic, about=about, asked_on=on, answer=answer))


def sessions_with_prompts(
    session: Session, athlete_id: int, since: date
) -> Sequence[tuple[StrengthSession, Prompt | None]]:
    """Sessions done, oldest first, each with the prompt it answers."""
    rows = session.execute(
        select(StrengthSession, Prompt)
        .outerjoin(Prompt, Prompt.id == StrengthSession.prompt_id)
        .where(*finished(athlete_id), StrengthSession.on >= since)
        .order_by(StrengthSession.started_at, StrengthSession.id)
    )
    return [(done, prompt) for done, prompt in rows]

"""One session that is over: what was done set by set, what it changed, and what may still be put right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.domain.play import PlayedSet
from service.domain.results import FORMS
from service.pipeline.tools import Rules
from service.store.tables import StrengthSession
from service.web.views.changes import stored_sentences
from service.web.views.history import told_of, what_of
from service.web.views.upload import upload_line
from service.web.views.wall import capital
from service.words import Words

SIDES = ("left", "right", "both")
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Facts:
    row: StrengthSession
    sets: Sequence[PlayedSet]  # in any order
    skips: Mapping[str, str]  # exercise -> why it was left out
    rules: Rules
    may_edit: bool
    may_undo: bool


@dataclass(frozen=True, slots=True)
class SetView:
    label: str  # Set 1, left
    reps: str
    detail: str  # form and pain, where they were told


@dataclass(frozen=True, slots=True)
class Move:
    title: str
    line: str  # the level, or why it was left out
    sets: tuple[SetView, ...]


@dataclass(frozen=True, slots=True)
class FormChoice:
    """The form of one exercise, as it may be put right."""

    field: str
    label: str
    chosen: str  # of FORMS, "" where it was not told, MIXED where sets differ


@dataclass(frozen=True, slots=True)
class PastSession:
    session_id: int
    title: str
    line: str
    moves: tuple[Move, ...]
    no_sets: str  # where it was told by hand; else ""
    changes: tuple[str, ...]
    upload: str  # how the way back to Strava went; "" where it was not wished
    feedback: str
    pain: int | None
    pain_text: str
    forms: tuple[FormChoice, ...]
    may_edit: bool
    may_undo: bool
    over: str  # why it cannot be changed; "" where it can


def past_session(facts: Facts, words: Words) -> PastSession:
    row = facts.row
    told = (what_of(row, facts.rules, words), *told_of(row, facts.rules, words))
    moves = _moves(facts, words)
    return PastSession(
        session_id=row.id,
        title=capital(words("history.full_day", on=row.on)),
        line=" · ".join(told),
        moves=moves,
        no_sets="" if moves else words("history.no_sets"),
        changes=stored_sentences(row.told, words),
        upload=upload_line(row, words),
        feedback=row.feedback,
        pain=row.pain,
        pain_text=words("history.pain_after", pain=row.pain) if row.pain else "",
        forms=_forms(facts, words),
        may_edit=facts.may_edit,
        may_undo=facts.may_undo,
        over=_over(facts, words),
    )


def _over(facts: Facts, words: Words) -> str:
    if facts.may_edit:
        return ""
    if facts.may_undo:
        return words("history.edit.over", days=facts.rules.result.edit_days_max)
    return words("history.over")


def form_field(exercise: str) -> str:
    return f"form_{exercise}"


def _forms(facts: Facts, words: Words) -> tuple[FormChoice, ...]:
    """Of the exercises that were done: of one that was told of by hand, of all."""
    told: dict[str, set[str]] = {
        str(item["exercise"]): set() for item in facts.row.prescription.get("items", ())
    }
    for one in facts.sets:
        told.setdefault(one.exercise, set()).add(one.result.form)
    is_played = bool(facts.row.ended)
    return tuple(
        FormChoice(
            form_field(exercise),
            _name(exercise, words),
            MIXED if len(forms) > 1 else next(iter(forms), ""),
        )
        for exercise, forms in told.items()
        if forms or not is_played
    )



def _moves(facts: Facts, words: Words) -> tuple[Move, ...]:
    """In the order of the prescription, then what was left out."""
    order = [str(item["exercise"]) for item in facts.row.prescription.get("items", ())]

    def place(exercise: str) -> int:
        return order.index(exercise) if exercise in order else len(order)

    played: dict[tuple[str, int], list[PlayedSet]] = {}
    for one in sorted(facts.sets, key=lambda each: (place(each.exercise), each.level)):
        played.setdefault((one.exercise, one.level), []).append(one)
    moves = [_move(exercise, level, sets, words) for (exercise, level), sets in played.items()]
    left_out = [
        Move(_name(exercise, words), words(f"history.skipped.{facts.skips[exercise]}"), ())
        for exercise in sorted(facts.skips, key=place)
    ]
    return (*moves, *left_out)


def _move(exercise: str, level: int, sets: Iterable[PlayedSet], words: Words) -> Move:
    return Move(
        title=_name(exercise, words),
        line=words("history.on_level", level=level, name=words(f"exercise.{exercise}.level_{level}.name")),
        sets=tuple(
            _set(one, words)
            for one in sorted(sets, key=lambda each: (each.result.number, SIDES.index(each.result.side)))
        ),
    )


def _set(one: PlayedSet, words: Words) -> SetView:
    done = one.result
    form = words(f"player.form_{done.form}") if done.form in FORMS else ""
    return SetView(
        label=words("session.set" if done.side == "both" else f"session.set_{done.side}", number=done.number),
        reps=words("history.reps", reps=done.reps),
        detail=" · ".join(filter(None, (form, _pain(done.pain, words)))),
    )


def _name(exercise: str, words: Words) -> str:
    return words(f"exercise.{exercise}.name")


def _pain(pain: int | None, words: Words) -> str:
    """No pain is nothing to tell."""
    return words("player.pain_of", pain=pain) if pain else ""

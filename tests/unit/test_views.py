"""What the pages say: from facts to words, without a database or a browser."""

import re
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.bootstrap import read_rules, read_words_and_routine
from service.domain.activity import Reason
from service.domain.calendar import Away, Why
from service.domain.days import Day, DayKind
from service.domain.effort import Confidence, Judged, RunKind, Verdict
from service.domain.planner import Size
from service.domain.preferences import Preferences
from service.domain.prompting import NextMoment
from service.domain.routine import prescribe
from service.domain.told import Offsets
from service.pipeline.corrections import Moved
from service.pipeline.situation import Situation
from service.store.tables import Connection, Sync
from service.web.views import source, wall
from service.web.views.limits import noted, shares, standing
from service.web.views.moves import session_page
from service.web.views.progress import Facts as ProgressFacts
from service.web.views.progress import SessionFact, progress_page, selected_week
from service.web.views.pulse import Pulse
from service.web.views.settings import Typed, masked, read_form, typed_from
from service.web.views.today import Asked, Facts, Quiet, TodayPage, today_page
from service.web.views.verdict import why_page
from tests.builders import a_lap, a_run
from tests.builders_week import ROME, at, done, kept, some_habits
from tests.builders_week import WORDS as SPOKEN

WORDS, ROUTINE = read_words_and_routine()
RULES = read_rules()
THURSDAY = date(2030, 5, 9)
NOW = "2030-05-09 08:05"
HEART = Reason("heart.level", 1.9, {"heart_bpm": 132.0, "share": 0.717, "heart_max_bpm": 184.0})
SPLITS = Reason("laps.alternate", -2.5, {"swing_share": 0.24})


def judged(kind: RunKind, *reasons: Reason, start: str = "2030-05-09 07:07", **run: Any) -> Judged:
    activity = a_run(start=start, **({"km": 7.4, "minutes": 45} | run))
    return Judged(activity, Verdict(kind, Confidence.HIGH, 0.9, 2.0, reasons))


def situation(kind: DayKind = DayKind.OPEN, *runs: Judged, **changes: Any) -> Situation:
    """Thursday 9 May 2030 in Rome; the last run, if any, is the one that decided the day."""
    now = at(changes.pop("now", NOW))
    last = runs[-1] if runs else None
    decided = last is not None and last.activity.local_on == THURSDAY
    reasons = last.verdict.reasons if last and last.verdict else ()
    today = Day(
        THURSDAY,
        kind,
        reasons if decided else (Reason("day.open", 0.0, {"rest_from": "18:30"}),),
        (last.activity.id,) if last and decided else (),
        last.activity.end_at if last and decided else None,
        last.activity.id if last and decided else None,
    )
    known = Situation(
        athlete_id=1,
        prefs=Preferences(),
        zone=ROME,
        now=now,
        today=THURSDAY,
        week_on=date(2030, 5, 6),
        judged=runs,
        habits=some_habits(tue=DayKind.RUN_HARD, fri=DayKind.REST, sat=DayKind.LONG, finish=time(8, 0)),
        days={THURSDAY: today},
        done=(done("2030-05-06 18:40"),),
        planned=(),
    )
    return replace(known, **changes)


def pulse(known: Situation, **changes: Any) -> Pulse:
    blank = Pulse(
        now=known.now,
        on=known.today,
        decided_at=known.now,
        prompt_id=None,
        coming=(),
        under_way=None,
        done=(),
        judging=False,
        away=(),
        trouble="",
        scope="read,activity:read,activity:read_all",
        read=(140, 1.0, True),
        listed_at=None,
        settings=(),
    )
    return replace(blank, **changes)


def page(known: Situation, **changes: Any) -> TodayPage:
    """``asked`` or ``quiet``, and whatever of the pulse is told."""
    facts: dict[str, Any] = {
        name: changes.pop(name, None) for name in ("asked", "quiet", "notice", "reading")
    }
    facts |= {
        name: changes.pop(name) for name in ("ask", "sessions_done", "first_done_on") if name in changes
    }
    if facts["asked"]:
        changes["prompt_id"] = facts["asked"].id
    return today_page(
        Facts(
            pulse=pulse(known, **changes),
            known=known,
            target=2,
            full=prescribe(ROUTINE, {}, Size.FULL, 12, RULES.dose),
            mini=prescribe(ROUTINE, {}, Size.MINI, 12, RULES.dose),
            calendar=RULES.plan.calendar,
            **facts,
        ),
        WORDS,
    )


def asked(trigger: str = "easy_run", **changes: Any) -> Asked:
    ask = Asked(
        id=7,
        size=Size.FULL,
        valid_until=at("2030-05-09 08:52"),
        trigger=trigger,
        wording="certain",
        reasons=(Reason("prompt.after_run", 0.0, {"finished": "07:52"}), HEART),
        later_at=at("2030-05-09 12:30"),
    )
    return replace(ask, **changes)


# --- Today: something to do -------------------------------------------------------------------


def test_after_an_easy_run_the_card_says_minutes_first_and_why() -> None:
    view = page(situation(DayKind.RUN_EASY, judged(RunKind.EASY, HEART)), asked=asked())
    card = view.prompt

    assert view.state == "prompt"
    assert view.date_line == "Thu 9 May"
    assert card is not None
    assert card.chip == "Good moment until 08:52"
    assert card.headline == "12 minutes while you’re warm"
    assert card.reason == "Easy run, finished 07:52. Average heart rate 132: 72% of your max 184."
    assert card.why is not None
    assert card.why.label == "Why easy?"
    assert card.start == "Start · 4 moves, 2 × 8"
    assert (card.later, card.mini) == ("Later, 12:30", "Mini, 6 min")
    assert card.correction is not None
    assert (card.correction.label, card.correction.said) == ("Not easy", "hard")


def test_on_a_rest_day_there_is_nothing_to_correct() -> None:
    reasons = (Reason("prompt.rest_day", 0.0, {"done": 1.0, "target": 2.0}), Reason("day.rest_over"))
    view = page(situation(DayKind.REST), asked=asked("rest_day", reasons=reasons))

    assert view.prompt is not None
    assert view.prompt.headline == "12 minutes fit today"
    assert view.prompt.reason == "No run recorded that day."
    assert view.prompt.correction is None
    assert view.prompt.why is None


@pytest.mark.parametrize(
    ("kind", "headline", "reason"),
    [
        (DayKind.RUN_EASY, "12 minutes could follow today’s run", "An easy run today. Average heart rate"),
        (DayKind.RUN_UNSURE, "12 minutes could follow today’s run", "Average heart rate 132"),
        (DayKind.XT_EASY, "12 minutes could round off your day", "Cross-training today. Average heart rate"),
        (
            DayKind.REST,
            "No run so far. If today is your rest day, 12 minutes fit",
            "No run so far; from 18:15",
        ),
    ],
)
def test_a_prompt_for_a_rest_day_gives_way_to_the_run_that_came_after_it(
    kind: DayKind, headline: str, reason: str
) -> None:
    none_so_far = Reason("day.rest_hour", 0.0, {"rest_from": "18:15"})
    stands = asked("rest_day", wording="conditional", reasons=(Reason("prompt.rest_day"), none_so_far))
    runs = () if kind is DayKind.REST else (judged(RunKind.EASY, HEART),)
    view = page(situation(kind, *runs), asked=stands)

    assert view.prompt is not None
    assert view.prompt.headline == headline
    assert view.prompt.reason.startswith(reason)


def test_a_prompt_for_a_mini_offers_no_other_mini() -> None:
    view = page(situation(DayKind.REST), asked=asked("fallback", size=Size.MINI))

    assert view.prompt is not None
    assert view.prompt.start == "Start · 4 moves, 1 × 8"
    assert view.prompt.mini == ""


def test_without_room_left_later_is_not_offered() -> None:
    view = page(situation(DayKind.REST), asked=asked("rest_day", later_at=None))

    assert view.prompt is not None
    assert view.prompt.later == ""


def test_a_prompt_whose_reason_has_expired_still_speaks() -> None:
    view = page(situation(DayKind.REST), asked=asked("rest_day", reasons=()))

    assert view.prompt is not None
    assert view.prompt.reason == "It fits today."


def test_a_session_that_was_begun_is_offered_to_go_on_with() -> None:
    view = page(situation(DayKind.RUN_EASY, judged(RunKind.EASY, HEART)), under_way=31)

    assert view.state == "prompt"
    assert view.prompt is not None
    assert (view.prompt.session_id, view.prompt.start) == (31, "Go on")


@pytest.mark.parametrize("wording", ["certain", "conditional"])
def test_two_prompts_in_a_row_do_not_read_the_same(wording: str) -> None:
    views = [page(situation(), asked=asked("fallback", wording=wording, turn=turn)) for turn in range(7)]
    said = [view.prompt.headline for view in views if view.prompt]

    assert len(set(said)) == 6
    assert said[0] == said[6]


# --- Today: nothing to do ---------------------------------------------------------------------


def a_quiet(rule: str, following: NextMoment | None = None, **facts: float | str) -> Quiet:
    return Quiet(Reason(rule, 0.0, facts), following)


def test_after_a_hard_run_silence_says_why_and_when_next() -> None:
    known = situation(DayKind.RUN_HARD, judged(RunKind.HARD, SPLITS))
    saturday = NextMoment(date(2030, 5, 11), DayKind.RUN_EASY, time(8, 0))
    view = page(known, quiet=a_quiet("prompt.run_hard", saturday))
    card = view.quiet

    assert view.state == "waiting"
    assert card is not None
    assert card.chip == "Nothing to do today"
    assert card.headline == "Let the hard work sink in"
    assert card.reason == (
        "Hard run, finished 07:52. Laps swing by 24%: fast and slow parts alternate. "
        "Strength goes better on fresh legs."
    )
    assert [(fix.label, fix.said) for fix in card.corrections] == [("It was easy", "easy")]
    assert card.anyway == "Do it anyway"
    assert card.next is not None
    assert card.next.title == "Sat, after your easy run"
    assert card.next.hint == "Usually around 08:00. We’ll tell you."
    assert [(stop.band, stop.day, stop.what) for stop in card.next.stops] == [
        ("hard", "Today", "hard run"),
        ("rest", "Fri", "usually rest"),
        ("next", "Sat", "after your run"),
    ]


def test_days_between_are_drawn_together_and_tomorrow_has_none() -> None:
    known = situation(DayKind.LONG, judged(RunKind.LONG, HEART))
    monday = page(
        known, quiet=a_quiet("prompt.long", NextMoment(date(2030, 5, 13), DayKind.REST, time(18, 30)))
    )
    friday = page(
        known, quiet=a_quiet("prompt.long", NextMoment(date(2030, 5, 10), DayKind.REST, time(18, 30)))
    )

    assert monday.quiet is not None
    assert monday.quiet.next is not None
    assert [stop.day for stop in monday.quiet.next.stops] == ["Today", "Fri to Sun", "Mon"]
    assert monday.quiet.next.title == "Mon, if it is a rest day"
    assert friday.quiet is not None
    assert friday.quiet.next is not None
    assert [stop.day for stop in friday.quiet.next.stops] == ["Today", "Fri"]


def unsure_today() -> Situation:
    return situation(DayKind.RUN_UNSURE, judged(RunKind.UNSURE, Reason("unsure.close")))


def test_an_unsure_run_asks_both_ways() -> None:
    known = unsure_today()
    view = page(known, quiet=a_quiet("prompt.run_unsure"), ask=(known.judged[0].activity.id,))

    assert view.quiet is not None
    assert (view.quiet.chip, view.quiet.headline) == ("One question", "Was this run easy?")
    assert [(fix.said, fix.label) for fix in view.quiet.corrections] == [
        ("easy", "Easy"),
        ("hard", "Moderate or hard"),
    ]
    assert view.questions == ()  # the card has asked it


def test_an_unsure_run_beyond_the_weeks_questions_is_told_and_not_asked() -> None:
    view = page(unsure_today(), quiet=a_quiet("prompt.run_unsure"))

    assert view.quiet is not None
    assert view.quiet.headline == "Not sure how hard it was"
    assert view.quiet.reason.endswith("The signs point both ways. So nothing is asked today.")
    assert [fix.label for fix in view.quiet.corrections] == ["It was easy", "It was hard"]
    assert view.questions == ()


def test_where_the_card_speaks_of_something_else_the_question_stands_beside_it() -> None:
    known = unsure_today()
    ids = (known.judged[0].activity.id,)
    quiet = page(known, quiet=a_quiet("prompt.gap", hours=20.0, gap_h=40.0), ask=ids)
    later = page(known, quiet=None, coming=((3, at("2030-05-09 18:30")),), ask=ids)
    done_today = page(known, done=(4,), ask=ids)

    for view in (quiet, later, done_today):
        assert [each.title for each in view.questions] == ["Was today’s run easy?"]
        assert view.quiet is None or view.quiet.corrections == ()  # nobody is asked the same twice


@pytest.mark.parametrize(
    ("start", "title"),
    [
        ("2030-05-08 07:07", "Was yesterday’s run easy?"),
        ("2030-05-06 07:07", "Was Monday’s run easy?"),
    ],
)
def test_an_unsure_run_of_the_days_before_is_asked_about_by_its_day(start: str, title: str) -> None:
    run = judged(RunKind.UNSURE, Reason("unsure.close"), start=start)
    on = run.activity.local_on
    known = situation(DayKind.OPEN, run)
    own_day = Day(on, DayKind.RUN_UNSURE, (), (run.activity.id,), None, run.activity.id)
    known = replace(known, days={**known.days, on: own_day})
    view = page(known, quiet=a_quiet("prompt.better_day"), ask=(run.activity.id,))

    assert [(each.title, each.line) for each in view.questions] == [(title, "07:07, 7.4 km in 45 min.")]


def test_while_a_run_of_today_is_judged_nothing_is_asked_about_today() -> None:
    known = unsure_today()
    view = page(known, quiet=a_quiet("prompt.run_unsure"), judging=True, ask=(known.judged[0].activity.id,))

    assert view.questions == ()


def test_a_run_without_a_distance_is_asked_about_without_one() -> None:
    run = judged(RunKind.UNSURE, Reason("unsure.no_signs"), km=0.0)
    view = page(situation(DayKind.RUN_UNSURE, run), done=(4,), ask=(run.activity.id,))

    assert [each.line for each in view.questions] == ["07:07, 45 min."]


def test_an_unsure_warm_up_of_a_hard_day_is_not_asked_about() -> None:
    warm_up = judged(RunKind.UNSURE, start="2030-05-09 06:20")
    known = situation(DayKind.RUN_HARD, warm_up, judged(RunKind.HARD, SPLITS))
    view = page(known, quiet=a_quiet("prompt.run_hard"), ask=(warm_up.activity.id,))

    assert view.questions == ()


def test_without_a_run_there_is_no_it_was_easy() -> None:
    view = page(situation(DayKind.LEGS), quiet=a_quiet("prompt.legs"))

    assert view.quiet is not None
    assert view.quiet.corrections == ()
    assert view.quiet.why is None


def test_a_moment_later_today_is_no_day_of_nothing() -> None:
    tonight = NextMoment(THURSDAY, DayKind.REST, time(18, 30))
    view = page(situation(), quiet=a_quiet("prompt.waiting", tonight, hour="18:30"))

    assert view.quiet is not None
    assert view.quiet.chip == "Later today"
    assert view.quiet.reason == "If nothing comes between, at 18:30."
    assert view.quiet.next is not None
    assert view.quiet.next.title == "Today, if it is a rest day"
    assert view.quiet.next.stops == ()


def test_a_prompt_put_off_says_its_hour() -> None:
    known = situation(DayKind.REST)
    coming = ((7, at("2030-05-09 12:30")),)

    for quiet in (a_quiet("prompt.asked_today"), None):
        view = page(known, quiet=quiet, coming=coming)
        assert view.quiet is not None
        assert view.quiet.headline == "Next at 12:30"
        assert view.quiet.chip == "Later today"


@pytest.mark.parametrize(
    ("known", "reading", "headline"),
    [
        (situation(), None, "Nothing to go by yet"),
        (situation(), source.Reading(0.4, 40, "", ""), "Getting to know your runs"),
        (
            situation(DayKind.REST, judged(RunKind.EASY, start="2030-05-08 07:00")),
            None,
            "Looking at your day",
        ),
    ],
)
def test_before_anything_is_decided_the_words_are_honest(
    known: Situation, reading: source.Reading | None, headline: str
) -> None:
    view = page(known, reading=reading)

    assert view.state == "waiting"
    assert view.quiet is not None
    assert view.quiet.headline == headline
    assert view.quiet.next is None


def test_a_run_that_is_being_judged_is_not_talked_about_yet() -> None:
    known = situation(DayKind.RUN_UNSURE, judged(RunKind.EASY))
    view = page(known, quiet=a_quiet("prompt.run_hard"), judging=True, prompt_id=7)

    assert view.state == "waiting"  # whether the prompt stands is just being decided
    assert view.quiet is not None
    assert (view.quiet.headline, view.quiet.corrections) == ("Looking at your run", ())


def test_an_easy_run_that_has_been_is_not_waited_for() -> None:
    tonight = NextMoment(THURSDAY, DayKind.RUN_EASY, time(18, 30))
    view = page(
        situation(DayKind.RUN_EASY, judged(RunKind.EASY)),
        quiet=a_quiet("prompt.waiting", tonight, hour="18:30"),
    )

    assert view.quiet is not None
    assert view.quiet.next is not None
    assert (view.quiet.next.title, view.quiet.next.hint) == ("Today", "Around 18:30. We’ll tell you.")


def test_a_day_that_has_seen_nothing_is_only_quiet_so_far() -> None:
    view = page(situation(DayKind.OPEN), quiet=a_quiet("prompt.better_day"))

    assert view.quiet is not None
    assert view.quiet.chip == "Nothing to do so far"


@pytest.mark.parametrize(
    ("around", "told"), [("18:57", "19:00"), ("08:07", "08:00"), ("23:59", "23:45"), ("00:02", "00:00")]
)
def test_a_usual_hour_is_told_to_the_quarter(around: str, told: str) -> None:
    moment = NextMoment(date(2030, 5, 11), DayKind.RUN_EASY, time.fromisoformat(around))
    view = page(situation(DayKind.REST), quiet=a_quiet("prompt.gap", moment, hours=12, gap_h=40))

    assert view.quiet is not None
    assert view.quiet.next is not None
    assert view.quiet.next.hint == f"Usually around {told}. We’ll tell you."


def every_silence() -> list[str]:
    return sorted(SPOKEN["silence"]["headline"])


@pytest.mark.parametrize("cause", every_silence())
def test_every_silence_has_a_headline_and_a_reason(cause: str) -> None:
    facts: dict[str, float | str] = {
        "done": 2.0,
        "target": 2.0,
        "ignored": 3.0,
        "prompts": 4.0,
        "weekday": 3,
        "hour": "18:30",
        "hours": 20.0,
        "gap_h": 40.0,
    }
    view = page(situation(DayKind.REST), quiet=a_quiet(f"prompt.{cause}", None, **facts))

    assert view.quiet is not None
    assert view.quiet.headline
    assert view.quiet.reason.endswith((".", "?"))


# --- Today: done, paused ----------------------------------------------------------------------


def test_a_session_done_today_shows_the_count_and_the_way_back() -> None:
    sessions = (done("2030-05-06 18:40"), done("2030-05-09 07:58"))
    view = page(situation(DayKind.RUN_EASY, judged(RunKind.EASY, HEART), done=sessions), done=(12,))

    assert view.state == "done"
    assert view.done is not None
    assert view.done.headline == "All done this week"
    assert view.done.reason == "2 of 2 this week."
    assert view.done.session_id == 12


def test_a_mini_counts_half() -> None:
    sessions = (done("2030-05-09 07:58", Size.MINI),)
    view = page(situation(DayKind.REST, done=sessions), done=(12,))

    assert view.done is not None
    assert view.done.headline == "Done. Nice work"
    assert view.done.reason == "½ of 2 this week."
    assert view.week.done == "½"


def praise(*days: str, **counts: Any) -> str:
    """The headline after today's session, with what was done before."""
    sessions = tuple(done(f"{day} 18:40") for day in (*days, "2030-05-09"))
    view = page(situation(DayKind.REST, done=sessions), done=(12,), **counts)
    assert view.done is not None
    return view.done.headline


def test_what_is_said_of_a_session_done_changes_with_each() -> None:
    said = [praise("2030-05-02", sessions_done=number) for number in range(1, 8)]

    assert said[:6] == list(WORDS.variants("today.done.headline"))
    assert said[6] == said[0]


def test_the_first_session_after_two_weeks_or_more_is_welcomed_back() -> None:
    back = WORDS.variants("today.done.headline_back")

    assert praise("2030-04-25", sessions_done=1) == back[0] == "Back again: that is the hard part"
    assert praise("2030-04-25", sessions_done=5) == back[4]
    assert praise("2030-04-26") not in back
    assert praise("2030-04-12", "2030-05-05") not in back


def test_whoever_comes_back_after_many_months_is_welcomed_too_and_the_very_first_session_is_no_return() -> (
    None
):
    back = WORDS.variants("today.done.headline_back")

    assert praise(sessions_done=9, first_done_on=date(2029, 3, 1)) in back
    assert praise(sessions_done=1, first_done_on=THURSDAY) not in back
    assert praise("2030-05-06", sessions_done=9, first_done_on=date(2029, 3, 1)) not in back


def test_a_pause_says_until_when() -> None:
    away = (Away(THURSDAY, date(2030, 5, 12), Why.HOLIDAY),)
    view = page(situation(away=away), away=away)

    assert view.state == "paused"
    assert view.paused is not None
    assert view.paused.reason == "Prompts begin again on Monday, 13 May."


def test_a_pause_that_is_over_is_none() -> None:
    away = (Away(date(2030, 5, 1), date(2030, 5, 8), Why.HOLIDAY),)
    assert page(situation(away=away)).state == "waiting"


def test_the_version_changes_with_what_is_shown_and_not_with_the_seconds() -> None:
    known = situation()
    first = pulse(known)

    assert pulse(known, now=known.now + timedelta(seconds=40)).version == first.version
    assert pulse(known, now=known.now + timedelta(minutes=30)).version != first.version
    assert pulse(known, prompt_id=7).version != first.version
    assert pulse(known, read=(200, 0.5, False)).version != first.version


# --- the week ---------------------------------------------------------------------------------


def test_the_week_has_bars_marks_and_words_for_each_day() -> None:
    known = situation(
        DayKind.RUN_EASY,
        judged(RunKind.HARD, start="2030-05-07 07:00", km=10.0),
        judged(RunKind.EASY, HEART, km=5.0),
        planned=(kept(THURSDAY), kept(date(2030, 5, 11))),
    )
    days = page(known, asked=asked()).week.days

    assert [day.letter for day in days] == list("MTWTFSS")
    assert [day.band for day in days] == ["none", "hard", "none", "easy", "none", "none", "none"]
    assert (days[1].height, days[3].height) == (50.0, 25.0)
    assert [day.mark for day in days] == ["done", "", "", "planned", "", "likely", ""]
    assert [day.is_today for day in days] == [False] * 3 + [True] + [False] * 3
    assert days[0].label == "Monday: no run; session done"
    assert days[3].label == "Thursday: easy run, 5.0 km; session planned"
    assert days[6].label == "Sunday: nothing planned"


def test_a_run_that_nobody_could_tell_is_not_called_easy() -> None:
    view = page(unsure_today(), quiet=a_quiet("prompt.run_unsure"))

    assert [(day.band, day.label) for day in view.week.days if day.is_today] == [
        ("easy", "Thursday: run, 7.4 km")
    ]


def test_a_usual_run_to_come_is_an_outline() -> None:
    saturdays = [
        judged(RunKind.LONG, start=f"{date(2030, 5, 4) - timedelta(weeks=ago)} 07:00", km=16.0)
        for ago in range(5, -1, -1)
    ]
    known = situation(DayKind.RUN_EASY, *saturdays, judged(RunKind.EASY, HEART, km=8.0))
    week = page(known, asked=asked()).week

    assert (week.days[5].band, week.days[5].label) == ("plan", "Saturday: usually a run, about 16.0 km")
    assert week.days[3].height == 25.0
    assert week.bands == ("easy",)


def test_miles_are_miles_everywhere() -> None:
    known = situation(
        DayKind.RUN_EASY, judged(RunKind.EASY, HEART, km=16.09344), prefs=Preferences(units="mi")
    )
    facts_words = WORDS.in_units("mi")
    full = prescribe(ROUTINE, {}, Size.FULL, 12, RULES.dose)
    facts = Facts(pulse(known), known, 2, None, None, full, full, None, None, RULES.plan.calendar)

    assert today_page(facts, facts_words).week.days[3].label == "Thursday: easy run, 10.0 mi"


# --- where it comes from ----------------------------------------------------------------------


def test_the_device_is_named_beside_its_run() -> None:
    run = judged(RunKind.EASY, HEART, device_name="Garmin Forerunner 255")
    seen = page(situation(DayKind.RUN_EASY, run), asked=asked()).attribution

    assert seen is not None
    assert seen.path == f"/activities/{run.activity.id}"
    assert (seen.device, seen.derived_from_garmin) == ("Garmin Forerunner 255", False)


def test_a_garmin_upload_without_a_device_is_named_garmin() -> None:
    run = judged(RunKind.EASY, HEART, external_id="garmin_ping_1")
    seen = page(situation(DayKind.RUN_EASY, run), asked=asked()).attribution

    assert seen is not None
    assert seen.device == "Garmin"


def test_a_day_without_a_run_names_the_source_of_the_week() -> None:
    tuesday = judged(RunKind.EASY, start="2030-05-07 07:00", device_name="Garmin fenix 7")
    seen = page(situation(DayKind.REST, tuesday), quiet=a_quiet("prompt.better_day")).attribution

    assert seen is not None
    assert (seen.device, seen.derived_from_garmin) == ("", True)


def test_nothing_recorded_is_nothing_to_attribute() -> None:
    assert page(situation()).attribution is None


# --- the connection ---------------------------------------------------------------------------


def a_connection(**fields: Any) -> Connection:
    blank: dict[str, Any] = {
        "athlete_id": 1,
        "scope": "read,activity:read,activity:read_all",
        "access_sealed": "sealed",
        "trouble": "",
        "trouble_since": None,
    }
    return Connection(**blank | fields)


SLOTS = "18:30, at weekends 11:00"


@pytest.mark.parametrize(
    ("connection", "used_up", "expected"),
    [
        (None, None, ("err", "Strava is not connected")),
        (a_connection(trouble="unauthorized"), None, ("err", "Strava no longer lets us read your runs")),
        (a_connection(trouble="app_inactive"), None, ("err", "Strava has switched this installation off")),
        (a_connection(scope="read"), None, ("err", "Your activities are hidden from us")),
        (a_connection(), "2030-05-09 08:15", ("warn", "Strava’s limit of calls is reached")),
        (a_connection(trouble="source_down"), None, ("warn", "Strava does not answer")),
        (a_connection(scope="read,activity:read"), None, ("warn", "Private runs are hidden from us")),
    ],
)
def test_each_trouble_is_one_clear_card(
    connection: Connection | None, used_up: str | None, expected: tuple[str, str]
) -> None:
    seen = source.notice(connection, at(used_up) if used_up else None, ROME, SLOTS, WORDS)

    assert seen is not None
    assert (seen.tone, seen.title) == expected


def test_a_healthy_connection_says_nothing() -> None:
    assert source.notice(a_connection(), None, ROME, SLOTS, WORDS) is None


def test_a_used_up_budget_says_when_it_goes_on() -> None:
    seen = source.notice(a_connection(), at("2030-05-09 08:15"), ROME, SLOTS, WORDS)

    assert seen is not None
    assert seen.text == "New runs are read again from 08:15 on. Nothing is lost."
    assert seen.way == ""


def test_reading_shows_how_far_it_has_come() -> None:
    sync = Sync(backfill_read=212, backfill_share=0.434, backfilled_at=None)
    seen = source.reading(a_connection(), sync, "08:15", WORDS)

    assert seen is not None
    assert (seen.percent, seen.count) == (43, "212 activities read, of the last 180 days")
    assert seen.waits == "Strava lets us read on at 08:15."


def test_reading_is_over_once_all_is_read_and_pointless_without_tokens() -> None:
    read = Sync(backfill_read=212, backfill_share=1.0, backfilled_at=at(NOW))

    assert source.reading(a_connection(), read, "", WORDS) is None
    assert source.reading(a_connection(access_sealed=""), None, "", WORDS) is None
    assert source.reading(a_connection(trouble="unauthorized"), None, "", WORDS) is None
    assert source.reading(None, None, "", WORDS) is None


# --- why --------------------------------------------------------------------------------------


def test_why_tells_the_reasons_in_sentences_and_the_kilometres() -> None:
    run = judged(
        RunKind.HARD,
        SPLITS,
        km=2.0,
        minutes=8.5,
        splits=(a_lap(1000, 230, 168, -3.0), a_lap(1000, 280, None, -0.3), a_lap(12, 4)),
    )
    view = why_page(run, WORDS)

    assert (view.title, view.chip) == ("Hard run", "Quite sure")
    assert view.line == "Thursday, 9 May, 07:07 · 2.0 km in 8 min"
    assert view.reasons == ("Laps swing by 24%: fast and slow parts alternate.",)
    assert [(row.name, row.pace, row.heart, row.climb) for row in view.splits] == [
        ("1.0 km", "3:50/km", "168", "−3"),
        ("1.0 km", "4:40/km", "", "0"),
    ]
    assert [(answer.said, answer.label) for answer in view.answers] == [
        ("easy", "It was easy"),
        ("race", "It was a race"),
    ]


def test_why_of_an_unsure_run_asks() -> None:
    view = why_page(judged(RunKind.UNSURE, Reason("unsure.close")), WORDS)

    assert view.asks
    assert [answer.label for answer in view.answers] == ["Easy", "Moderate or hard", "It was a race"]


def test_why_of_a_run_without_a_distance_names_none() -> None:
    view = why_page(judged(RunKind.UNSURE, Reason("unsure.no_signs"), km=0.0), WORDS)

    assert view.line == "Thursday, 9 May, 07:07 · 45 min"


def test_the_runners_own_word_is_shown_as_such() -> None:
    view = why_page(judged(RunKind.EASY, Reason("said.kind")), WORDS)

    assert (view.chip, view.reasons) == ("Your word", ("You said so.",))


def test_what_is_no_run_has_no_reasons_page() -> None:
    with pytest.raises(ValueError, match="not a judged run"):
        why_page(Judged(a_run(), None), WORDS)


# --- progress ---------------------------------------------------------------------------------


def progress(known: Situation, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "known": known,
        "sessions": (SessionFact(date(2030, 5, 6), 11.9, mini=False),),
        "targets": {date(2030, 5, 6) - timedelta(weeks=back): 2 for back in range(4)},
        "excused": frozenset(),
        "since": date(2030, 4, 15),
        "in_all": 5,
        "first_session_on": date(2030, 4, 16),
        "week_days": dict(known.days),
        "selected": known.week_on,
        "adherence": RULES.adherence,
        "mileage": RULES.mileage,
    }
    return progress_page(ProgressFacts(**facts | changes), WORDS)


def test_progress_counts_without_grading() -> None:
    last_week = judged(RunKind.LONG, start="2030-05-04 08:00", km=16.2)
    known = situation(DayKind.RUN_EASY, last_week, judged(RunKind.EASY, HEART))
    view = progress(known)

    assert [(figure.value, figure.unit, figure.text) for figure in view.figures] == [
        ("1", "of 7", "sessions, last 4 weeks"),
        ("16", "km", "last full week"),
        ("5", "in all", "since 16 April"),
    ]
    assert len(view.table) == 12
    assert (view.table[0].week, view.table[0].easy, view.table[0].sessions) == ("6 May", "7.4", "1 of 2")
    assert (view.table[1].week, view.table[1].long) == ("29 Apr", "16.2")


def test_the_chosen_week_shows_its_days_and_the_balance() -> None:
    known = situation(DayKind.RUN_EASY, judged(RunKind.EASY, HEART))
    detail = progress(known).detail

    assert (detail.title, detail.done, detail.of) == ("6 to 12 May", "1", "of 2")
    assert detail.line == "12 min strength for 45 min of running."
    assert (detail.rows[0].day, detail.rows[0].detail, detail.rows[0].mark) == (
        "Mon",
        "Session, 12 min",
        "done",
    )
    assert (detail.rows[3].band, detail.rows[3].what, detail.rows[3].distance) == (
        "easy",
        "Easy run",
        "7.4 km",
    )
    assert detail.rows[3].href == f"/why/{known.judged[0].activity.id}"
    assert detail.rows[6].what == "Still to come"


def test_a_week_label_tells_a_screen_reader_everything() -> None:
    view = progress(situation(DayKind.RUN_EASY, judged(RunKind.EASY, HEART)))

    assert view.charts[0].columns[-1].label == "6 to 12 May: 7.4 km of running, 1 of 2"
    assert view.charts[0].columns[0].label == "18 to 24 February: 0.0 km of running, sessions 0"


def test_an_excused_week_is_out_of_the_count() -> None:
    view = progress(situation(), excused=frozenset({date(2030, 4, 29)}))

    assert view.has_excused
    assert view.table[1].sessions == "excused"
    assert view.charts[0].columns[-2].excused


def test_progress_before_the_first_run_is_empty() -> None:
    view = progress(situation(done=()), in_all=0, first_session_on=None, sessions=())

    assert view.empty
    assert view.figures[2].text == "none yet"


@pytest.mark.parametrize(
    ("asked_for", "expected"),
    [
        ("", date(2030, 5, 6)),
        ("2030-04-29", date(2030, 4, 29)),
        ("2030-05-01", date(2030, 4, 29)),  # any day of it
        ("1999-01-01", date(2030, 5, 6)),
        ("2030-06-03", date(2030, 5, 6)),
        ("0001-01-01", date(2030, 5, 6)),
        ("yesterday", date(2030, 5, 6)),
    ],
)
def test_the_week_of_the_address_is_one_that_is_shown(asked_for: str, expected: date) -> None:
    assert selected_week(asked_for, date(2030, 5, 6), 0) == expected


# --- the session ------------------------------------------------------------------------------


def test_the_session_lists_four_moves_with_a_tick_for_each_set_and_side() -> None:
    stored = {
        "size": "full",
        "items": [
            {
                "exercise": "single_leg_squat",
                "level": 1,
                "sets": 2,
                "reps": 8,
                "sides": 2,
                "tempo_s": [
                    {"part": "lower", "seconds": 2.0},
                    {"part": "touch", "seconds": 0.5},
                    {"part": "rise", "seconds": 2.0},
                ],
            },
            {"exercise": "glute_bridge", "level": 1, "sets": 2, "reps": 8, "sides": 1, "tempo_s": []},
        ],
    }
    view = session_page(3, stored, 11.9, "open", ["a mat", "a chair"], WORDS)
    squat, bridge = view.moves

    assert (view.title, view.line, view.chip) == ("Your session", "2 moves, 2 × 8.", "12 min")
    assert view.needs == "At hand: a mat and a chair."
    assert squat.title == "Single-leg squat"
    assert squat.dose == "2 sets of 8 a side, weaker side first"
    assert squat.tempo == "Lower 2 s, touch, rise 2 s"
    assert [tick.id for tick in squat.ticks] == ["m1s1l", "m1s1r", "m1s2l", "m1s2r"]
    assert squat.ticks[1].label == "Set 1, right"
    assert bridge.dose == "2 sets of 8"
    assert [tick.label for tick in bridge.ticks] == ["Set 1", "Set 2"]
    assert view.sets == 6


def test_a_session_stored_without_moves_still_shows_its_page() -> None:
    view = session_page(3, {}, 0.0, "done", [], WORDS)

    assert view.moves == ()
    assert view.needs == ""


# --- settings ---------------------------------------------------------------------------------


def typed(**changes: Any) -> Typed:
    return replace(typed_from(Preferences(language="en"), "Europe/Rome", "en"), **changes)


def test_a_form_left_as_it_was_reads_as_the_same_preferences() -> None:
    assert read_form(typed(), WORDS).prefs == Preferences(language="en")


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        ({"target_per_week": "9"}, "target_per_week", "Please choose one of the options."),
        ({"target_per_week": "²"}, "target_per_week", "Please choose one of the options."),
        ({"weekday_slot": "half past six"}, "weekday_slot", "Please give an hour, such as 18:30."),
        ({"weekday_slot": "22:00"}, "weekday_slot", "This hour lies in your quiet hours."),
        ({"weekend_slot": "07:00"}, "weekend_slot", "This hour lies in your quiet hours."),
        (
            {"quiet_from": "10:00", "quiet_until": "08:00"},
            "quiet_until",
            "Quiet hours must leave at least four hours a day.",
        ),
        ({"max_minutes": "-5"}, "max_minutes", "Please choose one of the options."),
        ({"units": "furlong"}, "units", "Please choose one of the options."),
        *(
            (
                {"heart_max_bpm": figure},
                "heart_max_bpm",
                "Please give a number from 100 to 230, or leave it empty.",
            )
            for figure in ("99", "231", "-180", "nan", "inf", "high")
        ),
        ({"timezone": "Mars/Olympus"}, "timezone", "This time zone is not known."),
        ({"timezone": "../../etc/passwd"}, "timezone", "This time zone is not known."),
        (
            {"never_weekdays": frozenset("012345")},
            "never_weekdays",
            "At least two days a week must stay free for sessions.",
        ),
    ],
)
def test_each_mistake_is_named_at_its_field(changes: dict[str, Any], field: str, error: str) -> None:
    read = read_form(typed(**changes), WORDS)

    assert read.prefs is None
    assert read.errors[field] == error
    assert read.typed == typed(**changes)


def test_the_judging_reads_back_as_it_was_chosen() -> None:
    chosen = typed(ignore_pace=True, ignore_heart=True, heart_max_bpm="188,5")
    prefs = read_form(chosen, WORDS).prefs

    assert prefs is not None
    assert (prefs.use_pace, prefs.use_heart, prefs.heart_max_bpm) == (False, False, 188.5)
    assert replace(typed_from(prefs, "Europe/Rome", "en"), heart_max_bpm="188,5") == chosen


# --- limits -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (Offsets(), ""),
        (
            Offsets(pace_share=-0.01),
            "Your easy limit moved from {pace:.0%} to {less:.0%} of your quick pace.",
        ),
    ],
)
def test_what_a_word_moved_is_told_in_one_sentence(after: Offsets, sentence: str) -> None:
    told = noted(RunKind.HARD, Moved(Offsets(), after), RULES.effort, WORDS)
    pace = shares(Offsets(), RULES.effort)["pace"]

    expected = sentence.format(pace=pace, less=pace - 0.01)
    assert told == f"Noted as hard. {expected}".strip()


def test_both_limits_that_moved_are_one_sentence() -> None:
    moved = Moved(Offsets(), Offsets(heart_share=-0.02, pace_share=-0.01))
    told = noted(RunKind.RACE, moved, RULES.effort, WORDS)

    assert told.startswith("Noted as a race. Your easy limits moved from ")
    assert told.count(".") == 2


def test_a_small_step_is_told_with_the_digits_it_needs() -> None:
    moved = Moved(Offsets(), Offsets(pace_share=0.0025))
    was, now = re.findall(r"[\d.]+%", noted(RunKind.EASY, moved, RULES.effort, WORDS))

    assert was != now
    assert len(now) <= len("93.0%")


def test_an_unevenness_that_was_allowed_is_told_without_a_limit() -> None:
    moved = Moved(Offsets(), Offsets(split_share=0.01))

    assert noted(RunKind.EASY, moved, RULES.effort, WORDS) == (
        "Noted as easy. Your kilometres may now swing a little more before they count as intervals."
    )


def test_only_limits_that_moved_are_listed() -> None:
    assert standing(Offsets(), RULES.effort, WORDS) == ()
    assert len(standing(Offsets(pace_share=0.01), RULES.effort, WORDS)) == 1
    assert len(standing(Offsets(0.01, -0.01, 0.01), RULES.effort, WORDS)) == 3


def test_several_mistakes_are_all_named() -> None:
    read = read_form(typed(weekday_slot="", units=""), WORDS)

    assert set(read.errors) == {"weekday_slot", "units"}


def test_the_same_hour_twice_means_no_quiet_hours() -> None:
    read = read_form(typed(quiet_from="21:00", quiet_until="21:00", weekday_slot="21:00"), WORDS)

    assert read.errors == {}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ntfy://my-secret-topic", "ntfy://…"),
        ("tgram://123:ABC/456", "tgram://…"),
        ("not an address", "…"),
        ("se cret://x", "…"),
    ],
)
def test_an_address_is_shown_by_its_service_alone(address: str, shown: str) -> None:
    assert masked(address) == shown


# --- times ------------------------------------------------------------------------------------


def test_times_are_told_in_the_runners_words() -> None:
    assert wall.long(16500) == "4 h 35"
    assert wall.long(1560) == "26 min"
    assert wall.count(1.5) == "1½"
    assert wall.count(0) == "0"
    assert wall.span(date(2030, 4, 29), WORDS) == "29 April to 5 May"
    assert wall.hour(at("2030-05-09 08:50"), ZoneInfo("America/New_York")) == "02:50"
    assert wall.day_and_hour(at("2030-05-09 08:50"), ROME, WORDS) == "9 May, 08:50"

"""Every table on one page, and what each column may hold and for how long.

Each column belongs to one data class, written as ``info={"data_class": ...}``:

====  =====================================================  ==================================
A, B  Strava's activities, and all that is derived from them  a cache: rows carry ``expires_at``
C     the runner's own facts: sessions, plan, preferences     while the account lives
D     the connection: athlete number, sealed tokens, scope    while connected
F     consent and deletion records, no Strava content         always
O     machinery: leases, counters; nobody's content           while it is of use
====  =====================================================  ==================================

Source: Strava API Policy of 2026-06-01, 5.5, 6.2, 6.4, 7.4. A test walks this metadata: a column
without a class, or a Strava column in a table without ``expires_at``, fails it.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    Time,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite has no zone, so it is taken off on the way in and put back on the way
    out.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: which zone is it in?")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        datetime: UtcDateTime,
        date: Date,
        time: Time,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        float: Float,
    }


# Rows of our own get 64-bit keys on PostgreSQL; SQLite only counts up by itself on INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")


# SQLite would give the number of a deleted row to the next one, and a link still under way would act on it.
NEVER_AGAIN = {"sqlite_autoincrement": True}


def _col(data_class: str, *args: Any, **kwargs: Any) -> Any:
    return mapped_column(*args, info={"data_class": data_class}, **kwargs)


def _key(data_class: str) -> Any:
    return _col(data_class, Key, primary_key=True, autoincrement=True)


def _owner(data_class: str, **kwargs: Any) -> Any:
    return _col(data_class, Key, ForeignKey("athlete.id", ondelete="CASCADE"), **kwargs)


# --- C: the runner and what is theirs -------------------------------------------------------


class Athlete(Base):
    """A runner with an account here; lives on when Strava is disconnected."""

    __tablename__ = "athlete"
    __table_args__ = NEVER_AGAIN
    id: Mapped[int] = _key("C")
    role: Mapped[str] = _col("C", String(10))  # owner | member
    created_at: Mapped[datetime] = _col("C")
    timezone: Mapped[str] = _col(
        "C", String(64), default=""
    )  # IANA, as the runner's browser said; "" unknown
    former_timezone: Mapped[str] = _col("C", String(64), default="")  # the one before it
    moved_at: Mapped[datetime | None] = _col("C")  # when the runner said that they are elsewhere now
    language: Mapped[str] = _col("C", String(8), default="")  # of pages and messages; "" as the browser asks
    target_per_week: Mapped[int] = _col("C", default=2)
    week_starts_on: Mapped[int] = _col("C", default=0)
    weekday_slot: Mapped[time] = _col("C", default=time(18, 30))
    weekend_slot: Mapped[time] = _col("C", default=time(11, 0))
    quiet_from: Mapped[time] = _col("C", default=time(21, 0))
    quiet_until: Mapped[time] = _col("C", default=time(7, 30))
    max_minutes: Mapped[int] = _col("C", default=12)
    never_weekdays: Mapped[list[Any]] = _col("C", default=list)
    never_hours: Mapped[list[Any]] = _col("C", default=list)  # weekdays, from, until
    units: Mapped[str] = _col("C", String(2), default="km")
    use_heart: Mapped[bool] = _col("C", default=True)
    use_pace: Mapped[bool] = _col("C", default=True)
    heart_max_bpm: Mapped[float | None] = _col("C")  # the runner's own figure
    fitness: Mapped[dict[str, Any]] = _col("C", default=dict)  # screening, things at hand, wishes
    write_back: Mapped[bool] = _col("C", default=False)  # done sessions go to Strava, too


class LoginSession(Base):
    """A signed-in browser. The cookie holds the token, this row only its digest."""

    __tablename__ = "login_session"
    digest: Mapped[str] = _col("C", String(64), primary_key=True)
    athlete_id: Mapped[int] = _owner("C", index=True)
    created_at: Mapped[datetime] = _col("C")
    seen_at: Mapped[datetime] = _col("C")
    ends_at: Mapped[datetime] = _col("C")
    user_agent: Mapped[str] = _col("C", String(200), default="")


class Invitation(Base):
    __tablename__ = "invitation"
    digest: Mapped[str] = _col("C", String(64), primary_key=True)
    invited_by: Mapped[int] = _owner("C")
    created_at: Mapped[datetime] = _col("C")
    ends_at: Mapped[datetime] = _col("C")
    used_at: Mapped[datetime | None] = _col("C")


class UsedLink(Base):
    """A one-tap link that has acted; a second tap finds it here and changes nothing."""

    __tablename__ = "used_link"
    digest: Mapped[str] = _col("C", String(64), primary_key=True)
    athlete_id: Mapped[int] = _owner("C", index=True)
    used_at: Mapped[datetime] = _col("C")
    ends_at: Mapped[datetime] = _col("C")  # after it the link is refused anyway, and the row may go


class PlannedSession(Base):
    """A session the week plans. ``original_on`` stays when it moves."""

    __tablename__ = "planned_session"
    id: Mapped[int] = _key("C")
    athlete_id: Mapped[int] = _owner("C")
    week_on: Mapped[date] = _col("C")
    on: Mapped[date] = _col("C")
    original_on: Mapped[date] = _col("C")
    size: Mapped[str] = _col("C", String(4))
    fallback: Mapped[bool] = _col("C", default=False)
    __table_args__ = (Index("ix_planned_session_week", "athlete_id", "week_on"),)


class WeekTarget(Base):
    """What a week asked for, kept when the runner later asks for more or less."""

    __tablename__ = "week_target"
    athlete_id: Mapped[int] = _owner("C", primary_key=True)
    week_on: Mapped[date] = _col("C", primary_key=True)
    target: Mapped[int] = _col("C")
    excused: Mapped[bool] = _col("C", default=False)


class RaceRow(Base):
    """A race the runner entered; one a day."""

    __tablename__ = "race"
    athlete_id: Mapped[int] = _owner("C", primary_key=True)
    on: Mapped[date] = _col("C", primary_key=True)
    distance: Mapped[str | None] = _col("C", String(8))  # short | half | marathon | ultra


class AwayRow(Base):
    """Days without prompts, or with few: a pause, whatever its cause."""

    __tablename__ = "away"
    id: Mapped[int] = _key("C")
    athlete_id: Mapped[int] = _owner("C")
    first_on: Mapped[date] = _col("C")
    last_on: Mapped[date | None] = _col("C")  # None: until the runner ends it
    why: Mapped[str] = _col("C", String(8))  # injured | ill | holiday | ease_off
    answered_on: Mapped[date | None] = _col("C")  # when it was said that it still hurts
    __table_args__ = (Index("ix_away_athlete", "athlete_id"), NEVER_AGAIN)


class Question(Base):
    """That the runner was asked something on Today, and the answer: asked once, not every day."""

    __tablename__ = "question"
    athlete_id: Mapped[int] = _owner("C", primary_key=True)
    topic: Mapped[str] = _col("C", String(12), primary_key=True)  # as pipeline.questions has them
    about: Mapped[str] = _col("C", String(64), default="")  # the proposal; a digest where it is Strava's
    asked_on: Mapped[date] = _col("C")
    answer: Mapped[str | None] = _col("C", String(12))


class Prompt(Base):
    """That the runner was asked, when, and the answer. Why lies in ``prompt_reason`` and expires."""

    __tablename__ = "prompt"
    id: Mapped[int] = _key("C")
    athlete_id: Mapped[int] = _owner("C")
    local_on: Mapped[date] = _col("C")
    size: Mapped[str] = _col("C", String(4))
    send_at: Mapped[datetime] = _col("C")
    valid_until: Mapped[datetime] = _col("C")
    state: Mapped[str] = _col("C", String(10))  # planned | sent | answered | expired | withdrawn
    sent_at: Mapped[datetime | None] = _col("C")
    answer: Mapped[str | None] = _col("C", String(12))  # started | done | later | not_today | not_easy
    answered_at: Mapped[datetime | None] = _col("C")
    snoozes: Mapped[int] = _col("C", default=0)
    __table_args__ = (Index("ix_prompt_athlete_day", "athlete_id", "local_on"), NEVER_AGAIN)


class StrengthSession(Base):
    """A session of the routine that the runner did, in whole or in part."""

    __tablename__ = "session"
    id: Mapped[int] = _key("C")
    athlete_id: Mapped[int] = _owner("C")
    prompt_id: Mapped[int | None] = _col("C", Key, ForeignKey("prompt.id", ondelete="SET NULL"))
    on: Mapped[date] = _col("C")
    size: Mapped[str] = _col("C", String(4))  # what it counts as: full | mini; "" for too small a part
    started_at: Mapped[datetime] = _col("C")
    done_at: Mapped[datetime | None] = _col("C")
    undone_at: Mapped[datetime | None] = _col("C")
    minutes: Mapped[float] = _col("C", default=0.0)
    prescription: Mapped[dict[str, Any]] = _col("C", default=dict)
    origin: Mapped[str] = _col("C", String(8))  # page | link | log | watch
    play_id: Mapped[str] = _col("C", String(36), default="")  # of the first play that ended it
    ended: Mapped[str] = _col("C", String(8), default="")  # done | stopped | pain | idle; "" by hand
    share: Mapped[float] = _col("C", default=1.0)  # of what was prescribed
    feedback: Mapped[str] = _col("C", String(10), default="")  # too_easy | right | too_hard
    pain: Mapped[int | None] = _col("C")  # 0 to 10, asked at the end
    standing: Mapped[dict[str, Any]] = _col("C", default=dict)  # levels and doses after it, by exercise
    told: Mapped[list[Any]] = _col("C", default=list)  # what it changed: rule and facts
    upload: Mapped[dict[str, Any]] = _col("C", default=dict)  # writing it back: state, what was said
    __table_args__ = (Index("ix_session_athlete_day", "athlete_id", "on"), NEVER_AGAIN)


class SetResult(Base):
    """One set as it was done, one side of it where there are two."""

    __tablename__ = "set_result"
    session_id: Mapped[int] = _col("C", Key, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    exercise: Mapped[str] = _col("C", String(20), primary_key=True)
    level: Mapped[int] = _col("C", primary_key=True)
    number: Mapped[int] = _col("C", primary_key=True)
    side: Mapped[str] = _col("C", String(5), primary_key=True)  # left | right | both
    athlete_id: Mapped[int] = _owner("C", index=True)
    reps: Mapped[int] = _col("C")
    form: Mapped[str] = _col("C", String(6), default="")  # clean | wobbly | broke; "" not said
    pain: Mapped[int | None] = _col("C")  # 0 to 10


class Skipped(Base):
    """An exercise that was left out of a session."""

    __tablename__ = "skipped"
    session_id: Mapped[int] = _col("C", Key, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    exercise: Mapped[str] = _col("C", String(20), primary_key=True)
    athlete_id: Mapped[int] = _owner("C", index=True)
    reason: Mapped[str] = _col("C", String(9))  # pain | equipment | time | other


class CheckIn(Base):
    """How the knee was the morning after, in one tap."""

    __tablename__ = "check_in"
    session_id: Mapped[int] = _col("C", Key, ForeignKey("session.id", ondelete="CASCADE"), primary_key=True)
    athlete_id: Mapped[int] = _owner("C", index=True)
    on: Mapped[date] = _col("C")
    answer: Mapped[str] = _col("C", String(6))  # same | better | worse


class Correction(Base):
    """The runner's own word about a run, and what it moved. The run is known by a keyed digest only, so that
    both may outlive it.
    """

    __tablename__ = "correction"
    athlete_id: Mapped[int] = _owner("C", primary_key=True)
    activity_digest: Mapped[str] = _col("C", String(64), primary_key=True)
    said: Mapped[str] = _col("C", String(10))
    at: Mapped[datetime] = _col("C")
    # how far this word moved the runner's own limits, as shares; 0 once the limits are reset
    heart_step: Mapped[float] = _col("C", default=0.0)
    pace_step: Mapped[float] = _col("C", default=0.0)
    split_step: Mapped[float] = _col("C", default=0.0)


class ChannelRow(Base):
    """A way to reach the runner. The address may hold a secret, so it is sealed."""

    __tablename__ = "channel"
    id: Mapped[int] = _key("C")
    athlete_id: Mapped[int] = _owner("C", index=True)
    kind: Mapped[str] = _col("C", String(12))
    label: Mapped[str] = _col("C", String(80))
    address_sealed: Mapped[str] = _col("C", Text)
    created_at: Mapped[datetime] = _col("C")
    disabled_at: Mapped[datetime | None] = _col("C")
    trouble: Mapped[str] = _col("C", String(200), default="")


class Delivery(Base):
    """One prompt over one channel."""

    __tablename__ = "delivery"
    id: Mapped[int] = _key("C")
    athlete_id: Mapped[int] = _owner("C")
    prompt_id: Mapped[int] = _col("C", Key, ForeignKey("prompt.id", ondelete="CASCADE"), index=True)
    channel_id: Mapped[int] = _col("C", Key, ForeignKey("channel.id", ondelete="CASCADE"))
    state: Mapped[str] = _col("C", String(10))  # due | sent | failed | dropped
    sent_at: Mapped[datetime | None] = _col("C")
    handle: Mapped[str] = _col("C", String(200), default="")  # for changing it later; "" where that cannot be
    trouble: Mapped[str] = _col("C", String(200), default="")


# --- D: the connection ----------------------------------------------------------------------


class Connection(Base):
    __tablename__ = "connection"
    athlete_id: Mapped[int] = _owner("D", primary_key=True)
    strava_athlete_id: Mapped[int] = _col("D", BigInteger, unique=True)
    scope: Mapped[str] = _col("D", String(200))  # as granted, comma-separated
    access_sealed: Mapped[str] = _col("D", Text)
    refresh_sealed: Mapped[str] = _col("D", Text)
    expires_at: Mapped[datetime] = _col("D")
    connected_at: Mapped[datetime] = _col("D")
    trouble: Mapped[str] = _col("D", String(20), default="")  # "" | unauthorized | app_inactive | source_down
    trouble_since: Mapped[datetime | None] = _col("D")


# --- A, B: Strava's activities and what follows from them; a cache ---------------------------


class ActivityRow(Base):
    __tablename__ = "activity"
    athlete_id: Mapped[int] = _owner("A", primary_key=True)
    id: Mapped[int] = _col("A", BigInteger, primary_key=True, autoincrement=False)
    expires_at: Mapped[datetime] = _col("A", index=True)
    fetched_at: Mapped[datetime] = _col("A")
    start_at: Mapped[datetime] = _col("A")
    local_on: Mapped[date] = _col("A")
    sport_type: Mapped[str] = _col("A", String(60))
    facts: Mapped[dict[str, Any]] = _col("A")  # the fields of domain.Activity that are not columns here
    # B: the verdict
    kind: Mapped[str | None] = _col("B", String(10))
    verdict: Mapped[dict[str, Any] | None] = _col("B", JSON)
    judged_at: Mapped[datetime | None] = _col("B")  # None: to be judged, whatever verdict still stands
    __table_args__ = (
        Index("ix_activity_athlete_start", "athlete_id", "start_at"),
        Index(
            "ix_activity_unjudged",
            "athlete_id",
            "sport_type",
            "start_at",
            sqlite_where=text("judged_at IS NULL"),
            postgresql_where=text("judged_at IS NULL"),
        ),
    )


class ActivityDetail(Base):
    """What only the single read tells: splits, laps, the runner's rating. Listing does not renew it, so it
    has its own end.
    """

    __tablename__ = "activity_detail"
    athlete_id: Mapped[int] = _owner("A", primary_key=True)
    id: Mapped[int] = _col("A", BigInteger, primary_key=True, autoincrement=False)
    expires_at: Mapped[datetime] = _col("A", index=True)
    facts: Mapped[dict[str, Any]] = _col("A")


class RefusedActivity(Base):
    """An item that could not be read; shown to the operator, tried again with the next listing."""

    __tablename__ = "refused_activity"
    athlete_id: Mapped[int] = _owner("A", primary_key=True)
    id: Mapped[int] = _col("A", BigInteger, primary_key=True, autoincrement=False)
    expires_at: Mapped[datetime] = _col("A", index=True)
    reason: Mapped[str] = _col("A", String(200))
    refused_at: Mapped[datetime] = _col("A")


class Companion(Base):
    """A strength activity of the watch that may be a session of ours: asked about once."""

    __tablename__ = "companion"
    athlete_id: Mapped[int] = _owner("B", primary_key=True)
    activity_id: Mapped[int] = _col("B", BigInteger, primary_key=True, autoincrement=False)
    expires_at: Mapped[datetime] = _col("B", index=True)
    session_id: Mapped[int | None] = _col("B", Key)  # what it was counted as
    state: Mapped[str] = _col("B", String(8))  # counted | not


class PromptReason(Base):
    """Why a prompt was decided: names the activity, so it expires while the prompt itself stays."""

    __tablename__ = "prompt_reason"
    prompt_id: Mapped[int] = _col("B", Key, ForeignKey("prompt.id", ondelete="CASCADE"), primary_key=True)
    expires_at: Mapped[datetime] = _col("B", index=True)
    activity_id: Mapped[int | None] = _col("B", BigInteger)
    trigger: Mapped[str] = _col("B", String(20))
    wording: Mapped[str] = _col("B", String(12))
    reasons: Mapped[list[Any]] = _col("B")


class Outlook(Base):
    """What was last decided for today: the silence and its reason, or the prompt it became."""

    __tablename__ = "outlook"
    athlete_id: Mapped[int] = _owner("B", primary_key=True)
    expires_at: Mapped[datetime] = _col("B", index=True)
    decided_at: Mapped[datetime] = _col("B")
    local_on: Mapped[date] = _col("B")
    prompt_id: Mapped[int | None] = _col("B", Key)
    body: Mapped[dict[str, Any]] = _col("B")


class Sync(Base):
    """How far the reading has come."""

    __tablename__ = "sync"
    athlete_id: Mapped[int] = _owner("B", primary_key=True)
    expires_at: Mapped[datetime] = _col("B", index=True)
    backfill_started_at: Mapped[datetime | None] = _col("B")
    backfill_read: Mapped[int] = _col("B", default=0)
    backfill_share: Mapped[float] = _col("B", default=0.0)  # of the window, by start time
    backfilled_at: Mapped[datetime | None] = _col("B")
    listed_at: Mapped[datetime | None] = _col("B")
    last_event_at: Mapped[datetime | None] = _col("B")


class Work(Base):
    """Everything that is to be done, as rows: events, polls, pages, plans, prompts, deliveries."""

    __tablename__ = "work"
    id: Mapped[int] = _key("A")
    athlete_id: Mapped[int] = _owner("A")
    kind: Mapped[str] = _col("A", String(20))
    body: Mapped[dict[str, Any]] = _col("A", default=dict)  # may name an activity, hence the class
    lane: Mapped[str] = _col("A", String(4))
    due_at: Mapped[datetime] = _col("A")
    state: Mapped[str] = _col("A", String(4), default="open")  # open | done | dead
    attempts: Mapped[int] = _col("A", default=0)
    asked: Mapped[int] = _col("A", default=0)  # times it was asked for again while open
    dedup: Mapped[str | None] = _col("A", String(120), unique=True)
    error: Mapped[str] = _col("A", String(300), default="")
    created_at: Mapped[datetime] = _col("A")
    expires_at: Mapped[datetime] = _col("A")
    __table_args__ = (
        Index(
            "ix_work_open_due",
            "due_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_work_open_athlete",
            "athlete_id",
            "lane",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_work_expires", "expires_at"),
    )


# --- F: proof -------------------------------------------------------------------------------


class Consent(Base):
    """That somebody agreed to which text, when. No link to the account, so that it may stay."""

    __tablename__ = "consent"
    id: Mapped[int] = _key("F")
    subject_digest: Mapped[str] = _col("F", String(64), index=True)
    version: Mapped[str] = _col("F", String(20))
    scopes: Mapped[str] = _col("F", String(200))
    given_at: Mapped[datetime] = _col("F")


class Deletion(Base):
    __tablename__ = "deletion"
    id: Mapped[int] = _key("F")
    subject_digest: Mapped[str] = _col("F", String(64), index=True)
    what: Mapped[str] = _col("F", String(20))  # strava | account
    cause: Mapped[str] = _col("F", String(20))  # asked | revoked
    completed_at: Mapped[datetime] = _col("F")


# --- O: machinery ---------------------------------------------------------------------------


class Hold(Base):
    """The lease under which one athlete's work is done by one worker at a time."""

    __tablename__ = "hold"
    athlete_id: Mapped[int] = _owner("O", primary_key=True)
    owner: Mapped[str] = _col("O", String(40), default="")
    until: Mapped[datetime] = _col("O")


class Budget(Base):
    """The API's counters, one row a window and bucket."""

    __tablename__ = "budget"
    window: Mapped[str] = _col(
        "O", String(12), primary_key=True
    )  # quarter_all | quarter_read | day_all | day_read
    starts_at: Mapped[datetime] = _col("O")
    used: Mapped[int] = _col("O", default=0)
    limit: Mapped[int] = _col("O")


class HookState(Base):
    """The push subscription of this installation."""

    __tablename__ = "hook_state"
    subscription_id: Mapped[int] = _col("O", BigInteger, primary_key=True, autoincrement=False)
    callback_url: Mapped[str] = _col("O", String(300))
    created_at: Mapped[datetime] = _col("O")

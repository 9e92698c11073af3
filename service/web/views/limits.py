"""The runner's own limits in words: what a correction moved, and where they stand."""

from service.domain.effort import RunKind
from service.domain.rules import Rules
from service.domain.told import NO_OFFSETS, Offsets
from service.pipeline.corrections import Moved
from service.words import Words

MOST_DIGITS = 2  # of a percentage


def noted(said: RunKind, moved: Moved, rules: Rules, words: Words) -> str:
    """That the word was heard; in one more sentence what it moved, if it moved anything."""
    sentences = [words(f"today.corrected.{said.value}"), _moved(moved, rules, words)]
    return " ".join(filter(None, sentences))


def standing(offsets: Offsets, rules: Rules, words: Words) -> tuple[str, ...]:
    """A sentence for each limit that is no longer where it was for everybody."""
    changed = _changed(Moved(NO_OFFSETS, offsets), rules, words)
    lines = [words(f"settings.limit.{name}", usual=was, now=now) for name, (was, now) in changed.items()]
    if offsets.split_share:
        lines.append(words("settings.limit.split", share=offsets.split_share))
    return tuple(lines)


def _moved(moved: Moved, rules: Rules, words: Words) -> str:
    changed = _changed(moved, rules, words)
    if "pace" in changed and "heart" in changed:
        (pace_was, pace_now), (heart_was, heart_now) = changed["pace"], changed["heart"]
        shares = {"pace_was": pace_was, "pace_now": pace_now, "heart_was": heart_was, "heart_now": heart_now}
        return words("today.corrected.moved.both", **shares)
    for name, (was, now) in changed.items():
        return words(f"today.corrected.moved.{name}", was=was, now=now)
    return words("today.corrected.moved.split") if moved.after != moved.before else ""


def _changed(moved: Moved, rules: Rules, words: Words) -> dict[str, tuple[str, str]]:
    """Of each limit that moved, by name: what it was and what it is now, as told."""
    pairs = zip(shares(moved.before, rules).items(), shares(moved.after, rules).values(), strict=True)
    told = {name: _told(was, now, words) for (name, was), now in pairs}
    return {name: pair for name, pair in told.items() if pair[0] != pair[1]}


def shares(offsets: Offsets, rules: Rules) -> dict[str, float]:
    """Where runs count as easy: up to this share of the quick pace, among this share of the heart rates."""
    return {
        "pace": rules.effort.pace.centre_share + offsets.pace_share,
        "heart": rules.effort.heart.centre_share + offsets.heart_share,
    }


def _told(was: float, now: float, words: Words) -> tuple[str, str]:
    """In percent, with no more digits than it takes to tell them apart."""
    for digits in range(MOST_DIGITS):
        told = words.percent(was, digits), words.percent(now, digits)
        if told[0] != told[1]:
            return told
    return words.percent(was, MOST_DIGITS), words.percent(now, MOST_DIGITS)

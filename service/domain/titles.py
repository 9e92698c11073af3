"""What a run's title says the run was meant to be. The words: config/titles.toml."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import islice
from typing import NamedTuple

MOST_CHARACTERS = 300  # what stands behind is not read: no title is slow
STEM_LETTERS = 4  # at least so many before a star
NO_SPACES = "\u2e80"  # from here on scripts that do not part their words: Chinese, Japanese, Korean

# Letters and digits part ("zone2" is "zone 2"), as all but a few signs do. "30,5" and "5:30" are one number.
TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,:]\d+)*|[×✕✖*]|[.,;:!?+&|\n–—]|(?<=\s)-(?=\s)")
TIMES = frozenset("x×✕✖*х")  # the last one is Cyrillic
# Letters that Unicode does not take apart into a plain one and a mark.
UNFOLDED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
ANY_UNFOLDED = re.compile("[øłđıæœ]")
MARK = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Title:
    """The words, as written, that say what a run was meant to be; empty where there are none.

    ``part``: a warm-up or a cool-down. Not easy: it tells of a session that came before or is to come.
    """

    easy: str = ""
    hard: str = ""
    race: str = ""
    part: str = ""
    long: str = ""


@dataclass(frozen=True, slots=True)
class WordRules:
    """Words of all languages together; what each list does is said in config/titles.toml.

    Case and accents do not matter. A trailing ``*`` also takes longer words.
    """

    easy: tuple[str, ...] = ()
    hard: tuple[str, ...] = ()
    race: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    not_easy: tuple[str, ...] = ()
    not_hard: tuple[str, ...] = ()
    not_race: tuple[str, ...] = ()
    not_long: tuple[str, ...] = ()
    strides: tuple[str, ...] = ()
    run_walk: tuple[str, ...] = ()
    rests: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    index: "_Index" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", _Index(self))


NEEDED = ("easy", "hard", "race")  # of each language; the other lists may be left out


def parse_words(mapping: Mapping[str, object]) -> WordRules:
    """Read config/titles.toml, a table per language. Raises ValueError naming the language and key."""
    lists: dict[str, dict[str, None]] = {each.name: {} for each in fields(WordRules) if each.init}
    if not mapping:
        raise ValueError("titles: a table of words is missing")
    for language, table in mapping.items():
        if not isinstance(table, Mapping):
            raise ValueError(f"titles: {language} must be a table")
        for key in NEEDED:
            if key not in table:
                raise ValueError(f"titles: {language}.{key} is missing")
        for key, value in table.items():
            if key not in lists:
                raise ValueError(f"titles: {language}.{key} is not a known key")
            lists[key].update(dict.fromkeys(_words(value, f"{language}.{key}")))
    return WordRules(**{key: tuple(words) for key, words in lists.items()})


def _words(value: object, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        raise ValueError(f"titles: {path} must be a list, not {value!r}")
    for word in value:
        phrase = _phrase(word) if isinstance(word, str) else ()
        if not any(text.isalnum() for text, _ in phrase):
            raise ValueError(f"titles: {path} must hold words, not {word!r}")
        if any(stem and len(text) < STEM_LETTERS for text, stem in phrase):
            raise ValueError(f"titles: {path}: {word!r} needs {STEM_LETTERS} letters before the star")
        if len(phrase) > 1 and any(_has_no_spaces(text) for text, _ in phrase):
            raise ValueError(f"titles: {path}: {word!r} is more than one word")
        yield word


def read_title(name: str, words: WordRules) -> Title:
    """A word counts unless it is denied ("no tempo") or part of a longer one that means something else
    ("on track"); a word of a race only where nothing speaks of the days around it ("race week").
    """
    name = unicodedata.normalize("NFC", name[:MOST_CHARACTERS])
    tokens = TOKEN.findall(_folded(name))
    hits = words.index.hits(tokens)
    return _Reading(name, tokens, hits, words.index).title() if hits else NOTHING


NOTHING = Title()


@cache
def word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of them as whole words; ``physio*`` also matches "physiotherapy". No words match nothing."""
    parts = [re.escape(word).replace(r"\*", r"\w*") for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)", re.IGNORECASE)


# --- the index -------------------------------------------------------------------------------

# What a phrase says. Of those that begin at one place the longest wins, for each of these by itself.
EASY, HARD, RACE, PART, LONG, REPEATS, NOT_RACE, STRIDES, RUN_WALK, NEGATION = SENSES = range(10)
NAMES = {EASY: "easy", HARD: "hard", REPEATS: "hard", RACE: "race", PART: "part", LONG: "long"}  # in Title

_Phrase = tuple[tuple[str, bool], ...]  # its tokens, each with whether longer words count, too


class _Entry(NamedTuple):
    first: str
    rest: _Phrase
    says: tuple[tuple[int, bool], ...]  # what, and whether it says so or takes it back


class _Hit(NamedTuple):
    start: int  # in tokens
    end: int
    sense: int
    counts: bool = True  # False: the longer phrase means something else
    text: str = ""  # where it is a part of a token


class _Index:
    """Phrases by their first word, so that a title costs a look-up for each of its words."""

    def __init__(self, words: WordRules) -> None:
        self.between = _singles(words.between)
        self.joining = _singles(words.joining)
        self.times = TIMES | _singles(words.times)
        self.repeated = _singles(words.repeated)
        self.rests = _singles(words.rests)
        self.whole: dict[str, list[_Entry]] = {}
        self.stems: dict[str, list[_Entry]] = {}  # by their first four letters
        self.inside: dict[str, _Entry] = {}  # in languages that write no spaces
        says = _says(words)
        for phrase in sorted(says, key=_length, reverse=True):
            (first, stem), *rest = phrase
            entry = _Entry(first, tuple(rest), tuple(says[phrase].items()))
            if _has_no_spaces(first):
                self.inside[first] = entry
            elif stem:
                self.stems.setdefault(first[:STEM_LETTERS], []).append(entry)
            else:
                self.whole.setdefault(first, []).append(entry)
        self.any_inside = re.compile("|".join(map(re.escape, self.inside)) or r"(?!)")

    def hits(self, tokens: Sequence[str]) -> list[_Hit]:
        """What the tokens say, from left to right."""
        found: list[_Hit] = []
        free = [0] * len(SENSES)  # where the next hit of each may begin
        whole, stems, times = self.whole, self.stems, self.times
        for start, token in enumerate(tokens):
            if token in whole:
                _take(whole[token], tokens, start, found, free)
            if (head := token[:STEM_LETTERS]) in stems:
                longer = [entry for entry in stems[head] if token.startswith(entry.first)]
                _take(longer, tokens, start, found, free)
            if token in times:
                found += self._repeats(tokens, start)
            if not token.isascii() and _has_no_spaces(token):
                found += self._inside(token, start)
        return found

    def _inside(self, token: str, start: int) -> Iterator[_Hit]:
        for match in self.any_inside.finditer(token):
            for sense, counts in self.inside[match[0]].says:
                yield _Hit(start, start + 1, sense, counts, match[0])

    def _repeats(self, tokens: Sequence[str], at: int) -> Iterator[_Hit]:
        """``at``: the sign between "6" and "400"; "1000 m x 6" and "6 x hill" are repeats, too."""
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if at >= 1 and _is_count(tokens[at - 1]) and (after[:1].isdecimal() or after in self.repeated):
            has_unit = at + 2 < len(tokens) and tokens[at + 2] in self.repeated
            yield _Hit(at - 1, at + 3 if has_unit else at + 2, REPEATS)
        elif at >= 2 and _is_count(after) and tokens[at - 1] in self.repeated and tokens[at - 2].isdecimal():
            yield _Hit(at - 2, at + 2, REPEATS)


def _says(words: WordRules) -> dict[_Phrase, dict[int, bool]]:
    lists = (
        (words.easy, EASY, True),
        (words.not_easy, EASY, False),
        (words.hard, HARD, True),
        (words.not_hard, HARD, False),
        (words.strides, STRIDES, True),
        (words.race, RACE, True),
        (words.not_race, NOT_RACE, True),
        (words.part, PART, True),
        (words.long, LONG, True),
        (words.not_long, LONG, False),
        (words.run_walk, RUN_WALK, True),
        (words.negations, NEGATION, True),
    )
    says: dict[_Phrase, dict[int, bool]] = {}
    for phrases, sense, counts in lists:
        for phrase in phrases:
            says.setdefault(_phrase(phrase), {})[sense] = counts
    return says


def _take(
    entries: Iterable[_Entry], tokens: Sequence[str], start: int, found: list[_Hit], free: list[int]
) -> None:
    """Add the longest matching entry for each sense, unless a phrase begun earlier covers this place."""
    for _, rest, says in entries:
        if rest and not _continues(rest, tokens, start + 1):
            continue
        for sense, counts in says:
            if free[sense] <= start:
                free[sense] = start + 1 + len(rest)
                found.append(_Hit(start, free[sense], sense, counts))


def _continues(rest: _Phrase, tokens: Sequence[str], at: int) -> bool:
    if at + len(rest) > len(tokens):
        return False
    for text, stem in rest:  # no all(): most titles come here, and nearly all end at the first word
        if tokens[at] != text and not (stem and tokens[at].startswith(text)):
            return False
        at += 1
    return True


# --- what counts of it -----------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    name: str
    tokens: Sequence[str]
    hits: Sequence[_Hit]  # at least one
    index: _Index
    senses: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.senses = {hit.sense for hit in self.hits}

    def title(self) -> Title:
        texts: dict[str, str] = {}
        denied_to: dict[str, int] = {}  # ends of the last denied hits: "no tempo or intervals"
        for hit in self.hits:
            name = NAMES.get(hit.sense)
            if name is None or not hit.counts or name in texts:
                continue
            if self._is_denied(hit, denied_to.get(name, -1)):
                denied_to[name] = hit.end
            elif not self._means_another(hit):
                texts[name] = hit.text or self._written(hit)
        return Title(**texts)

    def _means_another(self, hit: _Hit) -> bool:
        """Whether it speaks of another run, of the rests, or of strides."""
        if hit.sense == EASY:
            return REPEATS in self.senses and self._is_rest(hit)
        if hit.sense == REPEATS:
            return self._is_strides(hit)
        return hit.sense == RACE and NOT_RACE in self.senses

    def _is_denied(self, hit: _Hit, denied_to: int) -> bool:
        if NEGATION not in self.senses:
            return False
        ends = {other.end for other in self.hits if other.sense == NEGATION}
        at = hit.start
        while at not in ends and at > 0 and self.tokens[at - 1] in self.index.between:
            at -= 1
        if at in ends:
            return True
        while at > 0 and self.tokens[at - 1] in self.index.joining:
            at -= 1
        return at == denied_to

    def _is_strides(self, repeats: _Hit) -> bool:
        """Whether these are repeats of what is not hard, or of a run and walk: "6x100 m strides"."""
        return RUN_WALK in self.senses or any(
            other.sense == STRIDES and self._belongs(repeats, other) for other in self.hits
        )

    def _belongs(self, repeats: _Hit, strides: _Hit) -> bool:
        """Whether at most two words, and none that begins something else, part them; a lap of rest does not
        belong.
        """
        if strides.end < len(self.tokens) and self.tokens[strides.end] in self.index.rests:
            return False
        first, second = sorted((repeats, strides))
        apart = self.tokens[first.end : second.start]
        return len(apart) <= 2 and not any(
            token in self.index.joining or not token.isalnum() for token in apart
        )

    def _is_rest(self, hit: _Hit) -> bool:
        """Whether it says how easy it was between repeats: "6x400, 200 m jog"."""
        ends = [other.end for other in self.hits if other.sense == REPEATS and other.end <= hit.start]
        if not ends or all(self._is_strides(other) for other in self.hits if other.sense == REPEATS):
            return False
        before = hit.start - 1
        if before > ends[-1] and self.tokens[before] in self.index.repeated:
            before -= 1
        is_measured = before >= ends[-1] and self.tokens[before][0].isdecimal()
        return is_measured or self.tokens[hit.start] in self.index.rests

    def _written(self, hit: _Hit) -> str:
        """As the title has it, without brackets and what cannot be printed."""
        places = list(islice(TOKEN.finditer(self.name), hit.start, hit.end))
        tokens = self.tokens[hit.start : hit.end]
        if [_folded(place[0]) for place in places] != tokens:  # some sign stands for several letters
            return " ".join(tokens)
        if len(places) == 1:
            return places[0][0]
        written = self.name[places[0].start() : places[-1].end()].replace("(", "")
        return " ".join("".join(sign if sign.isprintable() else " " for sign in written).split())


# --- words -----------------------------------------------------------------------------------


@cache
def _phrase(words: str) -> _Phrase:
    """Tokens of a configured phrase."""
    phrase: list[tuple[str, bool]] = []
    for word in words.split():
        tokens = TOKEN.findall(_folded(word.rstrip("*")))
        stems = [False] * (len(tokens) - 1) + [word.endswith("*")]
        phrase += zip(tokens, stems, strict=False)
    return tuple(phrase)


def _folded(text: str) -> str:
    """Without case and accents, and with full-width and mathematical letters as plain ones."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    if ANY_UNFOLDED.search(plain):
        plain = plain.translate(UNFOLDED)
    return unicodedata.normalize("NFC", MARK.sub("", plain))


def _singles(words: Iterable[str]) -> frozenset[str]:
    return frozenset(text for word in words for text, _ in _phrase(word))


def _length(phrase: _Phrase) -> tuple[int, int]:
    return len(phrase), sum(len(text) for text, _ in phrase)


def _has_no_spaces(token: str) -> bool:
    return max(token) >= NO_SPACES


def _is_count(token: str) -> bool:
    return token.isdecimal() and len(token) <= 2 and int(token) >= 2

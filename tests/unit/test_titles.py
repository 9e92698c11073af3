"""What runners mean by the titles of their runs, in many languages."""

import re
import tomllib
import unicodedata
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.titles import NEEDED, Title, WordRules, parse_words, read_title, word_pattern
from tests.builders import CONFIG, the_words

WORDS = the_words()
FILE: dict[str, dict[str, list[str]]] = tomllib.loads((CONFIG / "titles.toml").read_text("utf-8"))


def says(title: str) -> str:
    """The names of what it says, in order: "easy hard"."""
    read = read_title(title, WORDS)
    return " ".join(each.name for each in fields(Title) if getattr(read, each.name))


def titles(*blocks: tuple[str, str]) -> list[Any]:
    """One case for each line of each block: what all of them say, and the lines."""
    return [
        pytest.param(line.strip(), meaning, id=line.strip())
        for meaning, lines in blocks
        for line in lines.strip().splitlines()
    ]


# The platform's own, in its languages, and those of watches and of virtual courses.
AUTOMATIC = """
    Morning Run
    Lunch Run
    Afternoon Run
    Evening Run
    Night Run
    Morning Trail Run
    Afternoon Virtual Run
    Morning Workout
    Evening Workout
    Treadmill Running
    Zwift - Watopia
    Outdoor Run
    Lauf am Morgen
    Lauf am Mittag
    Lauf zur Mittagszeit
    Lauf am Nachmittag
    Lauf am Abend
    Lauf in der Nacht
    Traillauf am Morgen
    Zürich Laufen
    Course à pied le matin
    Course à pied du midi
    Course à pied dans l’après-midi
    Course à pied en soirée
    Course à pied de nuit
    Trail le matin
    Corsa mattutina
    Corsa all’ora di pranzo
    Corsa pomeridiana
    Corsa serale
    Sessione notturna di corsa
    Carrera de mañana
    Carrera por la mañana
    Carrera a la hora del almuerzo
    Carrera vespertina
    Carrera de noche
    Corrida matinal
    Corrida na hora do almoço
    Corrida vespertina
    Corrida da tarde
    Corrida noturna
    Ochtendloop
    Lunchloop
    Middagloop
    Avondloop
    Hardlopen in de ochtend
    Hardloopsessie in de avond
    Cursa matinal
    Cursa de tarda
    Morgonlöpning
    Löpning på lunchen
    Kvällslöpning
    Morgenløp
    Løpetur om ettermiddagen
    Morgenløb
    Løb om aftenen
    Aamujuoksu
    Juoksu iltapäivällä
    Poranny bieg
    Bieg w porze lunchu
    Popołudniowy bieg
    Wieczorny bieg
    Ranní běh
    Odpolední běh
    Večerní běh
    Утренний забег
    Вечерний забег
    朝のランニング
    午後のランニング
    夕方のランニング
    夜のランニング
    晨间跑步
    下午跑步
    夜間跑步
    오전 달리기
    저녁 러닝
"""


@pytest.mark.parametrize("title", AUTOMATIC.strip().splitlines())
def test_titles_given_by_the_platform_say_nothing(title: str) -> None:
    assert read_title(title.strip(), WORDS) == Title()


@pytest.mark.parametrize(
    ("title", "meaning"),
    titles(
        (
            "easy",
            """
            Easy 8k
            EASY!!!
            😴 easy-peasy 🐢
            Recovery run
            Zone2 with Tom
            Z 2 / 60 min
            shake out
            Take it slow
            lockerer Dauerlauf
            Lockeres Läufchen, 8km
            Regenerationslauf
            ganz gemütlich um den See
            GA1 an der Isar
            leichter Dauerlauf
            im ruhigen Tempo
            ruhiges Tempo, 10 km
            fondo lento
            corsa rigenerante
            8 km facili, molto tranquilla
            Footing
            Récup du lundi
            RECUP
            Endurance fondamentale
            EF 50'
            Sortie tranquillou
            Décrassage
            Rodaje suave
            trote regenerativo
            Muy tranquilo
            Soltando piernas
            Rustig rondje
            rustige duurloop 12 km
            Hersteltraining
            duurloop 1
            Corrida leve
            Rodagem regenerativa
            10 km soltinho
            Rodatge suau
            Recuperació
            Lugn jogg
            Återhämtningspass
            lugnt tempo
            Rolig tur
            Restitusjonsøkt
            Roligt løb i skoven
            roligt tempo
            Kevyt lenkki
            Palauttava
            PK-lenkki
            Spokojne wybieganie
            luźno po pracy
            Rozbieganie
            Volný klus
            Regenerační běh v pohodě
            Лёгкий бег
            легкая пробежка
            Восстановительный
            ジョグ
            朝ジョグ8km
            疲労抜きジョグ
            ゆるラン
            轻松跑
            5公里輕鬆跑
            恢复跑 6K
            회복런
            아침 조깅 5km
            """,
        ),
        (
            "hard",
            """
            Tempo Tuesday
            Threshold 3x10min
            hard
            VO2max
            VO₂ max session
            6x400 on the track
            5 × 1 km
            3x(1'/1')
            10x1min
            4*1000
            2 x 20
            ５×１０００
            1000m x 5
            6 by 800
            8 x hill
            12×400m, 200m jog
            5x1k with 2 min slow
            5x1k (1 lap jog)
            6x400 and 4x100 strides
            Yasso 800s
            30/30
            Fast finish
            10 @ MP
            Marathon pace
            Race pace 8k
            Mile repeats
            TDL 8 km
            Intervalltraining
            Tempodauerlauf
            Hügelsprints
            6 mal 1000
            1000er auf der Bahn
            im Marathontempo
            Steigerungslauf
            ripetute
            10 km di medio
            Progressivo
            in pista
            Variazioni di ritmo
            Fractionné court
            séance VMA 30"/30"
            Seuil 3x8'
            10 fois 400
            Allure semi
            Series 5x1000
            cambios de ritmo
            6 x cuesta
            ritmo de carrera
            Duurloop 3
            intervaltraining 8x400
            Blokken van 10 min
            Tiros de 400
            Intervalado
            Ritmo de prova
            Llindar 3x10
            Canvis de ritme
            Tröskelpass
            Backintervaller
            Terskel 5x6 min
            Bakkedrag
            Tærskelløb
            Intervaller
            Vetoja 6x3min
            Vauhtikestävyys
            Interwały 8x400
            Podbiegi
            drugi zakres
            Úseky na dráze
            Tempový běh
            Интервалы 6х400
            Темповый бег
            5 по 1000
            インターバル
            1000m×5本
            閾値走
            ペース走10km
            坂ダッシュ
            间歇 400×8
            節奏跑
            인터벌 훈련
            """,
        ),
        (
            "race",
            """
            Berlin Marathon
            Race day!
            parkrun #250
            Half-marathon PB
            sub-3 marathon 🏅
            Wettkampf
            Hamburg Halbmarathon
            Silvesterlauf
            Gara
            Maratona di Roma
            Mezza maratona
            Semi-marathon de Paris
            Compétition
            Media maratón de Valencia
            Carrera popular
            Halve marathon
            Clubwedstrijd: wedstrijd 10 km
            Maratona do Porto
            Meia maratona
            Mitja marató
            Tävling
            Göteborgsvarvet
            Konkurranse
            Motionsløb
            Puolimaraton
            Zawody
            Półmaraton Warszawski
            Závod
            Půlmaraton
            Полумарафон
            東京マラソン
            記録会5000m
            北京马拉松
            半馬
            춘천 마라톤
            """,
        ),
        (
            "part",
            """
            W/U
            Warm up
            WU
            cool-down
            Einlaufen
            Auslaufen
            Riscaldamento
            Échauffement
            Calentamiento
            Inlopen
            Aquecimento
            Escalfament
            Uppvärmning
            Oppvarming
            Opvarmning
            Alkuverryttely
            Rozgrzewka
            Rozklusání
            Разминка
            ウォーミングアップ
            クールダウン
            热身
            워밍업
            """,
        ),
        (
            "long",
            """
            Long Run
            Sunday long run
            LSD
            langer Lauf
            Longjog 28 km
            lungo 30 km
            Sortie longue
            Tirada larga
            Lange duurloop
            Longão
            Tirada llarga
            Långpass
            Langtur
            lang tur
            Pitkä lenkki
            Długie wybieganie
            Dlouhý běh
            Длительный бег
            ロング走
            长距离
            장거리
            """,
        ),
        (
            "easy hard",
            """
            easy 10 with 6x400
            Easy with tempo
            locker mit 3x1000
            Footing progressif
            6x400 easy
            """,
        ),
        ("easy long", "Easy long run\nロングジョグ\nlungo lento\nlanger langsamer Lauf"),
        ("easy part", "Easy WU"),
        ("race part", "2 mile warmup + 5k race + 2 mile cooldown"),
        ("hard part", "2k WU, 4x1 mile, CD\nEinlaufen, 5x1000, Auslaufen"),
        ("hard long", "Long run with MP finish"),
    ),
)
def test_a_title_says_what_a_runner_would_read_in_it(title: str, meaning: str) -> None:
    assert says(title) == meaning


@pytest.mark.parametrize(
    ("title", "meaning"),
    titles(
        (
            "",
            """
            not easy
            Not so easy
            wasn’t easy
            Anything but easy
            Supposed to be easy
            no tempo
            no tempo or intervals
            without intervals
            Skipped the intervals
            Day after intervals
            No race today
            kein Tempo
            ohne Intervalle
            ohne harte Intervalle
            Nicht ganz locker
            alles andere als locker
            sollte locker werden
            senza ripetute
            non troppo facile
            sans fractionné
            pas si facile
            sin series
            nada fácil
            zonder tempo
            niet zo rustig
            sem tiros
            não foi fácil
            utan intervaller
            inte så lugnt
            uten terskel
            ikke så rolig
            uden intervaller
            ilman vetoja
            bez interwałów i bez podbiegów
            ne moc volně
            без интервалов
            не очень легко
            不轻松
            """,
        ),
        (
            "easy",
            """
            no tempo, just easy
            Easy instead of intervals
            Kein Tempo, locker
            Recovery after intervals
            Easy, no strides
            Run no. 3, easy
            No watch, easy
            no music easy run
            """,
        ),
        ("hard", "no easy day: 6x400\nNot easy: tempo"),
        ("race", "No watch, parkrun"),
    ),
)
def test_what_is_denied_does_not_count(title: str, meaning: str) -> None:
    assert says(title) == meaning


@pytest.mark.parametrize(
    ("title", "meaning"),
    titles(
        (
            "easy",
            """
            Easy + 4x100 strides
            Easy run, 6 x 20 sec hill strides
            locker, 5x80 m Steigerungen
            Easy 3 x 2 km loop
            """,
        ),
        (
            "",
            """
            Strides
            6x100 strides
            Strides 6x100
            Steigerungen
            8 x 100m allunghi
            lignes droites 6x80
            4 x 80 m progresivos
            6x80m versnellingen
            Stegringslopp
            Przebieżki 6x100
            流し100m×5
            C25K W3D1 8x60s
            Run/walk 10x1min
            """,
        ),
    ),
)
def test_strides_laps_and_walking_breaks_are_not_hard(title: str, meaning: str) -> None:
    assert says(title) == meaning


@pytest.mark.parametrize(
    ("title", "meaning"),
    titles(
        (
            "",
            """
            Race week
            Pre-race
            After the race
            Marathon training
            London Marathon training week 5
            3 weeks to go until Boston Marathon
            Marathonvorbereitung
            Marathonvorbereitung KW 33
            Marathon block
            Woche vor dem Wettkampf
            Allenamento maratona
            Prépa marathon
            Entrenamiento maratón
            Marathontraining
            Treino para a maratona
            Marathonträning
            Trening do maratonu
            Příprava na maraton
            Подготовка к марафону
            マラソン練習
            马拉松训练
            마라톤 준비
            Race Street
            The rat race
            """,
        ),
        (
            "easy",
            """
            Race recovery
            Shakeout before the marathon
            locker nach dem Wettkampf
            Récup après semi-marathon
            """,
        ),
        ("hard", "Race pace\nMarathontempo\nAllure marathon\nRitmo gara\nマラソンペース走\n马拉松配速"),
        ("part", "Warm up for the race\nEinlaufen vor dem Wettkampf"),
    ),
)
def test_the_days_around_a_race_are_no_race(title: str, meaning: str) -> None:
    assert says(title) == meaning


@pytest.mark.parametrize(
    "title",
    """
    Jogginghose [[{0}
    Corsa lungo il Po
    Lungo l'Adige
    In the long run
    Back on track
    Milford Track
    Hard Rock Café
    Hard to get out of bed
    Rolling hills
    Beverly Hills
    Côtes d'Armor
    Pista ciclabile
    Brutto tempo
    Muito tempo sem correr
    Tempo-30-Zone
    Tempo rausgenommen
    El temporal de ayer
    Primera carrera de la temporada
    Intervallfasten
    Roligt med vänner
    rolig runda
    Lätt regn
    Lett snø
    Let it snow
    Soleil qui se lève
    Lente in het bos
    Lockerbie
    Core workout
    Winter series
    2x per week
    2024-05-06
    06.05. 15:15 Uhr
    30.30 km
    1 x 5 km
    Niagara
    トレースラン
    """.strip().splitlines(),
)
def test_places_dates_and_weather_say_nothing(title: str) -> None:
    assert says(title.strip()) == ""


def test_a_title_without_words_says_nothing() -> None:
    for title in ("", " ", "🏃🏃", "123", "\x00\x07", "\u202e\u202d", "???"):
        assert read_title(title, WORDS) == Title()


def test_the_words_are_shown_as_written() -> None:
    assert read_title("Ganz LOCKERER Lauf", WORDS).easy == "LOCKERER"
    assert read_title("Die Récup du lundi", WORDS).easy == "Récup"
    assert read_title(unicodedata.normalize("NFD", "Die Récup du lundi"), WORDS).easy == "Récup"
    assert read_title("oggi 5 × 1 km!", WORDS).hard == "5 × 1 km"
    assert read_title("3x(1'/1')", WORDS).hard == "3x1"
    assert read_title("Zone\x00\n 2", WORDS).easy == ""
    assert read_title("Zone\u202e  2", WORDS).easy == "Zone 2"
    assert read_title("今日のインターバル走", WORDS).hard == "インターバル"
    assert read_title("🅴 𝐄𝐚𝐬𝐲", WORDS).easy == "𝐄𝐚𝐬𝐲"


# --- every word -----------------------------------------------------------------------------

SAYING = ("easy", "hard", "race", "part", "long")
CASES = [(key, word) for table in FILE.values() for key in SAYING for word in table.get(key, [])]


def test_every_word_of_every_language_says_what_its_list_says() -> None:
    """Alone in a title, so that no word is shadowed by another language's."""
    silent = [(key, word) for key, word in CASES if key not in says(word.replace("*", "")).split()]
    also_denied = {("race", word) for word in _also("not_race")}
    assert len(CASES) > 700
    assert [case for case in silent if case not in also_denied] == []


def _also(key: str) -> set[str]:
    return {word for table in FILE.values() for word in table.get(key, [])}


def test_words_mean_one_thing_in_all_languages() -> None:
    """Neither both easy and hard, nor a race or a part besides."""
    both = {
        word: says(word.replace("*", ""))
        for key, word in CASES
        if {"easy", "hard"} <= set(says(word.replace("*", "")).split())
        or (key in ("easy", "hard") and "race" in says(word.replace("*", "")).split())
    }
    assert both == {}


def test_no_list_names_a_word_twice() -> None:
    for language, table in FILE.items():
        for key, words in table.items():
            folded = [unicodedata.normalize("NFC", word).casefold() for word in words]
            assert len(folded) == len(set(folded)), f"{language}.{key}"


# --- properties -----------------------------------------------------------------------------

WORD = st.sampled_from(
    [word.replace("*", "") for table in FILE.values() for words in table.values() for word in words]
)
FRAGMENT = st.one_of(
    WORD, st.text(max_size=12), st.sampled_from(["6x400", "no", "kein", " + ", "×", "(", "5", "m"])
)


@given(st.text(max_size=5000))
@settings(max_examples=150, deadline=500)
def test_any_text_can_be_read(title: str) -> None:
    read = read_title(title, WORDS)
    assert all(len(getattr(read, each.name)) <= 300 for each in fields(Title))


@given(st.lists(FRAGMENT, max_size=12).map(" ".join))
@settings(max_examples=300, deadline=500)
def test_case_accents_and_composition_do_not_matter(title: str) -> None:
    meaning = says(title[:150])
    assert says(unicodedata.normalize("NFD", title[:150])) == meaning
    assert says(unicodedata.normalize("NFC", title[:150])) == meaning


@given(st.lists(WORD, min_size=1, max_size=6).map(" ".join))
def test_capitals_do_not_matter(title: str) -> None:
    assert says(title.upper()) == says(title)


@given(st.lists(FRAGMENT, max_size=10).map(" ".join))
def test_what_is_shown_can_be_printed(title: str) -> None:
    read = read_title(title, WORDS)
    for each in fields(Title):
        assert getattr(read, each.name).isprintable()


@pytest.mark.parametrize(
    "fragment", ["easy ", "6x400 ", "no ", "x", "6x", "no so ", "マラソン", "\u202e", "é", "6x400 strides "]
)
def test_a_title_of_five_thousand_signs_is_read_as_far_as_it_is_sensible(fragment: str) -> None:
    long = (fragment * 5000)[:5000]
    assert read_title(long, WORDS) == read_title(long[:300], WORDS)


# --- the file -------------------------------------------------------------------------------


def a_file(**changes: object) -> dict[str, object]:
    return {"en": {"easy": ["easy"], "hard": ["hard"], "race": ["race"], **changes}}


def test_languages_are_read_together() -> None:
    read = parse_words({**a_file(), "de": {"easy": ["locker*"], "hard": [], "race": [], "joining": ["und"]}})
    assert read.easy == ("easy", "locker*")
    assert read_title("Lockerer Lauf", read) == Title(easy="Lockerer")
    assert read == parse_words(
        {**a_file(), "de": {"easy": ["locker*"], "hard": [], "race": [], "joining": ["und"]}}
    )


def test_lists_left_out_are_empty() -> None:
    assert parse_words(a_file()) == WordRules(easy=("easy",), hard=("hard",), race=("race",))


@pytest.mark.parametrize(
    ("mapping", "line"),
    [
        ({}, "titles: a table of words is missing"),
        ({"en": ["easy"]}, "titles: en must be a table"),
        (a_file(easy="easy"), "titles: en.easy must be a list, not 'easy'"),
        (a_file(easy=[3]), "titles: en.easy must hold words, not 3"),
        (a_file(part=["..."]), "titles: en.part must hold words, not '...'"),
        (a_file(part=[""]), "titles: en.part must hold words, not ''"),
        (a_file(slow=["slow"]), "titles: en.slow is not a known key"),
        (a_file(index=["slow"]), "titles: en.index is not a known key"),
        (a_file(hard=["vo*"]), "titles: en.hard: 'vo*' needs 4 letters before the star"),
        (a_file(easy=["ゆる ラン"]), "titles: en.easy: 'ゆる ラン' is more than one word"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_its_language(mapping: dict[str, object], line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(line)):
        parse_words(mapping)


@pytest.mark.parametrize("key", NEEDED)
def test_a_language_without_the_needed_lists_is_named(key: str) -> None:
    table = {name: ["word"] for name in NEEDED if name != key}
    with pytest.raises(ValueError, match=rf"titles: nl\.{key} is missing"):
        parse_words({**a_file(), "nl": table})


# --- plain words ----------------------------------------------------------------------------


def test_a_pattern_of_words_takes_whole_words_and_with_a_star_longer_ones() -> None:
    found = word_pattern(("knee*", "rehab"))
    assert found.search("Knees and hips")
    assert found.search("REHAB!")
    assert not found.search("prehab")
    assert not word_pattern(()).search("anything")

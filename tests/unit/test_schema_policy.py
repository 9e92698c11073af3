"""Every column belongs to a data class, each class stays in its place: the schema keeps the policy.

Source: Strava API Policy of 2026-06-01, 5.5, 5.7, 6.2, 7.4.
"""

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table

from service.domain.activity import Activity, Split
from service.pipeline.purge import cache_tables
from service.store.tables import Base

CLASSES = frozenset("ABCDFO")
CACHED = frozenset("AB")
PLACE = re.compile(
    r"(^|_)(lat|lng|lon|latlng|latitude|longitude|polyline|map|geo|gps|coordinates?|place)s?(_|$)"
)


def breaches(metadata: MetaData) -> Iterator[str]:
    """One line per breach."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.info.get("data_class") not in CLASSES:
                yield f"{table.name}.{column.name} has no data class"
            if PLACE.search(column.name):
                yield f"{table.name}.{column.name} would hold a place"
        yield from _misplaced(table)


def _misplaced(table: Table) -> Iterator[str]:
    found = {column.info.get("data_class") for column in table.columns}
    if found & CACHED:
        yield from _not_a_cache(table)
        if found - CACHED:
            yield f"{table.name} mixes what expires with what stays"
    if "D" in found and table.name != "connection":
        yield f"{table.name} holds a connection"
    if "F" in found and (found != {"F"} or table.foreign_keys):
        yield f"{table.name} is proof and must name nobody"


def _not_a_cache(table: Table) -> Iterator[str]:
    ends = table.columns.get("expires_at")
    if ends is None or ends.nullable:
        yield f"{table.name} never expires"
    elif not any(index.columns.keys()[:1] == ["expires_at"] for index in table.indexes):
        yield f"{table.name}.expires_at has no index"
    if not any(key.ondelete == "CASCADE" for key in table.foreign_keys):
        yield f"{table.name} outlives its account"


def test_the_schema_keeps_the_policy() -> None:
    assert list(breaches(Base.metadata)) == []


def test_only_the_connection_holds_the_runners_number_at_strava() -> None:
    named = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if "strava" in column.name
    ]
    assert named == ["connection.strava_athlete_id"]


@pytest.mark.parametrize("shape", [Activity, Split])
def test_a_parsed_activity_has_no_field_for_a_place(shape: type) -> None:
    assert [field.name for field in fields(shape) if PLACE.search(field.name)] == []


def test_the_purge_empties_every_table_that_holds_something_of_strava() -> None:
    assert set(cache_tables()) == {
        "activity",
        "activity_detail",
        "refused_activity",
        "prompt_reason",
        "outlook",
        "companion",
        "sync",
        "work",
    }


# --- the walk can fail ----------------------------------------------------------------------


def a_column(name: str, data_class: str | None, *more: object, **options: object) -> Column[int]:
    info = {"data_class": data_class} if data_class else {}
    return Column(name, Integer, *more, info=info, **options)  # type: ignore[arg-type]


def an_owner(data_class: str) -> Column[int]:
    return a_column("athlete_id", data_class, ForeignKey("athlete.id", ondelete="CASCADE"))


def an_end(**options: object) -> Column[int]:
    return a_column("expires_at", "A", **({"nullable": False, "index": True} | options))


@pytest.mark.parametrize(
    ("columns", "breach"),
    [
        ([a_column("kind", None)], "thing.kind has no data class"),
        ([a_column("kind", "E")], "thing.kind has no data class"),
        ([an_owner("A"), a_column("facts", "A")], "thing never expires"),
        ([an_owner("A"), an_end(nullable=True)], "thing never expires"),
        ([an_owner("A"), an_end(index=False)], "thing.expires_at has no index"),
        ([a_column("id", "A"), an_end()], "thing outlives its account"),
        ([an_owner("B"), an_end(), a_column("answer", "C")], "thing mixes what expires with what stays"),
        ([an_owner("C"), a_column("access_sealed", "D")], "thing holds a connection"),
        ([a_column("version", "F"), a_column("name", "C")], "thing is proof and must name nobody"),
        ([an_owner("F"), a_column("version", "F")], "thing is proof and must name nobody"),
        ([a_column("start_lat", "C")], "thing.start_lat would hold a place"),
        ([a_column("summary_polyline", "C")], "thing.summary_polyline would hold a place"),
        ([a_column("map", "C")], "thing.map would hold a place"),
    ],
)
def test_the_walk_finds(columns: list[Column[int]], breach: str) -> None:
    metadata = MetaData()
    Table("athlete", metadata, Column("id", Integer, primary_key=True, info={"data_class": "C"}))
    Table("thing", metadata, *columns)

    assert list(breaches(metadata)) == [breach]

"""A column map tells what the columns of an extract are; one can be proposed."""

from __future__ import annotations

import datetime as dt
import tomllib

import pytest
from small_extract import HEAD, fingerprint, plain, read

import kohort as kh
from kohort.extracts.proposing import propose_map
from kohort.sources import ColumnMap


@pytest.fixture
def base(written):
    return read(written(plain()))


def test_shipped_maps_read_their_layouts(written, base):
    own = plain().replace("brukare", "personnummer")
    assert fingerprint(read(written(own), column_map="plain-sv", id="opaque")) == fingerprint(base)
    english = (
        plain()
        .replace(";".join(HEAD), "person_id;decision_id;from;to;level;event;cost")
        .replace(",", ".")
        .replace(";", ",")
        .replace("beslut", "decision")
        .replace("död", "death")
    )
    found = read(written(english), column_map="plain-en")
    assert fingerprint(found) == fingerprint(base)
    assert found.policies["column_map"] == "plain-en"
    for name in kh.sources.SHIPPED_MAPS:
        shipped = ColumnMap.read(name)
        assert shipped.name == name
        assert ColumnMap.from_toml(tomllib.loads(shipped.to_toml())) == shipped


def test_a_month_a_row_is_a_stay_as_long_as_the_months_join(written):
    text = "LopNr;PERIOD;HTJTIM\na;202201;5\na;202202;5\na;202203;30\nb;202112;3\n"
    found = read(written(text), level_rule=kh.hours_rule(), column_map="sol-register")
    people, _states, first, last = found._core.stays()
    days = [dt.date(1970, 1, 1) + dt.timedelta(int(d)) for d in (*first, *last)]
    assert people.tolist() == [0, 0, 0, 1, 1]
    assert days[0] == dt.date(2022, 1, 1)
    assert days[1] == days[5] == dt.date(2022, 3, 1)
    assert days[6] == dt.date(2022, 4, 1)
    assert days[3] == dt.date(2021, 12, 1)


def test_a_map_from_a_file_and_what_it_must_not_say(tmp_path, written, base):
    map_file = tmp_path / "karta.toml"
    map_file.write_text(
        'name = "vårt system"\ndate_format = "day_month_year"\nencoding = "windows-1252"\n'
        '[columns]\nperson = "Vem"\nstart = "Datum 1"\nend = "Datum 2"\nlevel = "Grad"\n',
        encoding="utf-8",
    )
    text = "Vem;Datum 1;Datum 2;Grad\np1;03.04.2021;05.06.2021;lätt\n".encode("cp1252")
    found = read(written(text), column_map=map_file)
    assert found.observations.times[0] == (dt.date(2021, 4, 3) - dt.date(1970, 1, 1)).days
    assert found.policies["column_map"] == "vårt system"
    for wrong in (
        'date_format = "us"',
        'decimal = ";"',
        'delimiter = "|"',
        'encoding = "latin-9"',
        "header_row = -1",
        '[columns]\npesron = "a"',
        '[columns]\nperson = " "',
        'colums = "x"',
        "[columns]\nperson = 3",
    ):
        map_file.write_text(wrong + "\n", encoding="utf-8")
        with pytest.raises(kh.InvalidInput, match=r"E-SETTING|E-STUDY"):
            ColumnMap.read(map_file)
    map_file.write_bytes(b"\xff\xfe")
    with pytest.raises(kh.InvalidInput, match="E-TOML"):
        ColumnMap.read(map_file)
    with pytest.raises(kh.InvalidInput, match=r"E-FILE.*|plain-sv"):
        ColumnMap.read("plain-no")
    with pytest.raises(kh.DataRefused, match="E-HEADER"):
        read(written(plain()), column_map=ColumnMap(columns={"person": "Vem"}))


def test_a_map_is_proposed_from_the_header_and_reads_the_file(written):
    text = (
        "Uttag 2024\nPersonnr;Beslutsnummer;Beslut fr.o.m;Beslut t.o.m;Insatstyp;Handläggare\n"
        "p1;1;31/12/2021;30/06/2022;dusch;X Y\np2;2;01/02/2022;;trygghetslarm;X Y\n"
    )
    path = written(text.partition("\n")[2])
    proposed = propose_map(path)
    assert proposed.column_map.columns == {
        "person": "Personnr",
        "decision": "Beslutsnummer",
        "start": "Beslut fr.o.m",
        "end": "Beslut t.o.m",
        "support": "Insatstyp",
    }
    assert proposed.level_rule == "support_type"
    assert proposed.dates == "day_month_year"
    assert proposed.unused == ("Handläggare",)
    assert proposed.missing == ()
    found = read(path, level_rule=kh.SUPPORT_RULE, column_map=proposed.column_map, id="opaque")
    assert found.counts["persons followed"] == 2
    assert "p1" not in str(proposed)
    assert "X Y" not in str(proposed)


def test_a_proposed_map_is_toml_whatever_the_header_holds(written):
    odd = "person;start;end;level\x7f;note\x01;" + "\x7f" + "rest\n"
    proposed = propose_map(written(odd + "a;2021-01-01;2021-02-01;light;x;y\n"))
    assert proposed.column_map.columns["level"] == "level\x7f"
    again = ColumnMap.from_toml(tomllib.loads(proposed.to_toml()))
    assert again.columns == proposed.column_map.columns
    assert len(proposed.unused) == 2


def test_nothing_is_proposed_where_the_first_line_may_be_a_person(written):
    with pytest.raises(kh.DataRefused, match="E-HEADER") as caught:
        propose_map(written("Anna Andersson;2021-01-01;2021-02-01\nBo B;2021-01-01;2021-02-01\n"))
    assert "Anna" not in str(caught.value)


def test_dates_that_fit_both_orders_are_not_decided(written):
    proposed = propose_map(written("person;start;end;level\na;03/04/2021;05/06/2021;light\n"))
    assert proposed.dates == "ambiguous"
    assert "# date_format" in proposed.to_toml()

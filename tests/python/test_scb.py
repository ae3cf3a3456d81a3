"""PxWebApi 2 against a real HTTP server in its documented shapes, and from saved answers."""

from __future__ import annotations

import itertools
import json
import math
import urllib.parse

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import Statistics, cube, invented_persons, lines_of, refused, serving

from kohort.sources import json_stat, scb
from kohort.sources.scb import Scb


def client(service, **options):
    return Scb(service.address + "/api/v2", **{"cache": None} | options)


def published(table, place):
    """SCB's own counts 80+ of both sexes, put on women; men and the young are nobody."""
    rows = [line.split(",") for line in lines_of("scb_population_80plus_2019_2023")]
    counts = {(r[0], r[2], r[3]): int(r[4]) for r in rows}
    mine = place["Kon"] == "2"
    return counts.get((place["Region"], place["Alder"], place["Tid"]), 0) * mine


@pytest.mark.parametrize(
    ("region", "year", "total"),
    [("00", 2019, 536_306), ("00", 2023, 611_556), ("0180", 2019, 35_686), ("0180", 2023, 40_032)],
)
def test_scb_s_published_counts_come_back_as_they_are(region, year, total):
    with serving(Statistics(persons=published)) as service:
        found = client(service).population(region, year, first_age=80)
    assert found["persons"].sum() == total  # domain facts 3.1, exact before 2025
    assert found["age"].tolist()[-1] == "100+"
    assert found.attribution == "Källa: SCB"
    assert found.findings == ()
    assert found.array(range(80, 101))[0, 1].sum() == total
    assert (
        found.array(range(80, 91))[0, 1, -1] == found["persons"][found["sex"] == "women"][10:].sum()
    )


def test_population_and_projection_have_every_cell_once():
    with serving(Statistics()) as service:
        mine = client(service)
        past, ahead = (
            mine.population("2380", range(2014, 2025)),
            mine.projection("2380", [2025, 2026]),
        )
        asked = [body for _, _, body in service.calls if body]
    assert past.years == tuple(range(2014, 2025))
    assert len(past) == 11 * 2 * 36
    assert len(ahead) == 2 * 2 * 36
    at = (past["year"] == 2020) & (past["sex"] == "men") & (past["age"] == "83")
    place = {"Alder": "83", "Tid": "2020", "Kon": "1"}
    assert past["persons"][at].tolist() == [invented_persons("TAB638", place)]
    axes = [{s["variableCode"]: s["valueCodes"] for s in body["selection"]} for body in asked]
    assert "Civilstand" not in axes[0]  # left out: SCB sums it
    assert axes[1]["InrikesUtrikes"] == ["83"]  # its total, since the table has one
    assert axes[0]["ContentsCode"] == ["BE0101N1"]  # persons, not the increase
    assert len(past.to_frame("pandas")) == len(past)
    assert len(past.summary("polars")) == 11
    assert "Källa: SCB" in str(past)
    assert "Källa: SCB" in past._repr_html_()


def test_large_selections_are_split_and_the_pace_is_kept():
    with serving(Statistics()) as service:
        service.max_cells, service.pace = 400, 3
        steps = []
        mine = client(service, progress=lambda done, total: steps.append((done, total)))
        past = mine.population("2380", range(2000, 2025))
        times = np.array([at for at, _, _ in service.calls])
        service.max_cells = 150_000
        whole = client(service).population("2380", range(2000, 2025))
    assert past["persons"].tolist() == whole["persons"].tolist()
    assert steps[-1] == (5, 5)  # 25 years x 2 x 36 cells
    assert len(times) == 7
    in_a_second = (times[None, :] >= times[:, None]) & (times[None, :] < times[:, None] + 1.0)
    assert in_a_second.sum(axis=1).max() <= 3


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 60))
def test_pieces_cover_a_selection_once_and_fit(sizes, most):
    chosen = {str(axis): [str(i) for i in range(n)] for axis, n in enumerate(sizes)}
    seen = [
        cell for piece in scb.split(chosen, most) for cell in itertools.product(*piece.values())
    ]
    assert sorted(seen) == sorted(itertools.product(*chosen.values()))
    assert all(math.prod(map(len, p.values())) <= most for p in scb.split(chosen, most))


def test_from_2025_on_nothing_is_asserted_to_add_up():
    with serving(Statistics()) as service:
        mine = client(service)
        one = {"Region": "2380", "Alder": "80", "ContentsCode": "*", "Tid": "2025M12"}
        cube = mine.data("TAB6471", one | {"Kon": "*"})
        total, men, women = cube.values.ravel()  # the axes are in the table's order
        assert men + women != total
        found = mine.population("2380", 2025, table="TAB6471")
    (noise,) = found.findings
    assert noise.code == "W-SCB-NOISE"
    assert "slumpmässiga" in noise.message_sv
    assert found.years == (2025,)  # December alone is 31 December
    real = [line.split(",") for line in lines_of("scb_tab6471_population_70plus_by_lan_2026M04")]
    off = [int(total) - int(men) - int(women) for *_, total, men, women in real]
    assert sum(1 for difference in off if difference) == 71  # domain facts 4.2
    assert max(map(abs, off)) == 7


def test_codes_that_there_are_not_are_refused_with_those_like_them():
    with serving(Statistics()) as service:
        mine = client(service)
        code, words = refused(lambda: mine.population("2830", 2020))
        assert code == "E-SCB-CODE"
        assert "2380" in words
        code, words = refused(lambda: mine.data("TAB638", {"Ålder": "*", "Kon": ["1", "3"]}))
        assert "Alder" in words
        assert "'3'" in words
        assert refused(lambda: mine.population("2380", 2030))[0] == "E-POP-MISSING"
        assert refused(lambda: mine.metadata("TAB1"))[0] == "E-WEB-STATUS"


@pytest.mark.parametrize(
    ("fault", "code"),
    [("cell missing", "E-TRUNCATED"), ("cut short", "E-WEB-CUT"), ("not JSON", "E-WEB-CUT"),
     ("silence", "E-WEB-SLOW")],
)  # fmt: skip
def test_what_goes_wrong_has_a_name_in_both_languages(fault, code):
    with serving(Statistics(faults={fault: 9})) as service:
        assert refused(lambda: client(service, timeout=0.3).population("2380", 2020))[0] == code


def test_search_lists_and_code_lists():
    with serving(Statistics()) as service:
        mine = client(service)
        mine.config()
        assert [table["id"] for table in mine.tables("folkmängd")] == [
            "TAB638",
            "TAB6008",
            "TAB6471",
        ]
        assert mine.codelist("vs_CKM021år") == {"80": "80 år"}
        assert "vs_CKM021%C3%A5r" in service.calls[-1][1]
        mine.data("TAB638", {"Alder": "80", "Tid": "2020"}, codelists={"Alder": "vs_CKM021år"})
        sent = service.calls[-1][2]["selection"][0]
    assert sent == {"variableCode": "Alder", "codelist": "vs_CKM021år", "valueCodes": ["80"]}


def test_the_address_to_save_by_hand_gives_the_same_figures(tmp_path):
    ages = [*map(str, range(65, 100)), "100+"]
    selection = {"Region": "2380", "Alder": ages, "Kon": ["1", "2"], "ContentsCode": "BE0101N1",
                 "Tid": ["2023", "2024"]}  # fmt: skip
    with serving(Statistics()) as service:
        mine = client(service)
        link = mine.link("TAB638", selection)
        assert "100%2B" in link  # a plus would be a space
        answer = mine._web.ask(urllib.parse.quote(link, safe=":/?&=[]%,+"))
        straight = mine.population("2380", [2023, 2024])
        straight.save(tmp_path / "kept.json")
    (tmp_path / "by_hand.json").write_text(json.dumps(answer), encoding="utf-8")
    for name in ("by_hand.json", "kept.json"):
        found = scb.read(tmp_path / name)
        assert found["persons"].tolist() == straight["persons"].tolist()
        assert found.region == "2380"


def saved(tmp_path, change):
    axes = {"Region": ["2380"], "Alder": [*map(str, range(65, 100)), "100+"], "Kon": ["1", "2"],
            "ContentsCode": ["BE0101N1"], "Tid": ["2023", "2024"]}  # fmt: skip
    answer = cube("TAB638", change(axes) or axes)
    answer["value"] = list(range(math.prod(answer["size"])))
    (tmp_path / "x.json").write_text(json.dumps(answer), encoding="utf-8")
    return tmp_path / "x.json"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda a: a["Alder"].pop(18), "E-POP-MISSING", "men 83 2023"),
        (lambda a: a["Alder"].pop(), "E-POP-MISSING", "100+"),
        (lambda a: a["Kon"].pop(), "E-POP-MISSING", "women 65"),
        (lambda a: a.update(Tid=["2022", "2024"]), "E-POP-MISSING", "men 65 2023"),
        (lambda a: a.update(Region=["2380", "0180"]), "E-SCB-REGIONS", "0180"),
        (lambda a: a.update(Alder=["80-84", "85+"]), "E-POP-MISSING", "65"),
        (lambda a: a.update(Civilstand=["OG", "G"]), "E-SCB-AXIS", "Civilstand"),
    ],
)  # fmt: skip
def test_a_table_without_an_age_group_a_sex_or_a_year_is_refused(tmp_path, change, code, words):
    path = saved(tmp_path, lambda axes: (change(axes), axes)[1])
    seen, said = refused(lambda: scb.read(path))
    assert seen == code
    assert words in said


@pytest.mark.parametrize(
    "status", [{"1": "..", "2": "-"}, [None, "..", "-", None], {"1": "X", "3": "E"}]
)
def test_a_cell_marked_as_not_shown_is_no_number_whatever_stands_in_it(status):
    answer = {
        "class": "dataset", "id": ["a"], "size": [4], "value": [5, 0, 0, 7], "status": status,
        "dimension": {"a": {"category": {"index": ["p", "q", "r", "s"]}}},
    }  # fmt: skip
    assert np.isnan(json_stat.read(answer).values).tolist() == [False, True, False, False]
    assert np.isnan(json_stat.read(answer | {"status": ".."}).values).all()
    assert refused(lambda: json_stat.read(answer | {"status": {"9": ".."}}))[0] == "E-WEB-FORM"


def test_json_stat_in_its_other_spellings():
    plain = {
        "class": "dataset", "id": ["a", "b"], "size": [1, 3], "label": "x", "note": "one",
        "dimension": {
            "a": {"category": {"label": {"only": "Only"}}},
            "b": {"category": {"index": ["x", "y", "z"]}},
        },
        "value": {"0": 1, "2": 3.5},
    }  # fmt: skip
    cube = json_stat.read(plain)
    assert cube.codes == {"a": ("only",), "b": ("x", "y", "z")}
    assert cube.values[0, 0] == 1
    assert np.isnan(cube.values[0, 1])
    assert cube.columns()["b"].tolist() == ["x", "y", "z"]
    assert len(cube.to_frame("pandas")) == 3
    assert str(cube).startswith("x\na (1), b (3)")
    for wrong in (
        plain | {"value": [1, 2]},
        plain | {"value": [1, 2, "3"]},
        plain | {"value": {"7": 1}},
        plain | {"size": [1, 2]},
        plain | {"size": [10**6, 10**6]},
        plain | {"id": ["a"]},
        plain | {"dimension": {}},
        {}, [], None, 3,
    ):  # fmt: skip
        assert refused(lambda w=wrong: json_stat.read(w))[0] in ("E-WEB-FORM", "E-TRUNCATED")


def test_answers_are_kept_and_serve_without_a_connection(tmp_path):
    with serving(Statistics()) as service:
        first = client(service, cache=tmp_path).population("2380", 2020)
        address = service.address
    later = Scb(address + "/api/v2", cache=tmp_path, offline=True).population("2380", 2020)
    assert later["persons"].tolist() == first["persons"].tolist()

"""From published stocks and flows to targets, and a study fed by SCB and Kolada from end to end."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import small_town
from loopback import Statistics, refused, serving

import kohort as kh
from kohort import datasets
from kohort.cli.app import run
from kohort.report import exports
from kohort.sources import kolada, scb
from kohort.sources.targets import KEY_FIGURES, targets_from_counts, targets_from_kolada
from kohort.study.settings import Study, shipped_study

ALL = ("light", "moderate", "high", "total")


def response(figures):
    """An answer of Kolada's with these figures: (kpi, place, year, gender) to value."""
    entries = {}
    for (kpi, place, year, gender), value in figures.items():
        cells = entries.setdefault((kpi, place, year), [])
        cells.append(
            {"gender": gender, "count": 1, "status": "", "value": value, "isdeleted": False}
        )
    values = [
        {"kpi": k, "municipality": m, "period": y, "values": c} for (k, m, y), c in entries.items()
    ]
    return {"values": values, "count": len(values), "next_url": None}


def data(figures):
    return kolada.KoladaData.made([response(figures)])


def test_key_figures_become_targets_of_their_ages_and_sexes():
    figures = {("N21701", "2380", 2023, g): v for g, v in zip("TKM", (8.0, 9.5, 6.0), strict=True)}
    figures |= {("N23890", "2380", 2022, "T"): 4.0, ("N23890", "2380", 2023, "T"): 3.9}
    figures |= {("N23706", "2380", 2023, "T"): 730.5}
    levels = {"N21701": ("moderate", "high"), "N23890": ("total",), "N23706": ("total",)}
    found = targets_from_kolada(data(figures), "Östersund", levels=levels)
    by_name = {t.label: t for t in found}
    assert len(found) == 4
    men = by_name["N21701 2023 65+ men"]
    assert (men.kind, men.value, men.ages, men.sex) == ("prevalence", 0.06, (65, None), "men")
    assert by_name["N23890 2023 65+"].levels == ("total",)
    stay = by_name["N23706 2023"]
    assert (stay.kind, stay.value, stay.error) == ("mean_stay", 2.0, 0.1)
    assert [f.code for f in found.findings] == [
        "W-TARGET-HOMEHELP", "W-TARGET-CAREHOME", "W-TARGET-STAY"
    ]  # fmt: skip
    both = targets_from_kolada(
        data(figures), "2380", levels={"N23890": ("total",)}, years=[2022, 2023]
    )
    assert [t.value for t in both] == [0.04, 0.039]
    assert len(found.to_frame("pandas")) == 4
    assert "W-TARGET-STAY" in str(found)
    with pytest.raises(kh.InvalidInput):
        targets_from_kolada(data(figures), "2380", levels={"N21704": ALL})


def test_every_key_figure_for_a_target_is_in_the_catalogue():
    from kohort.sources.kolada_ids import kpis

    for kpi, figure in KEY_FIGURES.items():
        title = kpis()[kpi]
        assert ("antal" in title) == (figure.measure in ("count", "days"))
        assert ("andel" in title) == (figure.measure == "share")
        if figure.measure != "days":
            ages = {(65, 79): "65-79", (65, None): "65+", (80, None): "80+"}[figure.ages]
            assert ages in title
        if figure.service == "home help":
            assert "emtjänst" in title
        else:
            assert "särskil" in title


def test_counts_are_divided_by_the_population_they_are_of():
    town = small_town.population()
    figures = {("N21705", "2380", 2025, "T"): 200}
    (target,) = targets_from_kolada(
        data(figures), "2380", levels={"N21705": ("light",)}, population=town
    )
    assert target.value == pytest.approx(200 / town.persons[1].sum())
    for wrong, code in ((0, "E-POP-MISSING"), (9e9, "E-TARGET-SHARE")):
        year = 1990 if not wrong else 2025
        broken = data({("N21705", "2380", year, "T"): wrong})

        def call(d=broken):
            return targets_from_kolada(d, "2380", levels={"N21705": ("light",)}, population=town)

        assert refused(call)[0] == code
    assert (
        refused(lambda: targets_from_kolada(data(figures), "G1", levels={}))[0] == "E-TARGET-GROUP"
    )
    wrong = {"N20007": ALL}
    assert (
        refused(lambda: targets_from_kolada(data(figures), "2380", levels=wrong))[0]
        == "E-TARGET-KPI"
    )


def test_a_stock_at_either_end_and_a_head_count_between_are_a_flow():
    town = small_town.population()
    rows = {
        "year": [2024, 2025, 2025, 2025, 2025],
        "kind": ["stock", "stock", "in_year", "new", "started"],
        "persons": [200, 220, 290, 70, 95],
    }
    found = targets_from_counts(rows, population=town, levels=("light", "high"))
    kinds = [(t.kind, t.year) for t in found]
    assert kinds == [("prevalence", 2024), ("prevalence", 2025), ("turnover", 2025),
                     ("new_users", 2025), ("turnover", 2025)]  # fmt: skip
    values = [t.value for t in found]
    assert values[2] == pytest.approx(
        (290 - 200) / 210
    )  # who was not there when it began came in it
    assert values[4] == pytest.approx(95 / 210)
    assert found.targets[4].error == pytest.approx(math.sqrt(1 / 95 + 1 / 420))
    # 16 % of those 65+ on 31 December 2022, 414 000 in some month of the year (domain facts 3.3)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"year": [2025], "kind": ["stok"], "persons": [1]}, "E-TARGET-KIND"),
        ({"year": [2025], "kind": ["stock"], "persons": ["x"]}, "E-POP-VALUE"),
        ({"year": [2025], "kind": ["stock"], "persons": [-1]}, "E-POP-VALUE"),
        ({"year": [2025], "kind": ["stock"]}, "E-HEADER"),
        ({"year": [2025], "kind": ["in_year"], "persons": [9]}, "E-TARGET-FLOW"),
        ({"year": [2024, 2025, 2025], "kind": ["stock", "stock", "in_year"], "persons": [9, 9, 8]},
         "E-TARGET-FLOW"),
        ({"year": [2025, 2025], "kind": ["stock", "stock"], "persons": [1, 2]}, "E-POP-TWICE"),
        ({"year": [2025], "kind": ["stock"], "persons": [1], "sex": ["x"]}, "E-POP-VALUE"),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_are_refused(rows, code):
    town = small_town.population()
    assert refused(lambda: targets_from_counts(rows, population=town))[0] == code


def test_figures_made_by_the_model_return_its_multiplier():
    """Targets as Kolada would publish them for a town whose incidence is 1.25 times ours."""
    town, entries = small_town.population(), small_town.entries()
    more = kh.Entries.from_table(
        1.25 * entries.rates(small_town.AGES).sum(axis=2),
        [0.8, 0.2],
        ("light", "high"),
        first_age=80,
    )
    truth = kh.project(
        small_town.FIT, town, more, stock=small_town.stock(), draws=0, closure="scale"
    )
    users = truth.persons[:, 1:3].sum(axis=(1, 2))
    figures = {
        ("N20892", "2380", 2024 + t, "T"): 100 * users[t].sum() / town.persons[t].sum()
        for t in (1, 2, 3)
    }
    targets = targets_from_kolada(
        data(figures), "2380", levels={"N20892": ("light", "high")}, years=[2025, 2026, 2027]
    )
    found = kh.calibrate(
        small_town.FIT, town, entries, stock=small_town.stock(), targets=tuple(targets),
        multipliers=[kh.Multiplier("incidence", prior_sd=None)], closure="scale",
    )  # fmt: skip
    assert found.factors[0] == pytest.approx(1.25, rel=1e-6)


# --- a study fed by SCB and Kolada -----------------------------------------------------
def small_persons(table, place):
    """The small study's own population, and its like growing 1 % a year as SCB's projection."""
    rows = datasets.columns("small/population")
    sex = {"1": "men", "2": "women"}[place["Kon"]]
    year = int(place["Tid"])
    at = (rows["sex"] == sex) & (rows["age"] == place["Alder"]) & (rows["year"] == min(year, 2024))
    found = int(rows["persons"][at].sum())
    return found if year <= 2024 else round(found * 1.01 ** (year - 2024))


FIGURES = {("N20891", "2380", 2024, g): v for g, v in zip("TKM", (13.7, 15.0, 12.0), strict=True)}
FIGURES |= {("N20891", "2380", 2023, "T"): 11.0}
LEVELS = '[prevalence.levels]\nN20891 = ["light", "moderate", "high", "total"]\n'


def study_text(population, prevalence, web=""):
    plain = shipped_study("kohort:small").to_toml()
    head, _, rest = plain.partition("[population]")
    rest = rest[rest.index("[entries]") :]
    text = (
        f'{head}[population]\nclosure = "scale"\n{population}\n{rest}\n[prevalence]\n{prevalence}\n'
    )
    return (
        text.replace("draws = 500", "draws = 40").replace("years = 10", "years = 3") + LEVELS + web
    )


def test_a_study_takes_its_population_from_scb_and_its_prevalence_from_kolada(tmp_path):
    """Fetched over HTTP, then offline from the cache, then from saved answers: the same bytes."""
    with serving(Statistics(persons=small_persons, figures=FIGURES)) as service:
        web = (
            f'\n[web]\ncache = "kept"\nkolada = "{service.address}/v3"\n'
            f'scb = "{service.address}/api/v2"\n'
        )
        fetched = study_text(
            'source = "scb"\nregion = "2380"\nprojection = "fetch"',
            'municipality = "Östersund"',
            web,
        )
        (tmp_path / "study.toml").write_text(fetched, encoding="utf-8")
        assert run(["project", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")]) == 0
        client = scb.Scb(service.address + "/api/v2", cache=None)
        client.population("2380", range(2014, 2025)).save(tmp_path / "scb.json")
        client.projection("2380", range(2025, 2028)).save(tmp_path / "scb_ahead.json")
    (tmp_path / "kolada.json").write_text(json.dumps(response(FIGURES)), encoding="utf-8")
    (tmp_path / "offline.toml").write_text(fetched + "offline = true\n", encoding="utf-8")
    saved = study_text(
        'source = "scb"\npersons = "scb.json"\nprojection = "scb_ahead.json"',
        'municipality = "2380"\nfile = "kolada.json"',
    )
    (tmp_path / "saved.toml").write_text(saved, encoding="utf-8")
    for name in ("offline", "saved"):
        again = Study.read(tmp_path / f"{name}.toml").run()
        for table, content in exports.csv_files(again).items():
            assert content == (tmp_path / "out" / "tables" / table).read_bytes()
    assert again.attributions == ("Källa: SCB", "Källa: Kolada")
    assert {"scb.json", "scb_ahead.json", "kolada.json", "scb_population", "kolada"} <= set(
        again.file_hashes
    )
    said = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert said["attributions"] == ["Källa: SCB", "Källa: Kolada"]
    (factor,) = said["calibration"]["multipliers"].values()
    table = again.to_frame("calibration", "polars")  # women and men of the last year alone
    observed, before, after = (table[name].to_numpy() for name in ("observed", "before", "after"))
    assert sorted(observed) == [0.12, 0.15]
    assert np.all(np.abs(np.log(after / observed)) < np.abs(np.log(before / observed)))
    assert factor > 1
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    for words in (
        "Källa: Kolada",
        "Källa: SCB",
        "Avstämning mot publicerade andelar",
        "SCB:s regionala befolkningsframskrivning",
        "Agreement with published shares",
        "eller med hemtjänst i ordinärt boende, andel (%) (N20891, 2024), kvinnor",
    ):
        assert words in page


def test_without_a_prevalence_the_same_study_has_other_figures(tmp_path):
    plain = shipped_study("kohort:small").replaced(draws=40, years=3)
    result = plain.run()
    assert result.calibration is None
    assert result.attributions == ()
    assert "calibration" not in result.tables


@pytest.mark.parametrize(
    ("population", "prevalence", "code", "words"),
    [
        ('source = "scb"', 'municipality = "2380"', "E-STUDY-MISSING", "population.region"),
        ('source = "kolada"', 'municipality = "2380"', "E-STUDY-VALUE", "file, scb"),
        ("", 'municipality = "2380"', "E-STUDY-MISSING", "population.persons"),
        ('persons = "x"\nprojection = "fetch"', 'municipality = "1"', "E-STUDY-MISSING", "file of"),
        ('persons = "x"\nlife_table = "y"', 'municipality = "1"', "E-STUDY-MISSING", "its year"),
        ('persons = "x.csv"', 'municipality = "1"\nmultiply = ["luck"]', "E-STUDY-VALUE", "exits"),
        ('persons = "x.csv"', 'municipality = "1"\nprior_sd = 0', "E-STUDY-MISSING", "above 0"),
        ('persons = "x.csv"', "", "E-STUDY-MISSING", "municipality"),
    ],
)  # fmt: skip
def test_studies_that_ask_for_too_little_or_for_what_there_is_not(
    population, prevalence, code, words
):
    import tomllib

    with pytest.raises(kh.InvalidInput, match=words) as refusal:
        Study.from_toml(tomllib.loads(study_text(population, prevalence)))
    assert refusal.value.code == code


def test_a_study_with_sources_reads_back_as_itself():
    import tomllib

    text = study_text('source = "scb"\nregion = "2380"', 'municipality = "2380"\nyears = [2023]',
                      '\n[web]\noffline = true\n')  # fmt: skip
    first = Study.from_toml(tomllib.loads(text))
    assert Study.from_toml(tomllib.loads(first.to_toml())) == first


def test_a_network_that_fails_is_no_fault_of_the_data(tmp_path, capsys):
    with serving(Statistics()) as service:
        address = service.address
    text = study_text('source = "scb"\nregion = "2380"', 'municipality = "2380"',
                      f'\n[web]\ncache = "kept"\nscb = "{address}/api/v2"\n')  # fmt: skip
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    assert run(["project", str(tmp_path / "study.toml"), "--json"]) == 5
    said = json.loads(capsys.readouterr().out)
    assert said["findings"][0]["code"] == "E-WEB-REACH"
    assert not (tmp_path / "study").exists()
    assert shipped_study("kohort:small").population.source == "file"


def test_a_backtest_does_not_look_ahead(tmp_path):
    text = study_text('persons = "kohort:small/population.csv"', 'municipality = "2380"')
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(kh.InvalidInput, match="prevalence: a backtest"):
        kh.backtest(Study.read(tmp_path / "study.toml"))

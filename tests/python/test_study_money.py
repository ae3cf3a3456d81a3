"""A study's money: index, nominal amounts, discounting, payers, uncertain prices and people."""

import json

import numpy as np
import pytest

import kohort as kh
from kohort.cli.app import run
from kohort.evaluation.outcomes import Outcomes
from kohort.study import ProgrammeFile
from kohort.study.settings import Study, shipped_study
from kohort.study.study_money import study_money, with_price_error

PERCENT = {2019: 2.7, 2020: 2.1, 2021: 2.8, 2022: 4.1, 2023: 6.3, 2024: 4.2, 2025: 3.0, 2026: 2.0}
INDEX = '[money.index]\nname = "PKV"\nedition = "2024-12"\nforecast = [2025, 2026]\n'
INDEX += "[money.index.percent]\n" + "".join(f"{y} = {p}\n" for y, p in PERCENT.items())
DEMAND = """
[demand]
performed = 0.85
occupancy = 0.98
[demand.hours]
light = 8
moderate = 25
high = 60
total = 0
[demand.in_homes]
total = 1
"""
PRICES = """
[prices]
per_hour = 450
per_place_day = 2100
wage_share = 0.8
fee_home = 6000
fee_resident = 24000
[prices.payers]
home_help = { municipality = 0.95, region = 0.05 }
"""
SMALL = shipped_study("kohort:small").replaced(draws=60, years=2).to_toml()
SURE = (
    "[population.error]\nsigma = 0.01\n[money]\n[money.uncertain.wages]\nshare = 0.8\nsd = 0.03\n"
)
SURE += "[money.uncertain.other]\nshare = 0.2\nsd = 0.02\n"


def study(*tables, tmp_path=None, base=SMALL):
    import tomllib

    return Study.from_toml(tomllib.loads("\n".join([base, *tables])))


@pytest.fixture(scope="module")
def plain():
    return study(DEMAND).run()


@pytest.fixture(scope="module")
def nominal():
    money = '[money]\namounts = "nominal"\ndiscount = 0.04\nrate = "nominal"\n'
    return study(DEMAND, PRICES, money, INDEX).run()


def levels(year):
    return np.prod([1 + p / 100 for y, p in PERCENT.items() if y <= year])


def test_nominal_amounts_are_the_real_ones_times_the_index(plain, nominal):
    by_year = np.array([levels(2025), levels(2026)])
    for name, real in plain.projection.costs.items():
        found = nominal.projection.costs[name]
        np.testing.assert_allclose(found, real * by_year[:, None], rtol=1e-12)
    shares = plain.projection.constant_share.cost * by_year[:, None]
    np.testing.assert_allclose(nominal.projection.constant_share.cost, shares, rtol=1e-12)
    draws = plain.projection.draws_cost * by_year
    np.testing.assert_allclose(nominal.projection.draws_cost, draws, rtol=1e-9)
    assert np.array_equal(plain.projection.draws_persons, nominal.projection.draws_persons)


def test_real_growth_is_beyond_the_index_from_the_first_forecast_year():
    money = '[money]\namounts = "nominal"\n'
    grown = money + "real_growth = 0.015\n"
    plain, more = (study_money(study(DEMAND, PRICES, m, INDEX)) for m in (money, grown))
    years = np.arange(len(plain.price_index))
    np.testing.assert_allclose(
        more.price_index, np.array(plain.price_index) * 1.015**years, rtol=1e-12
    )
    assert more.price_index[0] == plain.price_index[0]  # up to the base year it is the index alone
    levels = more.index.levels(2018, [2025, 2026])  # what the budget's prices follow
    np.testing.assert_allclose(levels, more.price_index[1:], rtol=1e-12)
    assert more.index.forecast == (2025, 2026)
    for lang, words in (("en", "+1.5% a year beyond the index"), ("sv", "utöver indexet")):
        assert words in " ".join(more.notes(kh.support._language.language(lang)))
    lagged = INDEX.replace("[money.index]", "[money.index]\nlag = 1") + "2018 = 1.0\n"
    plain, more = (study_money(study(DEMAND, m, lagged)) for m in (money, grown))
    np.testing.assert_allclose(
        more.price_index, np.array(plain.price_index) * 1.015**years, rtol=1e-12
    )
    with pytest.raises(kh.InvalidInput, match=r"money\.real_growth: real amounts") as refusal:
        study("[money]\nreal_growth = 0.01")
    assert "fasta belopp" in refusal.value.swedish


def test_present_value_is_the_sum_of_discounted_years(plain, nominal):
    assert "present_value" not in plain.headline()["cost"]
    told = nominal.headline()["cost"]["present_value"]
    yearly = nominal.projection.costs["continuous"].sum(axis=1)
    assert told["value"] == pytest.approx(yearly @ 1.04 ** -np.array([0.5, 1.5]), rel=1e-12)
    assert told["low_95"] < told["value"] < told["high_95"]
    for dated, at in (("start", 0), ("end", 1)):
        worth = kh.economics.price_index.discounting(2, 0.04, dated)
        np.testing.assert_allclose(worth, 1.04 ** -np.array([at, at + 1.0]), rtol=1e-14)


def test_an_index_year_converts_every_amount(plain):
    asked = study(DEMAND, PRICES, "[money]\nindex_year = 2024", INDEX)
    made = study_money(asked)
    assert made.price_year == 2024
    assert made.factor == pytest.approx(levels(2024), rel=1e-12)
    assert made.costs.by_level["total"] == pytest.approx(800_000 * levels(2024))
    assert made.prices.per_hour == pytest.approx(450 * levels(2024))
    given = kh.study.strategy_file.StrategySettings(
        preset="none", costs=kh.study.strategy_file.StrategyCostSettings(per_month=100.0, stay=2.0)
    )
    costs = given.strategy(made.price_year, made.factor).costs
    assert (costs.price_year, costs.stay) == (2024, 2.0)
    assert costs.per_month == pytest.approx(100 * levels(2024))


def test_payers_add_up_to_the_budget(nominal):
    found = nominal.budget
    assert found.payers == ("municipality", "region", "users")
    np.testing.assert_allclose(found.nominal_by_payer.sum(axis=1), found.nominal, rtol=1e-12)
    residents = nominal.demand.point["residents"]
    fees = found.real_by_payer[:, 2, found.lines.index("care_homes")]
    np.testing.assert_allclose(fees, 24_000 * residents, rtol=1e-12)
    help_ = found.lines.index("home_help")
    left = found.real[:, help_] - found.real_by_payer[:, 2, help_]
    np.testing.assert_allclose(found.real_by_payer[:, 1, help_], 0.05 * left, rtol=1e-12)


def test_stated_errors_widen_and_are_shared_out(plain):
    made = study(SURE).run()
    wide = [np.std(r.projection.draws_cost[:, -1]) for r in (made, plain)]
    assert wide[0] > 1.1 * wide[1]
    point = made.projection.costs["continuous"]
    assert np.array_equal(point, plain.projection.costs["continuous"])
    table = made.variance
    shares = [table[name] for name in ("parameters", "population", "price", "chance")]
    np.testing.assert_allclose(np.sum(shares, axis=0), 1, atol=1e-9)
    persons = table["measure"] == "users"
    assert np.abs(table["price"][persons]).max() < 1e-12
    assert table["price"][table["measure"] == "cost"].min() > 0.05
    assert set(plain.variance) == {"measure", "year", "sd", "parameters", "chance"}
    assert made.headline()["intervals_of"] == ["parameters", "population", "price", "chance"]
    assert plain.headline()["intervals_of"] == ["parameters", "chance"]


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_what_the_intervals_count_is_said_of_needs_and_of_strategies(plain, lang):
    from kohort.report.compare_page import lead
    from kohort.report.demand import demand
    from kohort.report.parts import Writer

    words = kh.support._language.language(lang)
    made = study(DEMAND, SURE).run()
    error = words.text("compare.source_people")
    assert error in demand(Writer(made, words))[0].text
    assert error not in demand(Writer(plain, words))[0].text
    usual = made.projection
    found = Outcomes((), (2025, 2026), usual.price_year, usual.draws)
    for of, counted in ((made, True), (plain, False)):
        said = lead(found, of.study, words)
        assert words.text("compare.source_estimates") in said
        assert (error in said) is counted
        assert (words.text("compare.source_prices") in said) is counted


def test_a_price_error_is_the_same_for_every_course_and_leaves_the_mean():
    error = study(SURE).money.price_error()
    wide = np.mean(error.paths(2, 40_000, 1), axis=0)
    np.testing.assert_allclose(wide, 1, atol=5e-4)
    made = study(SURE).run().projection
    assert with_price_error(made, None) is made
    ratio = with_price_error(made, error).draws_cost / made.draws_cost
    again = error.paths(2, 60, made.seed)[:, 1:] @ [0.8, 0.2]
    np.testing.assert_allclose(ratio, again, rtol=1e-12)


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_page_says_which_money_it_is(nominal, lang, tmp_path):
    from kohort.report.content import sections

    words = kh.support._language.language(lang)
    shown = {s.id: s for s in sections(nominal, words)}
    said = " ".join(b.text for s in shown.values() for b in s.blocks)
    captions = " ".join(b.table.caption for s in shown.values() for b in s.blocks if b.table)
    money = words.text("strategy.nominal")
    assert money in said
    assert captions.count(money) >= 4
    assert "PKV" in said
    assert "2024-12" in said
    assert words.percent(0.04, 1) in said
    assert "budget" in shown
    assert words.text("comparison.growth_nominal") in said
    assert words.text("comparison.growth_real", money=money) not in said
    assert money in nominal.about(lang)["money"] or "PKV" in nominal.about(lang)["money"]


def test_the_size_of_the_population_error_is_seen():
    from kohort.study.study_money import population_error_said

    made = study(SURE)
    for lang, number in (("sv", "1,4\N{NO-BREAK SPACE}%"), ("en", "1.4%")):
        assert number in population_error_said(made, kh.support._language.language(lang))
    assert population_error_said(study(), kh.support._language.language("en")) == ""


@pytest.mark.parametrize(
    ("tables", "key", "swedish"),
    [
        ('[money]\namounts = "nominell"', "money.amounts", "finns inte att välja"),
        ('[money]\namounts = "nominal"', "money.index", "kräver ett prisindex"),
        ("[money]\nindex_year = 2024", "money.index", "kräver ett prisindex"),
        ("[money]\n" + INDEX, "money.index", "ingenting använder indexet"),
        (
            '[money]\namounts = "nominal"\nindex_year = 2024\n' + INDEX,
            "money.index_year", "i varje års egna priser",
        ),
        ("[money]\nindex_year = 2027\n" + INDEX, "money.index.percent", "2027"),
        ("[money]\ndiscount = 3", "money.discount", "Skriv ett tal från 0 till 0.5"),
        ('[money]\nrate = "nominal"', "money.rate", "ingenting använder den"),
        ("[money]\ncorrelation = 0.5", "money.correlation", "ingenting använder den"),
        ("[money]\ndiscont = 0.03", "money", "Menade du discount?"),
        (
            "[money.uncertain.wages]\nshare = 0.8\nsd = 0.01",
            "money.uncertain", "summerar till 0.8",
        ),
        ("[population.error]\nsigma = 5", "population.error.sigma", "från 0 till 0.2"),
        (
            "[population.error]\nsigma = 0.01\npower = 2",
            "population.error.power", "slumpvandring",
        ),
        (PRICES, "prices", "ingen tabell"),
        (DEMAND + PRICES.replace("0.05", "0.1"), "prices.payers.home_help", "summerar till 1.05"),
        (DEMAND + PRICES.replace("per_hour", "per_hours"), "prices", "Menade du per_hour?"),
        (DEMAND + PRICES + "[prices.once]\n2024 = 1e6", "prices.once", "inte komma med"),
        (DEMAND + PRICES + "[prices.once]\n2027 = 1e6", "prices.once", "prognosen (2025-2026)"),
    ],
)  # fmt: skip
def test_refusals_name_the_key_and_the_remedy_in_both_languages(
    tables, key, swedish, tmp_path, capsys
):
    path = tmp_path / "study.toml"
    base = SMALL.replace("[population.error]", "")
    path.write_text(f"{base}\n{tables}\n", encoding="utf-8")
    for lang in ("sv", "en"):
        assert run(["project", str(path), "--json", f"--lang={lang}"]) == 2
        found = json.loads(capsys.readouterr().out)["findings"][0]
        assert found["message"].removeprefix("study.").startswith(key)
        assert found["file"] == "study.toml"
        assert found["remedy"]
        said = found["message"] + " " + found["remedy"]
        assert (swedish in said) == (lang == "sv") or swedish.isdigit()


PROGRAMME = """
name = "IHR"
[programme]
price_year = 2018
fixed_cost = 300000
hours = 40
hour_cost = 500
variable_cost = 2000
double_work = 0.25
otherwise_helped = 0.8
stay = 3
enrolled = 15
hours_avoided = 5
[programme.uncertain]
hour_cost = { se = 50 }
"""


def test_a_break_even_in_another_years_prices_keeps_its_number(tmp_path):
    path = tmp_path / "programme.toml"
    path.write_text(PROGRAMME, encoding="utf-8")
    before = ProgrammeFile.read(path)
    path.write_text(PROGRAMME + "[money]\nindex_year = 2024\ndiscount = 0.03\n" + INDEX, "utf-8")
    after = ProgrammeFile.read(path)
    plain = before.programme.in_money(before.money)
    made = after.programme.in_money(after.money)
    assert (made.price_year, made.discount) == (2024, 0.03)
    assert made.hour_cost == pytest.approx(500 * levels(2024))
    assert made.uncertain["hour_cost"].se == pytest.approx(50 * levels(2024))
    assert made.hours == plain.hours
    first, second = (p.programme() for p in (plain, made))
    assert second.net(15, narrow=True) == pytest.approx(first.net(15, narrow=True) * levels(2024))
    notes = after.money_notes(kh.support._language.language("en"))
    assert "converted from 2018 to 2024" in notes[0]
    assert "3.0%" in notes[1]


def test_a_break_even_alone_refuses_money_that_it_cannot_be_in(tmp_path):
    path = tmp_path / "programme.toml"
    path.write_text(PROGRAMME + '[money]\namounts = "nominal"\n' + INDEX, encoding="utf-8")
    with pytest.raises(kh.InvalidInput, match=r"money\.amounts: a break-even is of one month"):
        ProgrammeFile.read(path)


def test_a_comparison_is_discounted_and_says_who_pays(tmp_path, capsys):
    path = tmp_path / "study.toml"
    money = '[money]\namounts = "nominal"\ndiscount = 0.04\nrate = "nominal"\n'
    path.write_text("\n".join([SMALL, DEMAND, PRICES, money, INDEX]), encoding="utf-8")
    at = ["compare", str(path), "--json", "--draws", "40", "--lang=en"]
    assert run([*at, "--out", str(tmp_path / "out")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["amounts"], found["discount"]) == ("nominal", 0.04)
    assert set(found["budget_impact"]["recovery_1_4_year1"]) == {"municipality", "region", "users"}
    said = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert "another reckoning than the cost by level" in said
    assert "each year&#x27;s prices (nominal)" in said
    assert "discounted at 4.0%" in said
    assert "Who pays" in said


def test_who_pays_is_discounted_where_the_study_is(tmp_path, capsys):
    path = tmp_path / "study.toml"

    def asked(money):
        path.write_text("\n".join([SMALL, DEMAND, PRICES, money]), encoding="utf-8")
        at = ["compare", str(path), "--json", "--draws", "40", "--out", str(tmp_path / "out")]
        assert run([*at, "--lang=sv"]) == 0
        page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
        heading = page[page.index("Vem som betalar") :].split("</h2>")[0]
        return json.loads(capsys.readouterr().out), heading

    plain, said = asked("")
    assert (plain["budget_impact_discounted"], "inte diskonterade" in said) == (False, True)
    less, said = asked('[money]\ndiscount = 0.04\ndated = "end"')
    assert less["budget_impact_discounted"]
    assert "diskonterade med 4,0\N{NO-BREAK SPACE}%" in said
    years = plain["years"][1] - plain["years"][0] + 1
    before, after = (m["budget_impact"]["recovery_1_4_year1"] for m in (plain, less))
    for payer, amount in before.items():
        assert after[payer] != amount
        low, high = sorted((amount * 1.04**-1, amount * 1.04**-years))
        assert low < after[payer] < high
    # Budgets are in real money: a nominal rate is not for them, and the table says so.
    other, said = asked('[money]\ndiscount = 0.04\nrate = "nominal"')
    assert other["budget_impact"]["recovery_1_4_year1"] == before
    assert "inte diskonterade" in said


def test_prices_without_demand_are_refused_with_what_to_do():
    with pytest.raises(kh.InvalidInput) as refusal:
        study(PRICES)
    assert refusal.value.code == "E-STUDY-MISSING"
    assert "Add it, or leave [prices] out" in str(refusal.value)
    assert "Lägg till den" in refusal.value.swedish


def test_money_survives_being_written_and_read():
    made = study(DEMAND, PRICES, '[money]\namounts = "nominal"\ndiscount = 0.02', INDEX,
                 SURE.replace("[money]\n", ""))  # fmt: skip
    import tomllib

    assert Study.from_toml(tomllib.loads(made.to_toml())) == made


def test_sheets_of_budget_and_sources_say_whose_prices_are_fixed(nominal):
    import io

    from python_calamine import CalamineWorkbook

    from kohort.report.exports import workbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook(nominal, lang="sv")))
    for title, said in (("Budget", "Fasta priser är 2018 års priser"),
                        ("Osäkerhetens källor", "Kronor i löpande priser")):  # fmt: skip
        notes = " ".join(str(row[0]) for row in book.get_sheet_by_name(title).to_python()[:5])
        assert said in notes
        assert "PKV" in notes


def test_parts_of_the_difference_are_those_of_the_years_cost(nominal):
    """As the report's caption says, and as its headline subtracts."""
    found = nominal.projection
    parts = sum(found.difference_split["cost"].values())
    year = found.costs["continuous"].sum(axis=1) - found.constant_share.cost.sum(axis=1)
    np.testing.assert_allclose(parts[1:], year, rtol=1e-9)
    headline = nominal.headline()["cost"]
    assert parts[-1] == pytest.approx(headline["last"] - headline["constant_share"])

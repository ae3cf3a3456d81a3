"""Strategies in a projection: what they change and cost, and `kohort compare`."""

import json
from dataclasses import replace

import numpy as np
import pytest
import small_town
from test_projection import COSTS, LEVELS, StandInFit

import kohort as kh
from kohort import datasets
from kohort.cli import main
from kohort.evaluation.outcomes import Outcome
from kohort.study import Study, example_study
from kohort.study.strategy_file import EffectSettings, StrategySettings
from kohort.support._language import language

PROGRAMME = kh.StrategyCosts(
    price_year=COSTS.price_year, per_enrolment=8_000, per_month=1_500, stay=3,
    team_per_month=300_000, capacity=45, start_up=500_000, pays="rehabilitation", gains="home help",
)  # fmt: skip


@pytest.fixture(scope="module")
def settings():
    population = kh.Population.from_wpp(datasets.columns("example/population"), years=4)
    stock = population.persons[0][:, :, None] * np.array([0.06, 0.03, 0.02, 0.01, 0.02])
    entries = kh.Entries.from_table(0.05, [0.53, 0.17, 0.23, 0.07], LEVELS)
    return population, entries, stock


def strategies():
    return (
        kh.presets.recovery_1_4_year1(uptake=0.6, costs=PROGRAMME, begins=1.0),
        kh.presets.shower_ot_3m(uptake=0.6),
        kh.presets.none(uptake=0.6, costs=PROGRAMME, begins=1.0),
    )


@pytest.fixture(scope="module")
def projected(settings):
    population, entries, stock = settings
    return kh.project(
        StandInFit(), population, entries, stock=stock, costs=COSTS, draws=40, closure="scale",
        fitted_ages=(65, 110), strategies=strategies(), enrolments_a_year=4,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(projected):
    return kh.strategy_outcomes(projected)


def test_before_it_begins_a_strategy_changes_nothing(projected):
    team = projected.of("recovery_1_4_year1")
    assert np.array_equal(team.draws_persons[:, :2], projected.draws_persons[:, :2])
    assert np.array_equal(team.draws_cost[:, 0], projected.draws_cost[:, 0])
    assert (team.draws_cost[:, 3] != projected.draws_cost[:, 3]).all()


def test_the_null_changes_nothing_but_its_own_cost(projected, found):
    null = projected.of("none")
    assert np.array_equal(null.draws_persons, projected.draws_persons)
    outcome = found["none"]
    assert outcome.support == 0
    assert outcome.total == outcome.programme > 0
    assert outcome.chance_of_saving == 0


def test_recovery_helps_and_its_programme_is_paid_for(projected, found):
    outcome = found["recovery_1_4_year1"]
    assert outcome.support < 0
    assert outcome.total == pytest.approx(outcome.support + outcome.programme)
    assert outcome.programme > 500_000 + 36 * 300_000
    low, high = outcome.interval()
    assert low < outcome.total_draws.mean() < high
    assert outcome.monte_carlo_error > 0
    difference = projected.compare()["recovery_1_4_year1", "cost"].total()
    assert outcome.support == pytest.approx(difference.point[0])
    assert outcome.support_draws == pytest.approx(difference.draws[:, 0])


def test_fewer_hours_count_beside_fewer_users(projected, found):
    outcome = found["shower_ot_3m"]
    usual, other = (
        projected.new_users[:, 1].sum(),
        projected.of("shower_ot_3m").new_users[:, 1].sum(),
    )
    treated = other - 0.4 * usual
    assert treated == pytest.approx(0.6 * 0.34 / 0.75 * usual, rel=0.03)
    full = treated * 0.25 * COSTS.by_level["moderate"] * (1 - 14_700 / 0.34 / (141_540 / 0.75))
    assert 0.8 * full < -outcome.hours < full  # some leave the level within three months
    assert outcome.users < 0


def test_no_word_of_saving_where_the_total_rises(found):
    for code in ("en", "sv"):
        null = found["none"].verdict(language(code))
        assert "spar" not in null.lower()
        assert "saving" not in null.lower()
        assert ("more than usual care" if code == "en" else "mer än dagens arbetssätt") in null
        assert ("life-years" if code == "en" else "levnadsår") in null
    assert "no significant difference" in str(found)
    assert "<table" in found._repr_html_()
    assert len(found.to_frame()) == 3
    json.dumps(found.document(), allow_nan=False)


def test_one_call_evaluates_presets_with_their_costs(projected, found):
    made = kh.evaluate(projected, discount=0.0)
    for name in ("recovery_1_4_year1", "none", "shower_ot_3m"):
        added, years = made.increments(name)
        assert added == pytest.approx(found[name].total_draws, rel=1e-9, abs=1e-3)
        assert years.mean() == pytest.approx(
            projected.compare()[name, "life_years"].total().mean[0], abs=1e-9
        )
    assert "own costs of recovery_1_4_year1, none included" in made.basis
    assert "no own costs given for shower_ot_3m" in made.basis
    assert made.table.rows[0].name in ("usual care", "shower_ot_3m")
    discounted = kh.evaluate(projected, discount=0.03).increments("none")[0]
    value = projected.of("none").valued
    factors = 1.03 ** -(np.arange(4) + 0.5)
    assert discounted == pytest.approx(value.programme_draws @ factors)
    with pytest.raises(kh.InvalidInput, match="counted once"):
        kh.evaluate(projected, discount=0.0, own_costs={"none": 1.0})


def test_what_averts_entries_costs_for_each_who_applies(settings):
    population, entries, stock = settings
    costs = kh.presets.shower_costs(COSTS.price_year)
    assert costs.per_enrolment == pytest.approx((20_580 + 5_732) / 25)
    shower = kh.presets.shower_ot_3m(uptake=0.6, costs=costs, begins=0.5)
    projection = kh.project(
        StandInFit(), population, entries, stock=stock, costs=COSTS, draws=0, closure="scale",
        fitted_ages=(65, 110), strategies=[shower],
    )  # fmt: skip
    value = projection.of("shower_ot_3m").valued
    applied = 0.6 * projection.new_users[:, 1] * [0.5, 1, 1, 1]
    assert value.treated == pytest.approx(applied)
    assert value.programme == pytest.approx(applied * costs.per_enrolment)
    assert kh.strategy_outcomes(projection)["shower_ot_3m"].costed
    assert kh.evaluate(projection, discount=0.03).increments()[0] < 0


def test_hours_that_fade_and_hours_that_cannot_be_valued(settings):
    population, entries, stock = settings

    def hours(*effects, **changes):
        strategy = kh.Strategy("fewer hours", effects, **changes)
        p = kh.project(
            StandInFit(), population, entries, stock=stock, costs=COSTS, draws=2,
            closure="scale", fitted_ages=(65, 110), strategies=[strategy],
        )  # fmt: skip
        value = p.of("fewer hours").valued
        assert value.hours_draws.shape == (2, 4)
        return value.hours.sum()

    ratio = kh.effect.hours_ratio
    constant = hours(ratio(["light"], 0.5, months=(0, 6)))
    parts = hours(*(ratio(["light"], 0.5, months=(m, m + 1)) for m in range(6)))
    assert parts == pytest.approx(constant, rel=1e-9)
    assert constant < hours(ratio(["light"], 0.5, months=(0, 6), fade=0.8)) < 0
    assert hours(ratio(["light"], 0.5, months=(0, 6)), uptake=0.5) == pytest.approx(constant / 2)
    for effect, words in (
        (ratio(["light"], 0.5, clock="calendar"), "since each came in"),
        (ratio(["light"], 0.5, sex="men"), "since each came in"),
        (ratio(["mild"], 0.5), "no state 'mild'"),
    ):
        with pytest.raises(kh.InvalidInput, match=words):
            hours(effect)


def test_prices_of_different_years_are_refused(settings):
    population, entries, stock = settings
    other = kh.presets.none(costs=kh.StrategyCosts(price_year=COSTS.price_year + 1))
    with pytest.raises(kh.InvalidInput, match="Convert one of them"):
        kh.project(
            StandInFit(), population, entries, stock=stock, costs=COSTS, draws=0, closure="scale",
            fitted_ages=(65, 110), strategies=[other],
        )  # fmt: skip


def test_a_strategy_from_a_file():
    made = StrategySettings(
        name="own", evidence="a guess", uptake=0.5, enrols="users",
        effects=(
            EffectSettings("intensity_ratio", moves=("light -> moderate",), ratio=0.8,
                           months=(0, 24), fade=0.95),
            EffectSettings("hours_ratio", levels=("light",), ratio=0.5, months=(0, 3)),
        ),
    ).strategy(2024)  # fmt: skip
    assert made.evidence.en == "a guess"
    assert made.effects[0].settings["moves"] == [("light", "moderate")]
    assert len(made.lowered(kh.DEPENDENCY, np.full((2, 1, 11), 0.1), 80)["effects"]) == 1


@pytest.mark.parametrize(
    "given",
    [
        StrategySettings(),
        StrategySettings(preset="miracle"),
        StrategySettings(preset="none", enrols="nobody"),
        StrategySettings(name="own", effects=(EffectSettings("hours_ratio", ratio=0.8),)),
        StrategySettings(effects=()),
        StrategySettings(name="x", effects=(EffectSettings("magic"),)),
        StrategySettings(name="x", effects=(EffectSettings("intensity_ratio", ratio=0.5),)),
        StrategySettings(name="x", effects=(EffectSettings("hours_ratio", ratio=1.0, rule="x"),)),
    ],
)
def test_what_a_file_cannot_ask_for(given):
    with pytest.raises(kh.InvalidInput) as refusal:
        given.strategy(2024)
    assert refusal.value.code == "E-STUDY-VALUE"


def test_kohort_compare(tmp_path, capsys):
    study = example_study().replaced(
        years=3, draws=40, strategies=(StrategySettings(preset="eskilstuna", uptake=0.5),)
    )
    file = tmp_path / "study.toml"
    file.write_text(study.to_toml(), encoding="utf-8")
    assert Study.read(file).strategies == study.strategies
    with pytest.raises(SystemExit) as left:
        main(["compare", str(file), "--json", "--out", str(tmp_path / "out")])
    told = json.loads(capsys.readouterr().out)
    assert left.value.code == 0
    assert [s["name"] for s in told["strategies"]] == ["eskilstuna", "none"]
    assert told["strategies"][1]["total"] == 0
    assert told["strategies"][0]["users"] < 0
    page = (tmp_path / "out" / "compare.html").read_text(encoding="utf-8")
    assert "prövning" in page
    with pytest.raises(SystemExit) as left:
        main(["compare", str(file), "--preset", "miracle", "--json"])
    assert left.value.code == 2
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "E-STUDY-VALUE"


def test_support_programme_and_total_stand_with_their_intervals(projected, found):
    comparison = projected.compare()
    for outcome in found.outcomes:
        for part, measure in (
            ("support", "cost"),
            ("hours", "hours"),
            ("programme", "programme"),
            ("total", "total"),
        ):
            whole = comparison[outcome.name, measure].total()
            assert getattr(outcome, part) == pytest.approx(whole.point[0], rel=1e-9, abs=1e-3)
            draws = getattr(outcome, f"{part}_draws")
            assert draws == pytest.approx(whole.draws[:, 0], rel=1e-9, abs=1e-3)
            assert outcome.error(part) == pytest.approx(whole.monte_carlo_error[0], abs=1e-3)
    made = kh.evaluate(projected, discount=0.0)
    total = comparison["recovery_1_4_year1", "total"].total()
    assert made.increments("recovery_1_4_year1")[0] == pytest.approx(total.draws[:, 0], abs=1e-3)
    heads, rows = found.money(language("sv"))
    assert heads[1] == "Post"
    assert ["", "totalt"] in [row[:2] for row in rows]
    assert "inte angiven" in [row[2] for row in rows]  # the shower preset has no cost of its own
    said = str(comparison)
    assert "with the strategy's own the cost of everything" in said
    assert "before the strategy's own cost" in said  # of the one that was not given


def test_at_the_cost_it_pays_up_to_the_net_is_nothing(projected, found):
    outcome = found["shower_ot_3m"]
    each = outcome.pays_up_to
    assert each > 0
    treated = projected.of("shower_ot_3m").valued.treated_draws
    low, high = outcome.pays_up_to_interval()
    assert low < each < high
    # Draw by draw, its own threshold leaves nothing: by the evaluation's sum, not by ours.
    threshold = -(outcome.support_draws + outcome.hours_draws) / outcome.enrolled_draws
    made = kh.evaluate(
        projected, discount=0.0, own_costs={"shower_ot_3m": threshold[:, None] * treated}
    )
    scale = np.abs(outcome.support_draws).max()
    assert np.abs(made.increments("shower_ot_3m")[0]).max() < 1e-9 * scale
    assert "så länge det kostar mindre än" in outcome.verdict(language("sv"))
    assert found["none"].pays_up_to == 0


def test_an_uptake_that_the_studys_own_strategies_would_not_heed_is_refused(tmp_path, capsys):
    import json

    from kohort.cli.app import run
    from kohort.study.settings import shipped_study

    own = '\n[[strategies]]\npreset = "recovery_1_4_year1"\nuptake = 0.6\n'
    path = tmp_path / "study.toml"
    path.write_text(shipped_study("kohort:small").to_toml() + own, "utf-8")
    assert run(["compare", str(path), "--uptake", "0.5"]) == 2
    assert "Change uptake in [[strategies]]" in capsys.readouterr().err
    given = ["compare", str(path), "--uptake", "0.5", "--preset", "recovery_1_4_year1"]
    assert run([*given, "--draws", "40", "--json"]) == 0
    half = json.loads(capsys.readouterr().out)["strategies"]
    assert run(["compare", str(path), "--draws", "40", "--lang", "en"]) == 0
    said = capsys.readouterr().out
    assert "counted continuously through the year; amounts are undiscounted" in said
    assert "mean of the draws ± its error" in said
    reached = next(s["enrolled"] for s in half if s["name"] == "recovery_1_4_year1")
    row = next(line for line in said.splitlines() if line.startswith("recovery"))
    assert float(row.split()[5].replace(",", "")) == pytest.approx(reached * 0.6 / 0.5, rel=0.05)
    for one in half:  # every strategy's own error, and the mean that it is of
        assert {"mean_of_draws", "monte_carlo_error"} <= set(one)


@pytest.mark.parametrize(
    ("window", "begins"), [({"ages": (20, 30)}, 0), ({"months": (60, 72)}, 0), ({}, 4.5)]
)
def test_effects_that_change_nothing_are_said(window, begins):
    """Ages that nobody has, months after the last year, a start after it: no word before."""
    strategies = [
        kh.Strategy("idle", (kh.effect.intensity_ratio("recovery", 2, **window),), begins=begins),
        kh.Strategy("acts", (kh.effect.intensity_ratio("recovery", 2),)),
        kh.Strategy("as usual"),
    ]
    projected = kh.project(
        small_town.FIT, small_town.population(), small_town.entries(), stock=small_town.stock(),
        years=4, costs=small_town.COSTS, draws=0, strategies=strategies,
    )  # fmt: skip
    made = kh.strategy_outcomes(projected)
    assert [o.idle for o in made.outcomes] == [True, False, False]
    for lang, words in (("en", "Its effects change nothing"), ("sv", "ändrar ingenting")):
        assert [words in said for said in made.in_words(lang)] == [True, False, False]


def test_one_life_year_is_one():
    one = Outcome(
        "a", kh.Evidence(), "", "", 0, -1.2, 0, 10, 1e6, 0, 0, *(np.zeros(0),) * 4, costed=True
    )  # fmt: skip
    assert "; 1 life-year fewer." in one.verdict(language("en"))
    assert "; 1 levnadsår mindre." in one.verdict(language("sv"))
    assert "; 2 life-years fewer." in replace(one, life_years=-1.6).verdict(language("en"))


def test_evidence_beside_a_preset_would_not_be_used_and_is_refused():
    given = StrategySettings(preset="none", evidence="our own study")
    with pytest.raises(kh.InvalidInput, match="a preset has its own evidence"):
        given.strategy(2018)


def test_a_study_has_presets_hours_and_a_strategys_own_cost(tmp_path):
    import tomllib

    from kohort.study.comparing import compared
    from kohort.study.settings import shipped_study

    base = shipped_study("kohort:small").replaced(draws=40, years=2).to_toml()
    base += """
[[strategies]]
preset = "recovery_1_4_year1"
uptake = 0.6
costs = { per_enrolment = 10000, pays = "rehabilitation", gains = "home help" }
[[strategies]]
name = "fewer hours"
evidence = "assumed"
effects = [{ kind = "hours_ratio", levels = ["moderate"], ratio = 0.8, months = [0, 3] }]
costs = { team_per_month = 100000, capacity = 30 }
"""
    study = Study.from_toml(tomllib.loads(base))
    chosen = tuple(s.strategy(2018) for s in study.strategies)
    made, impacts = compared(study, chosen, lambda step, share: None)
    preset, hours = made["recovery_1_4_year1"], made["fewer hours"]
    assert preset.programme == pytest.approx(10_000 * preset.enrolled, rel=1e-9)
    assert (preset.pays, preset.gains) == ("rehabilitation", "home help")
    assert (hours.support, hours.users) == (0, 0)
    assert hours.hours < 0
    assert hours.programme >= 24 * 100_000
    assert impacts == {}

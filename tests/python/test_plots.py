"""A picture draws its table, in the reader's language, and can be read without colours."""

import io
import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure
from stand_in import LEVELS, StandInProjection, probabilities

from kohort import plots
from kohort.report.figures import svg

PROJECTION = StandInProjection()
YEARS = np.arange(2015, 2025)
ENTRIES = {"year": YEARS, "persons": np.full(10, 330.0)}
STOCK = {
    "year": np.repeat(YEARS, 4),
    "state": np.tile(np.array(LEVELS), 10),
    "persons": np.tile([800.0, 250, 320, 340], 10),
}
MIX = np.tile([53.0, 16, 24, 7], (10, 1))
RATES = {
    "group": np.array(["women", "men"]),
    "transition": np.array(["light → total"] * 2),
    "rate": np.array([0.1, 0.2]),
    "lower": np.array([0.05, 0.15]),
    "upper": np.array([0.2, 0.3]),
}
DRAWN = {
    "levels": lambda ax, lang: plots.levels(PROJECTION, ax, lang=lang),
    "cost": lambda ax, lang: plots.cost(PROJECTION, ax, lang=lang),
    "comparison": lambda ax, lang: plots.comparison(PROJECTION, ax, lang=lang),
    "difference": lambda ax, lang: plots.difference(PROJECTION, ax, lang=lang),
    "growth": lambda ax, lang: plots.growth(PROJECTION, ax, lang=lang),
    "new_users": lambda ax, lang: plots.new_users(PROJECTION, ax, entries=ENTRIES, lang=lang),
    "history": lambda ax, lang: plots.history(PROJECTION, STOCK, ax, lang=lang),
    "entry_mix": lambda ax, lang: plots.entry_mix(YEARS, MIX, LEVELS, ax, lang=lang),
    "transitions": lambda ax, lang: plots.transitions(
        probabilities(), [*LEVELS, "dead"], ax, lang=lang
    ),
    "intensities": lambda ax, lang: plots.intensities(RATES, ax, lang=lang),
}


def drawn(name, lang="en"):
    ax = Figure().subplots()
    assert DRAWN[name](ax, lang) is ax
    return ax


def texts(ax):
    found = [text.get_text() for text in ax.texts]
    found += [label.get_text() for label in ax.get_xticklabels() + ax.get_yticklabels()]
    return [*found, ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_takes_and_returns_its_axes_and_is_the_same_twice(name):
    pages = []
    for _ in range(2):
        pages.append(svg(f"{name}-en", "title", "words", lambda ax: DRAWN[name](ax, "en"), (6, 4)))
    assert pages[0] == pages[1]
    assert "<title" in pages[0]
    assert pages[0] != svg("x", "title", "words", lambda ax: DRAWN[name](ax, "sv"), (6, 4))


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_has_a_table_of_the_same_name(name):
    assert callable(getattr(plots, f"{name}_data"))


def test_lines_are_the_numbers_of_the_table():
    ax, data = drawn("levels"), plots.levels_data(PROJECTION)
    assert set(data["state"]) == set(LEVELS)
    for level, line in zip(LEVELS, ax.lines, strict=True):
        mine = data["state"] == level
        np.testing.assert_array_equal(line.get_xdata(), data["year"][mine])
        np.testing.assert_array_equal(line.get_ydata(), data["persons"][mine])
    # a level's persons are those of the projection, summed over sex and age
    total = data["persons"][data["state"] == "total"]
    np.testing.assert_allclose(total, PROJECTION.persons[:, 4].sum(axis=(1, 2)), rtol=1e-14)


def test_bands_are_quantiles_of_the_draws_and_nested():
    data = plots.levels_data(PROJECTION)
    last_light = (data["state"] == "light") & (data["year"] == 2034)
    draws = PROJECTION.draws_persons[:, -1, 1]
    for name, p in [("low_95", 0.025), ("low_80", 0.1), ("high_80", 0.9), ("high_95", 0.975)]:
        assert data[name][last_light] == pytest.approx(np.quantile(draws, p), rel=1e-14)
    assert (data["low_95"] <= data["low_80"]).all()
    assert (data["high_80"] <= data["high_95"]).all()


def test_the_limits_of_all_users_come_from_the_sum_not_from_the_parts():
    data = plots.comparison_data(PROJECTION)
    sums = PROJECTION.draws_persons[:, -1, 1:5].sum(axis=1)
    assert data["high_95"][-1] == pytest.approx(np.quantile(sums, 0.975), rel=1e-14)


def test_the_waterfall_ends_at_the_difference_of_the_two_forecasts():
    data = plots.difference_data(PROJECTION)
    both = plots.comparison_data(PROJECTION)
    gap = both["users"][-1] - both["constant_share"][-1]
    assert data["persons"].sum() == pytest.approx(gap, rel=1e-12)
    bars = drawn("difference").patches
    assert bars[-1].get_width() == pytest.approx(gap, rel=1e-12)
    assert bars[-1].get_x() == 0
    for before, after in itertools.pairwise(bars[:-1]):
        assert after.get_x() == pytest.approx(before.get_x() + before.get_width())


def test_lines_differ_by_style_and_label_and_not_by_colour_alone():
    lines = drawn("levels").lines
    assert (
        len({str(line.get_linestyle()) + str(line._unscaled_dash_pattern) for line in lines}) == 4
    )
    assert len({line.get_color() for line in lines}) == 4
    assert {t.get_text() for t in drawn("levels").texts} == set(LEVELS)


def test_labels_beside_lines_do_not_overlap():
    ax = drawn("levels")
    heights = sorted(text.xy[1] for text in ax.texts)
    assert min(np.diff(heights)) >= 0.06 * ax.get_ylim()[1]


@pytest.mark.parametrize("name", DRAWN)
def test_swedish_pictures_speak_swedish(name):
    swedish, english = set(texts(drawn(name, "sv"))), set(texts(drawn(name, "en")))
    assert any(letter.isalpha() for text in swedish - english for letter in text)


def test_swedish_numbers_have_a_comma():
    shown = texts(drawn("transitions", "sv"))
    assert "6,0\u00a0%" in shown
    assert "6.0%" in texts(drawn("transitions", "en"))


def test_nobody_leaves_an_absorbing_state_so_it_has_no_row():
    ax = drawn("transitions")
    assert [t.get_text() for t in ax.get_yticklabels()] == list(LEVELS)
    assert [t.get_text() for t in ax.get_xticklabels()] == [*LEVELS, "dead"]


def test_a_new_figure_is_made_when_no_axes_are_given():
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    ax = plots.levels(PROJECTION)
    out = io.BytesIO()
    ax.figure.savefig(out, format="png")
    pyplot.close(ax.figure)
    assert out.getvalue().startswith(b"\x89PNG")


def test_names_in_a_picture_are_escaped():
    model = [*"<b>", "dead"]
    page = svg("x", "<t>", "a & b", lambda ax: plots.transitions(np.eye(4), model, ax), (4, 3))
    assert "<t>" not in page
    assert "&lt;t&gt;" in page
    assert "a &amp; b" in page


def test_shares_of_the_entry_mix_add_up_to_one_each_year():
    data = plots.entry_mix_data(YEARS, MIX * np.arange(1, 11)[:, None], LEVELS)
    assert data["share"].reshape(10, 4).sum(axis=1) == pytest.approx(np.ones(10), abs=1e-15)
    assert data["share"][0] == pytest.approx(0.53)


def test_a_fitted_model_shows_its_rates_where_every_covariate_is_zero():
    class Fit:
        transitions = ("a -> b", "b -> c")
        coefficient_names = ("a -> b", "a -> b: male", "b -> c")
        coefficients = np.log([0.2, 1.5, 0.1])
        has_error = (True, True, False)

        def confidence_intervals(self, level):
            assert level == 0.95
            return np.log([[0.1, 0.4], [1.0, 2.0], [1.0, 1.0]])

    data = plots.intensities_data(Fit())
    assert data["transition"].tolist() == ["a -> b"]
    assert data["rate"] == pytest.approx([0.2])
    assert (data["lower"][0], data["upper"][0]) == pytest.approx((0.1, 0.4))
    assert plots.intensities(Fit(), Figure().subplots()).get_xscale() == "log"


def test_the_day_on_which_rules_change_is_a_labelled_line_where_it_is_in_sight():
    import datetime as dt

    forecast = StandInProjection()
    first, last = int(forecast.years[0]), int(forecast.years[-1])
    inside, outside = dt.date(first + 2, 7, 1), dt.date(last + 3, 7, 1)
    for draw, at in ((plots.levels, first + 1.5), (plots.comparison, first + 1.5),
                     (plots.cost, first + 2.0), (plots.new_users, first + 2.0)):  # fmt: skip
        for lang, word in (("sv", "nya regler"), ("en", "new rules")):
            ax = draw(forecast, Figure().subplots(), lang=lang, breaks=(inside, outside))
            upright = [
                line for line in ax.lines
                if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1]
            ]  # fmt: skip
            assert [round(float(line.get_xdata()[0]), 1) for line in upright] == [at]
            assert upright[0].get_linestyle() != "-"
            said = [text.get_text() for text in ax.texts if word in text.get_text()]
            assert said == [f"{inside.isoformat()}: {word}"]


@pytest.mark.parametrize("most", [1e6, 2.5e5, 3e3, 1.0, 0.2, 12.5e6])
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_tick_says_the_number_that_it_stands_at(most, lang):
    """Ticks every quarter of a million say 0.25, 0.5, 0.75 and not 0.2, 0.5, 0.8."""
    from kohort import evaluate
    from kohort.plots import decisions as plots_decisions

    rng = np.random.default_rng(4)
    costs, effects = rng.normal(0, 0.3 * most, (200, 2)), rng.normal(0, 1, (200, 2))
    ev = evaluate(costs=costs, effects=effects, willingness_to_pay=np.linspace(0, most, 21))
    for draw in (plots_decisions.acceptability, plots_decisions.expected_loss):
        ax = draw(ev, lang=lang)
        ax.figure.canvas.draw()
        unit = ax.get_xlabel()
        scale = 1e6 if "mil" in unit else 1e3 if "thou" in unit or "tus" in unit else 1.0
        for place, label in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
            said = label.get_text().replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
            said = said.replace(",", "." if lang == "sv" else "")
            assert abs(float(said) - place / scale) <= 1e-6 * most / scale, (said, place)

"""Many municipalities: sharing strength, showing how much, and handing one over to a projection."""

from __future__ import annotations

import numpy as np
import pytest

import kohort as kh

MODEL = kh.Model(
    ("well", "ill", "dead"), [("well", "ill"), ("well", "dead"), ("ill", "dead")], death="dead"
)
COLUMNS = {"subject": "subject", "time": "time", "state": "state", "kind": "kind"}
SIZES = (8, 15, 30, 60, 25, 12, 40, 20, 18, 35, 50, 10, 22, 28, 45, 16)


@pytest.fixture(scope="module")
def table() -> dict[str, np.ndarray]:
    """Made-up municipalities whose rate of falling ill differs, and no other."""
    rng = np.random.default_rng(8)
    parts = []
    for m, size in enumerate(SIZES):
        rate = 0.3 * np.exp(0.6 * rng.standard_normal())
        part = kh.simulate(
            MODEL,
            intensities=MODEL.intensities([rate, 0.05, 0.25]),
            start="well",
            persons=3 * size,
            visits=[0, 1, 2, 3],
            exact_times=True,
            seed=m,
        )
        part.pop("planned_end")
        part["subject"] = part["subject"] + 1000 * m
        part["municipality"] = np.repeat(f"M{m:02}", len(part["time"]))
        parts.append(part)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


@pytest.fixture(scope="module")
def pooled(table) -> kh.PooledFit:
    return kh.fit_pooled(
        table, MODEL, "municipality", transitions=["well -> ill", "ill -> dead"], **COLUMNS
    )


def test_the_spread_is_found_where_there_is_one(pooled):
    assert pooled.fitted.convergence.converged
    assert pooled.municipalities == tuple(f"M{m:02}" for m in range(16))
    spread = dict(zip(pooled.transitions, pooled.sd, strict=True))
    assert 0.35 < spread["well -> ill"] < 1
    assert spread.get("ill -> dead", 0.0) < 0.25
    assert pooled.test("well -> ill") < 1e-4
    assert "Pooled over 16 municipalities" in str(pooled)
    assert "Laplace" in pooled._repr_html_()


def test_the_smaller_the_municipality_the_more_it_is_drawn_to_the_others(pooled, table):
    shrunk = pooled.shrinkage[:, pooled.transitions.index("well -> ill")]
    assert np.all((shrunk > 0) & (shrunk < 1))
    assert shrunk[np.argmin(SIZES)] > 2 * shrunk[np.argmax(SIZES)]
    frame = pooled.to_frame(backend="pandas")
    ill = frame[frame["transition"] == "well -> ill"]
    alone = []
    for name in pooled.municipalities:
        mine = table["municipality"] == name
        alone.append(kh.fit({k: v[mine] for k, v in table.items()}, MODEL, **COLUMNS))
    own = np.array([float(np.exp(fit.coefficients[0])) for fit in alone])
    common = ill["common_rate"].to_numpy()
    rate = ill["rate"].to_numpy()
    assert np.all((rate - common) * (own - common) > 0)
    assert np.all(np.abs(np.log(rate / common)) < np.abs(np.log(own / common)))


def test_one_municipality_is_handed_over_to_a_projection(pooled):
    one, new = pooled.municipality("M03"), pooled.municipality()
    place = pooled.transitions.index("well -> ill")
    point = one.rates([80])[0, 0, 0]
    expected = np.exp(pooled.fitted.coefficients[0] + pooled.effects[3, place])
    assert point[0] == pytest.approx(expected)
    assert one.intensities()[0, 1] == pytest.approx(expected)
    assert new.rates([80])[0, 0, 0, 0] == pytest.approx(np.exp(pooled.fitted.coefficients[0]))
    draws = one.draws(4000, seed=1)
    assert draws[:, 0].mean() == pytest.approx(np.log(expected), abs=0.02)
    assert new.draws(4000, seed=1)[:, 0].std() > 1.5 * draws[:, 0].std()
    np.testing.assert_array_equal(one.draws(10, seed=1), draws[:10])
    assert one.rates([80], draws=draws[:7]).shape == (7, 2, 1, 3)
    with pytest.raises(kh.InvalidInput, match="M00, M01"):
        pooled.municipality("Nowhere")


def test_the_picture_shows_own_pooled_and_common(pooled):
    from kohort.plots import inference as plots_inference

    drawn = plots_inference.pooling_data(pooled, "well -> ill")
    assert np.all(np.diff(drawn["rate"]) >= 0)
    inside = (drawn["rate"] - drawn["common"]) * (drawn["alone"] - drawn["rate"])
    assert np.all(inside >= 0)
    ax = pooled.plot("well -> ill")
    assert len(ax.get_yticklabels()) == 16


def test_alike_municipalities_have_no_spread():
    rows = kh.simulate(
        MODEL,
        intensities=MODEL.intensities([0.3, 0.05, 0.25]),
        start="well",
        persons=60,
        visits=[0, 1, 2],
        exact_times=True,
    )
    rows.pop("planned_end")
    twice = {name: np.concatenate([column] * 3) for name, column in rows.items()}
    twice["subject"] = twice["subject"] + 1000 * np.repeat([0, 1, 2], len(rows["time"]))
    twice["place"] = np.repeat(["A", "B", "C"], len(rows["time"]))
    found = kh.fit_pooled(twice, MODEL, twice["place"], transitions=["well -> ill"], **COLUMNS)
    assert found.transitions == ()
    assert [f.code for f in found.diagnostics] == ["D-NO-SPREAD"]
    alone = kh.fit(twice, MODEL, **COLUMNS)
    np.testing.assert_allclose(found.fitted.coefficients, alone.coefficients, atol=1e-6)


def test_refusals(table, pooled):
    with pytest.raises(kh.InvalidInput, match="no column 'town'"):
        kh.fit_pooled(table, MODEL, "town", **COLUMNS)
    with pytest.raises(kh.InvalidInput, match="two or more"):
        kh.fit_pooled(table, MODEL, np.zeros(len(table["time"])), **COLUMNS)
    with pytest.raises(kh.InvalidInput, match="no transition 'ill -> well'"):
        kh.fit_pooled(table, MODEL, "municipality", transitions=["ill -> well"], **COLUMNS)
    with pytest.raises(kh.InvalidInput, match="no spread in 'well -> dead'"):
        pooled.test("well -> dead")

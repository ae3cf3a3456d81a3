"""Months without reports and days on which the law changed: found where planted, nowhere else."""

import datetime as dt

import numpy as np
import pytest

import kohort as kh
from kohort.data.series import month_text, reporting_gaps

FIRST = 12 * 2015
UNITS = ["Norr", "Söder", "Väster"]


def table(seed, rates=(40, 30, 60), months=96):
    return np.random.default_rng(seed).poisson(np.array(rates)[:, None], (len(rates), months))


def named(gaps):
    return [(gap.unit, month_text(gap.first), month_text(gap.last)) for gap in gaps]


def test_a_silent_month_of_one_unit_is_found_while_others_report():
    counts = table(1)
    counts[1, 40] = 0
    counts[2, 60:63] = 0
    found = reporting_gaps(UNITS, counts, FIRST)
    assert named(found) == [("Söder", "2018-05", "2018-05"), ("Väster", "2020-01", "2020-03")]
    assert [gap.months for gap in found] == [1, 3]
    assert 100 < found[1].expected < 180


def test_a_month_in_which_nobody_reports_is_one_gap_without_a_unit():
    counts = table(2)
    counts[:, 50] = 0
    assert named(reporting_gaps(UNITS, counts, FIRST)) == [("", "2019-03", "2019-03")]
    assert named(reporting_gaps([""], counts[:1], FIRST)) == [("", "2019-03", "2019-03")]


def test_no_gap_is_invented():
    named_gaps = 0
    for seed in range(300):
        rates = np.random.default_rng(seed).gamma(0.8, 12, 6)
        season = 1 - 0.3 * (np.arange(96) % 12 == 6)
        counts = np.random.default_rng(seed).poisson(rates[:, None] * season)
        named_gaps += len(reporting_gaps(list("abcdef"), counts, FIRST))
    assert named_gaps <= 6  # at most one chance in a hundred a table, with room


@pytest.mark.parametrize(
    "shape",
    [
        lambda m: np.where(m < 30, 0, 40),  # a unit that opens
        lambda m: np.where(m > 70, 0, 40),  # one that closes
        lambda m: np.where(m % 6 == 0, 240, 0),  # decided twice a year
        lambda m: np.where(m % 2 == 0, 3, 0),  # a small one
        lambda m: np.zeros_like(m),
    ],
)
def test_units_that_open_close_or_seldom_decide_have_no_gaps(shape):
    counts = table(3)
    counts[0] = shape(np.arange(96))
    assert reporting_gaps(UNITS, counts, FIRST) == ()


def extract(tmp_path, rows, **options):
    path = tmp_path / "beslut.csv"
    path.write_text("person;from;to;level;enhet\n" + "\n".join(rows) + "\n", encoding="utf-8")
    options = {"level_rule": kh.named_levels(), "extraction_date": "2025-12-31"} | options
    return kh.read_decisions(path, **options)


def people(first, last, each=14, units=("Norr", "Söder"), level="light"):
    """`each` new people a month and unit, all with support to the end."""
    rows = []
    for month in range(12 * first, 12 * last + 12):
        for unit in units:
            for k in range(each):
                day = dt.date(month // 12, month % 12 + 1, 1 + 2 * k)
                rows.append(f"{unit}{month}-{k};{day};;{level};{unit}")
    return rows


def test_a_reporting_gap_in_a_file_names_unit_and_month(tmp_path):
    rows = people(2020, 2024)
    options = {"extraction_date": "2024-12-31"}
    assert extract(tmp_path, rows, **options).reporting_gaps == ()
    holed = [row for row in rows if not (";2022-03-" in row and "Söder" in row)]
    found = extract(tmp_path, holed, **options)
    (warned,) = [f for f in found.findings if f.code == "W-REPORTING-GAP"]
    assert "'Söder'" in warned.message
    assert "2022-03" in warned.message_sv
    assert (warned.count, warned.column) == (1, "enhet")
    assert kh.findings_json([warned])
    assert named(found.reporting_gaps) == [("Söder", "2022-03", "2022-03")]
    for few in (rows[:30], [row for row in rows if ";2022-03-" not in row][::8]):
        assert extract(tmp_path, few, **options).reporting_gaps == ()


def test_data_that_cross_1_july_2025_say_so_with_counts_before_and_after(tmp_path):
    rows = people(2024, 2025, each=3, units=("Norr",))
    rows = [row for row in rows if not (";2025-08" in row or ";2025-09" in row)]
    rows += people(2024, 2025, each=1, units=("Söder",), level="total")
    found = extract(tmp_path, rows)
    (warned,) = [f for f in found.findings if f.code == "W-REGIME"]
    (regime,) = found.regimes
    assert regime.date == dt.date(2025, 7, 1)
    assert regime.levels == ("light", "moderate", "high", "total")
    assert regime.months == 6
    assert regime.entries_before == (18, 0, 0, 6)
    assert regime.entries_after == (12, 0, 0, 6)
    assert regime.stock_before == (54, 0, 0, 18)
    assert regime.stock_after == (66, 0, 0, 24)
    assert "light: entries 18 before, 12 after; persons 54 before, 66 after" in warned.message
    assert "lätt beroende: nya 18 före, 12 efter" in warned.message_sv
    assert found.policies["regime_breaks"]["light"] == "2025-07-01"


def test_only_data_that_cross_the_day_are_warned_about_and_the_day_is_one_s_own(tmp_path):
    rows = people(2024, 2025, each=2, units=("Norr",))
    before = extract(tmp_path, [r for r in rows if ";2024" in r], extraction_date="2025-06-30")
    assert before.regimes == ()
    on_the_day = extract(tmp_path, rows, extraction_date="2025-07-01")
    assert len(on_the_day.regimes) == 1
    assert extract(tmp_path, rows, observed_from="2025-07-01").regimes == ()
    assert extract(tmp_path, rows, regime_breaks={}).regimes == ()
    (own,) = extract(tmp_path, rows, regime_breaks={"light": "2024-09-01"}).regimes
    assert (own.date, own.levels) == (dt.date(2024, 9, 1), ("light",))
    with pytest.raises(kh.InvalidInput, match="light, moderate, high, total"):
        extract(tmp_path, rows, regime_breaks={"lätt": "2024-09-01"})


def test_counts_of_few_people_are_withheld_in_the_warning(tmp_path):
    rows = people(2025, 2025, each=1, units=("Norr",))[3:9]
    (warned,) = [f for f in extract(tmp_path, rows).findings if f.code == "W-REGIME"]
    assert "light: entries <5 before, <5 after; persons <5 before, 6 after" in warned.message

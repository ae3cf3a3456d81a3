"""The data-quality page: counts agree with the tables of decisions, and nobody is on it."""

import datetime as dt
import re

import numpy as np
import pytest

import kohort as kh
from kohort import datasets
from kohort.cli.app import run
from kohort.data.series import month_text
from kohort.privacy import withheld
from kohort.report.quality import quality_page


@pytest.fixture(scope="module")
def decisions():
    return kh.read_decisions(
        datasets.path("small/decisions.csv"),
        level_rule=kh.SUPPORT_RULE,
        extraction_date="2024-12-31",
        observed_from="2015-01-01",
        gap_days=14,
    )


@pytest.fixture(scope="module")
def quality(decisions):
    return decisions.quality()


def test_counts_are_those_of_the_tables_of_decisions(decisions, quality):
    assert month_text(int(quality.months[0])) == "2015-01"
    assert month_text(int(quality.months[-1])) == "2024-12"
    for i in (0, 31, 119):
        month = int(quality.months[i])
        stock = decisions.stock(dt.date(month // 12, month % 12 + 1, 1))
        for k, level in enumerate(quality.levels):
            seen = stock["persons"][stock["state"] == level].sum()
            assert quality.stock[i, k] == seen or (np.isnan(quality.stock[i, k]) and 0 < seen < 5)
    assert np.nansum(quality.entries) <= decisions.counts["first entries seen"]
    hidden = np.isnan(quality.entries).sum()
    short = decisions.counts["first entries seen"] - np.nansum(quality.entries)
    assert hidden <= short <= 4 * hidden
    for k, name in enumerate(("gaps that end the support", "gaps bridged")):
        short = decisions.counts[name] - np.nansum(quality.gaps[:, k])
        hidden = np.isnan(quality.gaps[:, k]).sum()
        assert short == 0 if not hidden else (hidden >= 2 and short >= 5) or short < 5
    mix = quality.mix[~np.isnan(quality.mix).any(axis=1)]
    np.testing.assert_allclose(mix.sum(axis=1), 1, atol=1e-12)


def test_few_are_withheld_and_no_difference_gives_them_away():
    np.testing.assert_array_equal(withheld([0, 1, 4, 5]), [0, np.nan, np.nan, 5])
    np.testing.assert_array_equal(
        withheld([[3, 9, 20], [0, 7, 8], [2, 0, 0]], total_is_known=True),
        [[np.nan, np.nan, 20], [0, 7, 8], [np.nan, np.nan, np.nan]],
    )


def test_results_print_and_make_frames(quality):
    assert "Data quality" in str(quality)
    assert "2015-01" in str(quality)
    assert "<table" in quality._repr_html_()
    frame = quality.to_frame("pandas")
    assert list(frame.columns)[:2] == ["month", "light"]
    assert len(frame) == 120


@pytest.mark.parametrize("what", ["stock", "entries", "mix", "started", "gaps"])
def test_pictures_draw_in_both_languages(quality, what):
    from matplotlib.figure import Figure

    for lang in ("sv", "en"):
        ax = quality.plot(Figure().subplots(), what=what, lang=lang)
        assert ax.get_title(loc="left")
    with pytest.raises(kh.InvalidInput, match="stock, entries"):
        quality.plot(what="pie")


@pytest.fixture(scope="module")
def page(quality):
    return quality.html(file="beslut & utdata.csv", synthetic=True)


def test_a_file_name_with_markup_is_not_on_the_page(quality):
    assert "<b>" not in quality.html(file="beslut <b>.csv").replace("<body>", "")


def test_the_page_stands_alone_and_says_the_same_in_both_languages(page):
    assert "Content-Security-Policy" in page
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert not re.search(r"https?://(?!www\.w3\.org)", page)
    assert "<script" not in page
    assert "beslut & utdata" not in page
    assert "beslut &amp; utdata.csv" in page
    for lang in ("sv", "en"):
        body = page[page.index(f'id="page-{lang}"') :]
        assert body.count("<svg") >= 5
    assert len(re.findall(r'role="img" aria-labelledby', page)) == 10
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'aria-labelledby="([^"]+)"', page))
    assert all(part in ids for target in targets for part in target.split())


def test_the_page_holds_aggregates_only(decisions, page):
    names = decisions.observations.subject_names
    assert not any(name in page for name in names)
    text = datasets.path("small/decisions.csv").read_text(encoding="utf-8")
    assert not any(born in page for born in set(re.findall(r";(19\d\d-\d\d-\d\d);", text)))
    assert not re.search(r"rad \d|row \d", page)
    assert not re.search(r"<td>(<data [^>]*>)?[1-4]<", page)


def test_a_refused_file_has_a_page_without_pictures():
    finding = kh._core.Finding(
        code="E-OVERLAP", severity="E", message="en", message_sv="sv", remedy="do", row=7
    )
    page = quality_page(None, [finding, finding], file="x.csv")
    assert "E-OVERLAP" in page
    assert "<svg" not in page
    assert "2 fel behöver rättas" in page
    assert "rad 7" not in page
    assert "Inga anmärkningar" in quality_page(None, [])


@pytest.mark.parametrize(
    "digits", ["19460823-9986", "\uff11\uff19\uff14\uff16\uff10\uff18\uff12\uff13"]
)
def test_a_unit_that_may_be_a_person_is_not_named(tmp_path, capsys, digits):
    """In no message, no line of JSON and on no page: few have it, or it holds a number."""
    number, few = f"Handl Kanarie {digits}", "Gulfjäder Kanariesson"
    rows = ["person;beslut_id;från;till;nivå;enhet"]
    for year in range(2018, 2024):
        for month in range(1, 13):
            for unit, each in (("Norr", 16), (number, 14)):
                if (year, month) == (2021, 5) and unit == number:
                    continue  # a month without reports, of which there is a finding
                rows += [
                    f"{unit[0]}{year}.{month}.{k};{len(rows)}{k};{year}-{month:02d}-02;;lätt;{unit}"
                    for k in range(each)
                ]
    # One person's many decisions are one person's.
    rows += [f"Z;Z{m};2022-{m:02d}-03;2022-{m:02d}-20;lätt;{few}" for m in range(1, 13)]
    extract = tmp_path / "beslut.csv"
    extract.write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = [tmp_path / "page.html", tmp_path / "found.jsonl"]
    given = ["--extraction-date", "2024-01-31", "--page", told[0], "--findings", told[1], "--json"]
    assert run(["check", str(extract), *map(str, given)]) == 0
    written = capsys.readouterr()
    everything = written.out + written.err + "".join(p.read_text(encoding="utf-8") for p in told)
    assert "W-REPORTING-GAP" in everything
    assert "Norr" in everything
    for word in ("Kanarie", digits, "9986", "Gulfj"):
        assert word not in everything
    found = kh.read_decisions(extract, level_rule=kh.named_levels(), extraction_date="2024-01-31")
    assert set(found.quality().units) == {"Norr", "\N{HORIZONTAL ELLIPSIS}"}

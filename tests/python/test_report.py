"""The report says what the projection says, in two languages, and asks nothing of the outside."""

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import stand_in

from kohort.report.html import html

GOLDEN = Path(__file__).parent / "golden"
RESULT = stand_in.result()
PAGE = html(RESULT, lang="sv")
VOID = {"meta", "input", "br"}


class Reader(HTMLParser):
    """Well-formedness, the text of each language, tables by caption, and all full numbers."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.text = [], [], {"sv": [], "en": []}
        self.headings, self.tables, self.values = {"sv": [], "en": []}, {}, []
        self.lang, self.caption, self.urls, self.skip = None, "", [], 0

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag not in VOID:
            self.open.append((tag, at))
        if "id" in at:
            self.ids.append(at["id"])
        if at.get("class") == "page":
            self.lang = at["lang"]
        if tag == "table":
            self.rows = self.tables.setdefault((self.lang, self.caption), [])
        if tag == "tr":
            self.rows.append([])
        if tag == "data":
            self.values.append(float(at["value"]))
        self.urls += [at[k] for k in ("href", "src", "action", "data") if k in at]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        tags = [tag for tag, _ in self.open]
        if not data.strip() or self.lang is None or "svg" in tags:
            return
        self.text[self.lang].append(data.strip())
        if tags[-1] == "p" and self.open[-1][1].get("class") == "caption":
            self.caption = data.strip()
        if tags[-1] in ("h1", "h2", "h3"):
            self.headings[self.lang].append((int(tags[-1][1]), data.strip()))
        if "table" in tags and ("td" in tags or "th" in tags):
            self.rows[-1].append(data.strip())


def read(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    return reader


READ = read(PAGE)


def table(lang, begins):
    found = [
        rows
        for (of, caption), rows in READ.tables.items()
        if of == lang and caption.startswith(begins)
    ]
    assert len(found) == 1, (begins, list(READ.tables))
    return found[0]


def test_the_page_is_whole_and_every_id_is_its_own():
    assert PAGE.startswith('<!doctype html>\n<html lang="sv">') or PAGE.lstrip().startswith(
        "<!doctype"
    )
    assert len(READ.ids) == len(set(READ.ids))


def test_nothing_is_fetched_and_nothing_runs():
    assert all(url.startswith("#") for url in READ.urls)
    assert {url[1:] for url in READ.urls} <= set(READ.ids)
    outside = [
        u for u in re.findall(r"https?://[^\"'<> )]+", PAGE) if u != "http://www.w3.org/2000/svg"
    ]
    assert outside == []
    assert "<script" not in PAGE
    assert "@import" not in PAGE
    assert "default-src 'none'" in PAGE


def test_references_inside_pictures_lead_somewhere():
    assert set(re.findall(r"url\(#([^)]+)\)", PAGE)) <= set(READ.ids)
    for labels in re.findall(r'aria-labelledby="([^"]+)"', PAGE):
        assert set(labels.split()) <= set(READ.ids)


def test_both_languages_have_the_same_sections_in_order_and_headings_skip_no_level():
    for lang in ("sv", "en"):
        levels = [level for level, _ in READ.headings[lang]]
        assert levels[0] == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        assert levels.count(2) == 8
    assert [n for n, _ in READ.headings["sv"]] == [n for n, _ in READ.headings["en"]]


def test_levels_in_the_report_are_those_of_the_projection():
    rows = table("en", "Persons on 31 December: expected number and 95% interval")
    projection = RESULT.projection
    assert rows[0] == ["Year", "light", "moderate", "high", "total", "all with support"]
    for t, row in enumerate(rows[1:]):
        assert row[0] == str(projection.years[t])
        for j, cell in enumerate(row[1:5]):
            value = projection.persons[t, 1 + j].sum()
            assert cell.split(" (")[0] == f"{value:,.0f}"
            if t:
                low, high = np.quantile(projection.draws_persons[:, t, 1 + j], [0.025, 0.975])
                assert cell.endswith(f"({low:,.0f}\u2013{high:,.0f})")
        assert row[5].split(" (")[0] == f"{projection.persons[t, 1:5].sum():,.0f}"


def test_costs_in_the_report_are_those_of_the_projection():
    projection = RESULT.projection
    rows = table(
        "en", "Cost a year, million kronor (2018 prices, continuously through the year, un"
    )
    for t, row in enumerate(rows[1:]):
        assert row[1] == f"{projection.costs['continuous'][t].sum() / 1e6:,.1f}"
        low, high = np.quantile(projection.draws_cost[:, t], [0.025, 0.975]) / 1e6
        assert (row[2], row[5]) == (f"{low:,.1f}", f"{high:,.1f}")
        assert row[6] == f"{projection.constant_share.cost[t].sum() / 1e6:,.1f}"
    rows = table("en", "Cost 2025\u20132034, million kronor (2018 prices")
    assert [row[0] for row in rows[1:]] == [
        "start of year", "end of year", "mean of start and end", "continuously through the year",
    ]  # fmt: skip
    for row, by_state in zip(rows[1:], projection.costs.values(), strict=True):
        assert row[1] == f"{by_state.sum() / 1e6:,.1f}"


def test_the_parts_of_the_difference_add_up_in_full():
    rows = table("en", "The difference between the forecasts on 31 December 2034")
    split = RESULT.projection.difference_split["persons"]
    parts = [part[-1] for part in split.values()]
    assert rows[-1][1].replace("\u2212", "-") == f"{sum(parts):+,.0f}"
    assert [row[1].replace("\u2212", "-") for row in rows[1:-1]] == [f"{x:+,.0f}" for x in parts]


def test_every_number_is_there_in_full_and_the_same_in_both_languages():
    half = len(READ.values) // 2
    assert half > 200
    assert READ.values[:half] == READ.values[half:]
    users = RESULT.projection.persons[-1, 1:5].sum()
    assert min(abs(value - users) for value in READ.values) < 1e-9


def test_a_synthetic_study_says_so_under_every_heading_and_a_real_one_nowhere():
    assert PAGE.count('<span class="tag">Syntetiska data</span>') == 8
    assert PAGE.count('<span class="tag">Synthetic data</span>') == 8
    real = SimpleNamespace(**(vars(RESULT.study) | {"synthetic": False}))
    page = html(stand_in.result(study=real))
    assert "yntetisk" not in page
    assert "ynthetic" not in page.replace("synthetic { border", "").replace(".synthetic,", "")


def test_it_says_what_the_uncertainty_leaves_out_and_that_decisions_are_not_needs():
    sv, en = " ".join(READ.text["sv"]), " ".join(READ.text["en"])
    assert "Beslut är inte behov" in sv
    assert "Decisions are not needs" in en
    assert "Osäkerheten i befolkningsprognosen, i priserna" in sv
    assert "Tiden på nivån räknas inte" in sv


def test_findings_are_counted_by_rule():
    finding = RESULT.findings[0]
    page = read(html(stand_in.result(findings=(finding, finding)), lang="en"))
    rows = page.tables["en", "Remarks on the records"]
    assert rows[1] == ["W-DUP-ROW", "counted", "28", "Row given twice"]


def test_names_are_escaped():
    evil = SimpleNamespace(**(vars(RESULT.study) | {"name": "<img src=x> & co"}))
    page = html(stand_in.result(study=evil))
    assert "<img" not in page
    assert "&lt;img src=x&gt; &amp; co" in page


def test_the_same_result_gives_the_same_bytes():
    assert html(RESULT, lang="sv") == PAGE


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_words_are_those_of_the_golden_text(lang, request):
    said = "\n".join(READ.text[lang]) + "\n"
    golden = GOLDEN / f"report.{lang}.txt"
    assert said == golden.read_text(encoding="utf-8")


def test_english_can_come_first():
    page = html(RESULT, lang="en")
    assert '<html lang="en">' in page
    assert re.search(r'id="show-en" checked', page)
    assert read(page).values == READ.values

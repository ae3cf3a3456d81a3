"""What is exported starts no formula and no script, whatever names people give (S07, S08)."""

import csv
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import kohort as kh
from kohort import privacy
from kohort.report.exports import as_csv

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
EVIL = "<img src=x onerror=alert(1)>\"'&"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", ["", " ", "  ", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}"])
def test_no_cell_of_a_csv_file_starts_a_formula(start, before):
    text = f"{before}{start}cmd|' /C calc'!A0"
    made = as_csv({"name": np.array([text], dtype=object), "value": np.array([-12.5])})
    heads, row = csv.reader(io.StringIO(made.decode(), newline=""))
    assert heads == ["name", "value"]
    assert row == ["'" + text, "-12.5"]  # a number stays one


@pytest.mark.parametrize("text", ["a=1", "2024-01-01", "å", "", "1+1", "hög - låg"])
def test_plain_text_stays_as_it_is(text):
    made = as_csv({"name": np.array([text, "x"], dtype=object)})
    rows = list(csv.reader(io.StringIO(made.decode(), newline="")))
    assert rows[1:] == [[text] if text else [], ["x"]] or rows[1] == [text]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.bad = set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.bad += [name for name, _ in attrs if name.startswith("on")]


def shown():
    """Everything with names of the user's own that a notebook shows."""
    model = kh.Model(
        (EVIL, "b", "dead"), [(EVIL, "b"), (EVIL, "dead"), ("b", "dead")], death="dead"
    )
    fit = kh.from_coefficients(model, np.log([0.2, 0.1, 0.3]), np.eye(3) * 0.01)
    table = {"id": ["1", "1", "2"], "t": [0.0, 1.0, 0.0], "s": [EVIL, "b", EVIL]}
    observed = kh.Observations.from_table(table, model, subject="id", time="t", state="s")
    way = {EVIL: [EVIL, "b"], "c": ["<script>", "d"]}
    return {
        "model": model,
        "fit": fit,
        "observations": observed,
        "protected table": privacy.protect(privacy.Table([[1, 20], [30, 40]], way)),
    }


@pytest.mark.parametrize("name", list(shown()))
def test_names_are_text_in_what_a_notebook_shows(name):
    html = shown()[name]._repr_html_()
    reader = Tags()
    reader.feed(html)
    assert not reader.bad
    assert not reader.seen & {"img", "script"}
    assert not re.search(r"(src|href)\s*=", re.sub(r"&lt;.*?&gt;", "", html))


def test_names_are_text_in_pictures():
    pytest.importorskip("matplotlib")
    fit = shown()["fit"]
    figure = fit.plot().figure
    out = io.StringIO()
    figure.savefig(out, format="svg")
    assert "<img" not in out.getvalue()
    assert "<script" not in out.getvalue()

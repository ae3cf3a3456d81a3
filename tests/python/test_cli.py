"""The command line: exit codes by contract, one JSON document, nothing left behind on failure."""

import io
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kohort import InvalidInput, datasets
from kohort.cli import answers
from kohort.cli.app import run

DATA = datasets.path("example/decisions.csv")
HEAD = "person;birth_date;sex;decision;from;to;support;hours_per_month;death_date"
PLAIN = [
    "A;1940-01-01;kvinna;1;2020-01-01;2020-12-31;trygghetslarm;;",
    "A;1940-01-01;kvinna;2;2021-01-01;;dusch;;",
    "B;1938-05-05;man;3;2020-03-01;;särskilt boende;;2022-01-01",
]


def decisions(folder, *rows):
    file = folder / "decisions.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return file


def asked(capsys, *arguments):
    """Exit code and the JSON document."""
    code = run([*map(str, arguments), "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)


def kohort(*arguments, **settings):
    command = [sys.executable, "-m", "kohort", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **settings)


FIT = ("--level-rule", "support_type", "--extraction-date", "2024-12-31")


# --- demo and project -----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    done = kohort("demo", "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout), done


def test_demo_writes_everything_and_says_where(demo):
    out, document, done = demo
    assert document["ok"]
    assert document["synthetic"]
    assert done.stderr == ""
    for path in document["files"].values():
        assert Path(path).exists()
    written = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert {"report.html", "workbook.xlsx", "study.toml", "manifest.json"} < written
    assert "tables/levels.csv" in written
    assert not [name for name in written if ".kohort-" in name]


def test_demo_headline_is_what_the_tables_say(demo):
    out, document, _ = demo
    rows = [line.split(",") for line in (out / "tables/levels.csv").read_text().splitlines()[1:]]
    last = [row for row in rows if row[1] == "users"][-1]
    assert float(last[2]) == document["headline"]["users"]["last"]
    assert (
        int(last[0]) == document["headline"]["last_year"] == document["headline"]["first_year"] + 10
    )


def test_findings_have_the_fields_of_the_contract(demo):
    _, document, _ = demo
    assert document["findings"]
    needed = {"code", "severity", "file", "row", "related", "column", "message", "remedy"}
    for finding in document["findings"]:
        assert needed <= set(finding)
    assert not any(finding["severity"] == "E" for finding in document["findings"])


def test_the_written_study_gives_the_same_figures_again(demo, tmp_path, capsys):
    out, document, _ = demo
    code, again = asked(capsys, "project", out / "study.toml", "--out", tmp_path / "again")
    assert code == 0
    assert again["headline"] == document["headline"]
    for name in ("report.html", "workbook.xlsx", "study.toml", "manifest.json", "tables/cost.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (out / name).read_bytes(), name


def test_no_person_is_in_anything_written(demo):
    out, _document, done = demo
    ids = {line.split(";")[0] for line in DATA.read_text(encoding="utf-8").splitlines()[2:]}
    births = {line.split(";")[1] for line in DATA.read_text(encoding="utf-8").splitlines()[2:]}
    texts = [done.stdout] + [
        p.read_text() for p in out.rglob("*") if p.suffix != ".xlsx" and p.is_file()
    ]
    words = {word for text in texts for word in text.replace('"', " ").replace(",", " ").split()}
    assert not words & ids
    assert not words & births


def test_demo_ends_by_saying_where_things_are(tmp_path):
    done = kohort("demo", "--out", tmp_path / "d", "--lang", "en")
    assert done.returncode == 0
    assert "SYNTHETIC DATA" in done.stdout
    assert str(tmp_path / "d" / "report.html") in done.stdout
    assert "Persons with support 2024 → 2034" in done.stdout
    assert "95% interval" in done.stdout
    assert '<html lang="en">' in (tmp_path / "d" / "report.html").read_text()


AT_STEP = """
import sys, time
from kohort.cli import main
from kohort.study import running
step = sys.argv.pop(1)
made = getattr(running, step)
def begun(*given, **settings):
    print(time.process_time(), flush=True)
    return made(*given, **settings)
setattr(running, step, begun)
main()
"""


@pytest.mark.parametrize("step", ["fitted_to", "project"])
def test_interrupted_in_the_middle_leaves_nothing(tmp_path, step):
    path = os.pathsep.join(p for p in sys.path if p)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = subprocess.Popen(
        [sys.executable, "-c", AT_STEP, step, "demo", "--out", "d"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    begun = float(child.stdout.readline())  # CPU seconds at which the step began
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    assert spent - begun < 2  # of work, however busy the machine
    assert child.returncode == 130
    assert b"interrupted, nothing written" in errors
    assert b"Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


# --- fit ------------------------------------------------------------------------------------------
def test_fit_shows_rates_with_limits():
    done = kohort("fit", DATA, *FIT, "--observed-from", "2015-01-01")
    assert done.returncode == 0, done.stderr
    assert "light -> moderate" in done.stdout
    assert "95 %" in done.stdout


def test_fit_as_json_is_one_document(capsys):
    code, document = asked(capsys, "fit", DATA, *FIT, "--observed-from", "2015-01-01")
    assert code == 0
    names = list(document["coefficients"])
    assert len(document["covariance"]) == len(names)
    assert document["convergence"].startswith("converged")


# --- bad input ------------------------------------------------------------------------------------
def test_a_missing_file_is_an_input_error(capsys, tmp_path):
    code, document = asked(capsys, "fit", tmp_path / "no.csv", *FIT)
    assert (code, document["exit_code"], document["ok"]) == (2, 2, False)
    assert document["findings"][0]["code"] == "E-FILE"
    code, document = asked(capsys, "project", tmp_path / "no.toml")
    assert code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_column_is_named(capsys, tmp_path):
    file = decisions(tmp_path, *PLAIN)
    file.write_text(file.read_text().replace("support;", "sopport;"))
    code, document = asked(capsys, "fit", file, *FIT)
    assert code == 2
    assert document["findings"][0]["code"] == "E-HEADER"


def test_overlapping_decisions_are_refused_with_both_rows(capsys, tmp_path):
    rows = [*PLAIN, "A;1940-01-01;kvinna;4;2020-06-01;2020-07-31;dusch;;"]
    file = decisions(tmp_path, *rows)
    code, document = asked(capsys, "fit", file, *FIT, "--overlap", "refuse")
    assert code == 2
    finding = next(f for f in document["findings"] if f["code"] == "E-OVERLAP")
    assert {finding["row"], *finding["related"]} >= {2, 5}
    assert finding["remedy"]
    assert "1940" not in json.dumps(document)


def test_every_fault_is_told_on_a_terminal_with_row_and_remedy(tmp_path):
    rows = [
        *PLAIN,
        "C;1940-01-01;kvinna;4;2023-02-29;;dusch;;",
        "D;1941-01-01;man;5;2022-01-01;2021-01-01;dusch;;",
    ]
    done = kohort("fit", decisions(tmp_path, *rows), *FIT)
    assert done.returncode == 2
    assert "E-DATE-INVALID" in done.stderr
    assert "E-INTERVAL-NEG" in done.stderr
    assert "row 5" in done.stderr
    assert "row 6" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_options_that_would_be_ignored_are_refused(capsys, demo):
    out, _, _ = demo
    code, document = asked(capsys, "fit", out / "study.toml", "--gap-days", "3")
    assert code == 2
    assert "--gap-days" in document["findings"][0]["message"]


def test_what_a_file_of_decisions_needs_is_asked_for(capsys):
    code, document = asked(capsys, "fit", DATA, "--level-rule", "support_type")
    assert code == 2
    assert "--extraction-date is needed" in document["findings"][0]["message"]


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["demo", "--nope"], ["fit"], ["fit", "x.csv", "--gap-days", "q"]]
)
def test_wrong_usage_is_2_and_told_in_json_too(capsys, arguments):
    assert run(arguments) == 2
    assert "Try: kohort" in capsys.readouterr().err
    code, document = asked(capsys, *arguments)
    assert code == 2
    assert document["findings"][0]["code"] == "E-USAGE"


def test_an_unknown_language_is_refused_before_any_work(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, document = asked(capsys, "demo", "--lang", "fi")
    assert code == 2
    assert "'fi'" in document["findings"][0]["message"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "report.html"), 5),
        (MemoryError(), 5),
        (RuntimeError("secret 19400101-1234"), 1),
    ],
)
def test_every_end_has_its_exit_code_and_no_traceback(capsys, tmp_path, monkeypatch, error, code):
    def fail(self, progress=None):
        raise error

    monkeypatch.setattr("kohort.study.settings.Study.run", fail)
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == code
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert "secret" not in said.err + said.out
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_refused_model_is_3(capsys, monkeypatch):
    def fail(self, progress=None):
        error = InvalidInput("deaths exceed those of the life table")
        error.code = "D-CLOSURE-NEGATIVE"
        raise error

    monkeypatch.setattr("kohort.study.settings.Study.run", fail)
    code, document = asked(capsys, "demo")
    assert code == 3
    assert document["findings"][0]["code"] == "D-CLOSURE-NEGATIVE"


def test_a_folder_that_cannot_be_written_is_5(capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    code, _document = asked(capsys, "demo", "--out", tmp_path / "file" / "out")
    assert code == 5
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("command", ["demo", "fit", "project"])
def test_help_has_an_example(capsys, command):
    assert run([command, "--help"]) == 0
    assert f"Example: kohort {command}" in " ".join(capsys.readouterr().out.split())


def test_version(capsys):
    import kohort as kh

    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"kohort {kh.__version__}"


def test_without_a_command_the_help_is_shown(capsys):
    assert run([]) == 0
    assert "demo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "code", "rule"),
    [
        ("example/population.csv", "example/nope.csv", 2, "E-FILE"),
        ("kohort:example/population.csv", "nope.csv", 2, "E-FILE"),
        ("total = 800000.0", "", 2, "E-COST-MISSING"),
        ("years = 10", "years = 30", 2, "E-POP-MISSING"),
        ("first_year = 2015", "first_year = 2010", 2, "E-POP-MISSING"),
        ("kohort:example/population.csv", "popul\\u0000ation.csv", 2, "E-PATH"),
        ('closure = "scale"', 'closure = "strict"', 3, "D-CLOSURE-NEGATIVE"),
    ],
)
def test_a_study_that_cannot_be_run_writes_nothing(capsys, tmp_path, demo, old, new, code, rule):
    source = (demo[0] / "study.toml").read_text()
    assert old in source
    (tmp_path / "s.toml").write_text(source.replace(old, new).replace("draws = 1000", "draws = 40"))
    found, document = asked(capsys, "project", tmp_path / "s.toml")
    assert (found, document["findings"][0]["code"]) == (code, rule)
    assert [p.name for p in tmp_path.iterdir()] == ["s.toml"]


def test_shares_that_sum_to_1_01_are_refused_with_the_sum():
    import kohort as kh

    with pytest.raises(InvalidInput, match=r"1\.01") as refusal:
        kh.entry_mix([0.53, 0.17, 0.24, 0.07])
    assert refusal.value.code == "E-INIT-SUM"
    mix = kh.entry_mix([0.53, 0.17, 0.24, 0.07], normalise=True)
    costs = kh.Costs({"light": 20_000, "moderate": 80_000, "high": 240_000, "total": 800_000}, 2018)
    assert costs.of_mix(mix) == pytest.approx(136_435.64, abs=0.005)


def test_the_first_year_of_a_new_person_is_shown_both_ways(demo):
    rows = [
        line.split(",") for line in (demo[0] / "tables/first_year.csv").read_text().splitlines()
    ]
    cost = {(mix, course): float(value) for mix, course, value in rows[1:]}
    assert cost["published", "stay"] == pytest.approx(136_435.64, abs=0.005)
    assert cost["published", "women"] > cost["published", "stay"]  # more people rise than leave
    report = (demo[0] / "report.html").read_text()
    assert "101\u00a0%" in report
    assert "136\u00a0436" in report


@pytest.mark.parametrize("as_json", [False, True])
def test_an_output_that_knows_only_ascii_gets_the_answer_all_the_same(monkeypatch, as_json):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    answers.say({"till": "år → 2034"}, "år → 2034", as_json)
    said = out.buffer.getvalue().decode("ascii")
    assert json.loads(said) == {"till": "år → 2034"} if as_json else said == "?r ? 2034\n"


def test_a_reader_that_leaves_early_is_no_fault():
    script = "from kohort.cli import answers; answers.say({}, 'x' * 100_000, False)"
    told = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    told.stdout.close()
    assert told.wait(60) == 0
    assert told.stderr.read() == b""
    told.stderr.close()


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--json",), 5)])
def test_with_standard_output_closed_the_files_are_written(tmp_path, options, code):
    out = tmp_path / "out"
    command = [sys.executable, "-c", "from kohort.cli import main; main()"]
    command += ["demo", "--out", str(out), *options]
    close = "import os, sys; os.close(1); os.execv(sys.argv[1], sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", close, *command], stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == code, done.stderr
    assert (out / "report.html").exists()
    assert done.stderr == (
        "" if code == 0 else "kohort: standard output is closed, and the answer was to go there\n"
    )

"""`kohort breakeven`: from one file, in both languages, and nothing written if it fails."""

import json
from pathlib import Path

import pytest

from kohort.cli import main
from kohort.study import ProgrammeFile, example_study
from kohort.support._toml import write

SHIPPED = Path(__file__).parents[2] / "data" / "example" / "ihr_programme.toml"


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The shipped programme with fewer draws."""
    file = tmp_path_factory.mktemp("programme") / "ihr.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert "draws = 4000" in text
    file.write_text(text.replace("draws = 4000", "draws = 400"), encoding="utf-8")
    return file


def run(*arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(["breakeven", *map(str, arguments)])
    out = capsys.readouterr()
    return left.value.code, out.out, out.err


def test_the_memo_in_swedish(example, capsys):
    code, out, err = run(example, capsys=capsys)
    assert (code, err) == (0, "")
    assert "Konstruerade uppgifter." in out
    assert "går ekonomin ihop vid 30 inskrivna" in out
    assert "Lägg ned" in out
    assert "den svenska prövningen" in out.lower()


def test_json_is_one_document(example, capsys):
    code, out, _ = run(example, "--json", capsys=capsys)
    told = json.loads(out)
    assert code == 0
    assert told["command"] == "breakeven"
    assert told["synthetic"] is True
    assert told["narrow"]["enrolled"] == pytest.approx(30)
    assert told["narrow"]["rises"] == pytest.approx([30, 60])
    assert told["enrolment"]["enrolled"] == 45
    names = ["Behålla teamet", "Lägg ned", "Bygg in i hemtjänsten"]
    assert [w["way"] for w in told["ways"]] == names
    assert told["files"] == {}
    assert told["narrow"]["interval"]["high"] is None  # in more than 2.5 % it never pays


def test_page_and_numbers_are_written_together(example, tmp_path, capsys):
    code, out, _ = run(example, "--out", tmp_path / "out", "--lang", "en", capsys=capsys)
    assert code == 0
    assert "Written to" in out or "breakeven.html" in out
    page = (tmp_path / "out" / "breakeven.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert page.count("<svg") == 3
    json.loads((tmp_path / "out" / "breakeven.json").read_text(encoding="utf-8"))


def test_options_answer_the_question_of_stock_or_flow(example, capsys):
    code, out, _ = run(example, "--enrolled", 15, "--json", capsys=capsys)
    assert code == 0
    assert json.loads(out)["enrolment"]["starts"] == 5
    code, out, _ = run(example, "--enrolled", 15, "--starts", 15, "--json", capsys=capsys)
    assert [f["code"] for f in json.loads(out)["findings"]] == ["W-LITTLE"]


def changed(example, tmp_path, old, new):
    text = example.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "programme.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("starts = 15\n", "", "E-STOCK-FLOW"),
        ("hours = 40", "hours = nan", "E-NUM"),
        ("variable_cost = 2000", "variable_cost = -2000", "E-COST"),
        ("hour_cost = 500", "hour_price = 500", "E-STUDY-KEY"),
        ("double_work = 0.25", "double_work = 25", "E-SETTING"),
        ("hours = { low = 32, high = 48 }", "hour = { low = 32, high = 48 }", "E-STUDY-VALUE"),
        ("price_year = 2024\n", "", "E-STUDY-MISSING"),
        ("[programme]", "[programme", "E-TOML"),
    ],
)
def test_faults_are_named_and_nothing_is_written(example, tmp_path, capsys, old, new, rule):
    file = changed(example, tmp_path, old, new)
    code, out, _ = run(file, "--json", "--out", tmp_path / "out", capsys=capsys)
    assert code == 2
    assert json.loads(out)["findings"][0]["code"] == rule
    assert not (tmp_path / "out").exists()


def test_a_programme_that_cannot_pay_is_no_error(example, tmp_path, capsys):
    file = changed(example, tmp_path, "variable_cost = 2000", "variable_cost = 20000")
    code, out, _ = run(file, "--lang", "en", capsys=capsys)
    assert code == 0
    assert "never pays for itself" in out
    assert "it would take" in out


def test_a_study_holds_a_programme_too(example, tmp_path, capsys):
    programme = ProgrammeFile.read(example).programme
    study = example_study().replaced(programme=programme)
    file = tmp_path / "study.toml"
    file.write_text(study.to_toml(), encoding="utf-8")
    assert ProgrammeFile.read(file).programme == programme
    code, out, _ = run(file, "--json", capsys=capsys)
    assert code == 0
    assert json.loads(out)["name"] == study.name
    file.write_text(example_study().to_toml(), encoding="utf-8")
    code, out, _ = run(file, "--json", capsys=capsys)
    assert code == 2
    assert "[programme]" in json.loads(out)["findings"][0]["message"]


def test_a_file_is_read_back_as_written(example, tmp_path):
    read = ProgrammeFile.read(example)
    file = tmp_path / "again.toml"
    file.write_text(write(read), encoding="utf-8")
    assert ProgrammeFile.read(file) == read


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("change", ["hour_cost = 30", "hour_cost = 350", "capacity = 25"])
def test_a_team_that_never_pays_is_told_in_whole_sentences(change, lang, example, tmp_path, capsys):
    """No word for a place where the sentence asks for a number: every case has its own."""
    given = {"hour_cost": "hour_cost = 500", "capacity": "capacity = 45"}[change.split(" ")[0]]
    lines = example.read_text(encoding="utf-8").splitlines()
    edited = [change if line == given else line for line in lines]
    assert edited != lines
    edited = [line for line in edited if not line.startswith("hour_cost = {")]  # of another cost
    file = tmp_path / "never.toml"
    file.write_text("\n".join(edited), encoding="utf-8")
    code, out, _ = run(file, "--lang", lang, capsys=capsys)
    assert code == 0
    broken = {
        "sv": (
            "ihop vid aldrig",
            "aldrig vid",
            "krävs går",
            "krävs inget",
            "sparar \N{MINUS SIGN}",
        ),
        "en": ("lies at never", "never at", "takes pays", "takes no", "saves \N{MINUS SIGN}"),
    }
    assert not [wrong for wrong in broken[lang] if wrong in out]
    if change == "hour_cost = 30":
        none = {
            "sv": "Inte ens utan dubbelarbete går ekonomin ihop.",
            "en": "Even without any it does not pay for itself.",
        }
        assert none[lang] in out


def test_a_number_on_the_command_line_takes_the_place_of_an_uncertain_one(tmp_path, capsys):
    """Its relative uncertainty stays: 40 to 50 about 45 is 13.3 to 16.7 about 15."""
    file = tmp_path / "uniform.toml"
    file.write_text(
        'name = "uniform"\nlanguage = "en"\n[programme]\nprice_year = 2024\nfixed_cost = 300000\n'
        "hours = 40\nhour_cost = 500\nenrolled = 45\nstay = 3\n"
        '[programme.uncertain.enrolled]\nlow = 40\nhigh = 50\nshape = "uniform"\n',
        encoding="utf-8",
    )
    told = json.loads(run(file, "--enrolled", "15", "--json", capsys=capsys)[1])
    assert told["enrolment"]["enrolled"] == 15
    low, high = told["net"]["broad_limits"]
    per_head = 20_000
    assert low == pytest.approx((40 / 3 + 0.025 * 10 / 3) * per_head - 300_000, rel=0.02)
    assert high == pytest.approx((50 / 3 - 0.025 * 10 / 3) * per_head - 300_000, rel=0.05)
    told = json.loads(run(file, "--starts", "5", "--json", capsys=capsys)[1])
    assert told["net"]["broad_limits"] is None  # how many are enrolled was not given
    text = file.read_text(encoding="utf-8").replace("enrolled = 45\n", "starts = 15\n")
    file.write_text(text, encoding="utf-8")
    code, _, err = run(file, capsys=capsys)
    assert code == 2
    assert "programme.uncertain.enrolled" in err


def test_limits_that_leave_the_figure_out_are_refused(example, tmp_path, capsys):
    text = example.read_text(encoding="utf-8").replace("double_work = 0.25", "double_work = 0.05")
    file = tmp_path / "outside.toml"
    file.write_text(text, encoding="utf-8")
    code, _, err = run(file, capsys=capsys)
    assert code == 2
    assert "programme.uncertain.double_work: 0.1 to 0.4 was given" in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("closing = true", "closing = false", "skriver inte in någon"),
        ("closing = true", "closing = true\nenrolled = 12", "har enrolled"),
        ("closing = true", "enrolled = 12", "har remaining_cost"),
    ],
)
def test_a_way_says_whom_it_enrols_and_nothing_that_it_does_not_use(
    example, tmp_path, capsys, old, new, said
):
    code, _, err = run(changed(example, tmp_path, old, new), "--lang=sv", capsys=capsys)
    assert code == 2
    assert said in err

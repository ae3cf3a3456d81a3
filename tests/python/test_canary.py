"""A made-up person goes through every command, failing ones too: nothing written knows of her.

The number is one of Skatteverket's test numbers, the rest is invented.
"""

import base64
import hashlib
import io
import logging
import os
import subprocess
import sys
import urllib.parse
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

import kohort as kh
from kohort import datasets, privacy
from kohort.cli.app import run

ROOT = Path(__file__).resolve().parents[2]
NUMBER = "194608239986"
NAME = "Kanaria Gulfjäder"
STREET = "Burgränd 17 C"
NOTE = "ramlade i badrummet i lördags"
SECRETS = (NAME, "Gulfjäder", STREET, NOTE, "badrummet")
NUMBERS = (
    NUMBER, NUMBER[2:], f"{NUMBER[:8]}-{NUMBER[8:]}", f"{NUMBER[2:8]}-{NUMBER[8:]}",
    f"{NUMBER[2:8]}+{NUMBER[8:]}", f"{NUMBER[:8]} {NUMBER[8:]}", f"{NUMBER[2:8]} {NUMBER[8:]}",
)  # fmt: skip


def spellings():
    """Every spelling in every encoding: plain, UTF-16, cp1252, base64, hexadecimal, in addresses,
    escaped, capital and small letters, and hashes that anybody could make."""
    found = {}
    for word in (*NUMBERS, *SECRETS):
        for text in {word, word.upper(), word.lower()}:
            plain = text.encode()
            found[plain] = f"{word!r} plainly"
            for coding in ("utf-16-le", "utf-16-be", "cp1252"):
                found[text.encode(coding)] = f"{word!r} in {coding}"
            found[urllib.parse.quote(text).encode()] = f"{word!r} in an address"
            found[text.encode("ascii", "xmlcharrefreplace")] = f"{word!r} in HTML"
            found[text.encode("unicode_escape")] = f"{word!r} escaped"
            found[plain.hex().encode()] = f"{word!r} in hexadecimal"
            for shift in range(3):  # base64 of a text that begins anywhere
                coded = base64.b64encode(b"x" * shift + plain)
                found[coded[4 if shift else 0 : -4]] = f"{word!r} in base64"
            for name in ("md5", "sha1", "sha256"):
                digest = hashlib.new(name, plain)
                found[digest.digest()] = f"{name} of {word!r}"
                found[digest.hexdigest().encode()] = f"{name} of {word!r} in hexadecimal"
    return {key: what for key, what in found.items() if len(key) >= 8}


SPELLINGS = spellings()


def hits(content, where):
    """What of her stands in these bytes; archives are opened, compressed streams as well."""
    found = [f"{what} in {where}" for key, what in SPELLINGS.items() if key in content]
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                found += hits(archive.read(name), f"{where}/{name}")
    return found


def test_the_search_finds_what_it_looks_for():
    for word in (NAME, NUMBERS[3]):
        for text in (
            f"<td>{word}</td>".encode(),
            f"...{word}...".encode("utf-16"),
            base64.b64encode(f"row 17: {word};".encode()),
            hashlib.sha256(word.encode()).hexdigest().encode(),
        ):
            assert hits(text, "here")
    assert not hits(b"row 17 column niv\xc3\xa5", "here")


# --- her municipality -----------------------------------------------------------------------------
def check_digit(nine):
    products = "".join(str(int(d) * (2, 1)[i % 2]) for i, d in enumerate(nine))
    return str(-sum(map(int, products)) % 10)


def personal_number(born, sex, used):
    for serial in range(981 if sex == "man" else 980, 1000, 2):
        nine = f"{born[2:4]}{born[5:7]}{born[8:]}{serial}"
        twelve = born[:2] + nine + check_digit(nine)
        if twelve not in used:
            return twelve
    return None


HEAD = "personnummer;namn;adress;anteckning;kön;beslut;från;till;insats;timmar;dödsdatum"


@pytest.fixture(scope="module")
def rows():
    """The small municipality's decisions, persons by number, with names and notes beside."""
    lines = datasets.path("small/decisions.csv").read_text(encoding="utf-8").splitlines()[2:]
    numbers, used, made = {}, {NUMBER}, []
    for line in lines:
        person, born, *rest = line.split(";")
        if person not in numbers:
            numbers[person] = personal_number(born, rest[0], used)
            used.add(numbers[person])
        if numbers[person]:
            made.append(f"{numbers[person]};Person;Väg 1;;" + ";".join(rest))
    hers = f"{NUMBER};{NAME};{STREET};{NOTE};kvinna"
    made += [
        f"{hers};K1;2019-02-01;2020-05-31;trygghetslarm;;",
        f"{hers};K2;2020-06-01;2021-12-31;dusch/bad;6,5;",
        f"{hers};K3;2022-01-01;;särskilt boende;;",
    ]
    return made


STUDY = """
name = "Kanariekommunen"
language = "en"
synthetic = true
years = 2
draws = 40

[data]
decisions = "beslut.csv"
level_rule = "support_type"
extraction_date = 2024-12-31
observed_from = 2015-01-01

[model]
sex = false

[population]
persons = "kohort:small/population.csv"
closure = "scale"

[entries]
first_year = 2015
last_year = 2024

[costs]
price_year = 2018

[costs.by_level]
light = 20000
moderate = 80000
high = 240000
total = 800000
"""


class Watch:
    """A folder in which commands run, and everything that they leave or say."""

    def __init__(self, folder, capfd, caplog):
        self.folder, self.capfd, self.caplog = folder, capfd, caplog
        self.inputs, self.found, self.codes = set(), [], []

    def put(self, name, content):
        place = self.folder / name
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.inputs.add(place)
        return str(place)

    def run(self, *arguments):
        with self.caplog.at_level(logging.DEBUG):
            code = run(list(arguments))
        said = self.capfd.readouterr()
        self.look(said.out + said.err + self.caplog.text, " ".join(arguments)[-60:])
        self.caplog.clear()
        self.codes.append(code)
        return code

    def look(self, text, where):
        self.found += hits(text.encode() if isinstance(text, str) else text, where)

    def look_at_files(self):
        for place in self.folder.rglob("*"):
            if place.is_file() and place not in self.inputs:
                self.look(place.read_bytes(), place.name)
            if place not in self.inputs:
                self.look(str(place.relative_to(self.folder)), "the name of a file")


@pytest.fixture
def watch(tmp_path, capfd, caplog, monkeypatch):
    for name in ("TMPDIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return Watch(tmp_path, capfd, caplog)


HER_FILE = f"beslut {NAME} {NUMBERS[2]}"
HER_HEAD = HEAD.replace("namn", f"{NAME} {NUMBERS[3]}").replace("anteckning", NOTE) + ";enhet"
HER_STUDY = f"# {NAME}, {NUMBER}: {NOTE}\n" + STUDY.replace("beslut.csv", f"{HER_FILE}.csv")


def test_nothing_that_succeeds_tells_of_her(watch, rows):
    """Her name and number are in files' names, in the header, in a sheet's name and in a remark."""
    rows = [f"{row};{NAME if NUMBER in row else 'Norr'}" for row in rows]
    data = watch.put(f"{HER_FILE}.csv", "\n".join([HER_HEAD, *rows]) + "\n")
    study = watch.put(f"{NAME}.toml", HER_STUDY)
    fit = ("--level-rule", "support_type", "--extraction-date", "2024-12-31")
    assert watch.run("fit", data, *fit) == 0
    assert watch.run("fit", data, *fit, "--json") == 0
    assert watch.run("fit", data, *fit, "--id", "opaque", "--json") == 2  # says no age and no sex
    assert watch.run("project", study) == 0
    assert (watch.folder / "results" / "report.html").exists()  # not named after the study's file
    assert watch.run("backtest", study, "--origins", "2022", "--horizon", "1", "--draws", "40",
                     "--out", "tillbaka", "--json") == 0  # fmt: skip
    assert watch.run("compare", study, "--preset", "recovery_1_4_year1", "--out", "jmf") == 0
    assert watch.run("verify", study, "--only", "V22") == 0
    assert watch.run("verify", "--log", "results", "--json") == 0
    mapped = HER_STUDY.replace("[model]", f'[data.map.columns]\nunit = "{NOTE}"\n\n[model]')
    assert watch.run("project", watch.put(f"{NOTE}.toml", mapped), "--out", "igen") == 0
    assert watch.run("check", study) == 0
    assert watch.run("check", data, "--extraction-date", "2024-12-31", "--findings", "fynd.jsonl",
                     "--page", "kvalitet.html", "--log", "logg", "--json") == 0  # fmt: skip
    assert watch.run("check", data, "--map", "propose") == 2  # a number is no header
    named = watch.put(f"{NAME}.csv", "\n".join([HER_HEAD.replace(NUMBERS[3], ""), *rows[-9:]]))
    assert watch.run("check", named, "--map", "propose", "--write-map", "karta.toml") == 0
    book = watch.put(f"{HER_FILE}.xlsx", workbook([HER_HEAD, *rows[-200:]], sheet=NAME))
    assert watch.run("check", book, "--extraction-date", "2024-12-31", "--json") == 0
    assert watch.run("check", book, "--map", "propose", "--json") == 2
    book = watch.put(f"{NAME}.xlsx", workbook([HEAD.replace("till", NAME)], sheet=NAME))
    assert watch.run("check", book, "--map", "propose", "--json") == 0
    assert watch.run("check", book, "--map", "propose") == 0
    programme = (ROOT / "data/example/ihr_programme.toml").read_text(encoding="utf-8")
    team = watch.put(f"{NAME} {NUMBER}.toml", f"# {NOTE}, {NUMBERS[3]}\n{programme}")
    assert watch.run("breakeven", team, "--out", "lönsamhet", "--json") == 0
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []
    assert len(list(watch.folder.rglob("*"))) > 15


REGISTER = """
[data]
decisions = "{file}.csv"
persons = "{file} personer.csv"
level_rule = "register"
map = "sol-register"
extraction_date = 2024-12-31

[model]
sex = false
age = "none"
"""


@pytest.fixture
def her_months(watch):
    """A made register that she is in, by her number, and what is known of its persons."""
    made = datasets.make_municipality(
        watch.folder / "made", persons=2500, layout="register", first_day="2021-12-01"
    )
    months = made.decisions.read_text(encoding="utf-8").splitlines()[1:]
    hers = [f"{year}{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
    months += [f"{NUMBER};{period};1;1;12;0;0;0;0;0;0" for period in hers]
    about = made.about_persons.read_text(encoding="utf-8").splitlines()[1:]
    about = [f"{line};{NAME}" for line in [*about, f"{NUMBER};kvinna;1946-08-23;"]]
    for file in made.decisions.parent.iterdir():
        watch.inputs.add(file)
    return months, about


def test_nothing_of_the_register_tells_of_her(watch, her_months):
    months, about = her_months
    data = watch.put(f"{HER_FILE}.csv", "\n".join(months) + "\n")
    watch.put(f"{HER_FILE} personer.csv", "\n".join(about) + "\n")
    text = STUDY[: STUDY.index("[data]")] + REGISTER.format(file=HER_FILE)
    text += STUDY[STUDY.index("[population]") :].replace(
        "kohort:small/population.csv", "made/synthetic_population.csv"
    )
    study = watch.put(f"{NAME}.toml", text.replace("first_year = 2015", "first_year = 2022"))
    assert watch.run("fit", study, "--log", "logg") == 0
    assert watch.run("fit", study, "--profile", "internal", "--json") == 0
    assert watch.run("project", study, "--profile", "internal", "--out", "ut") == 0
    assert watch.run("check", study, "--page", "q.html", "--json") == 0
    assert watch.run("check", data, "--findings", "fynd.jsonl", "--log", "logg") == 0
    assert watch.run("check", "--map", data, "--write-map", "karta.toml") == 0
    assert watch.run("verify", study, "--only", "V07") == 0
    # And where it fails: her words for a month, hours, a sex, a death; a title above; in the name.
    wrong = [(f"{NUMBER};{NOTE};1;1;12;0;0;0;0;0;0", ""),
             (f"{NUMBER};202301;1;1;{NAME};0;0;0;0;0;0", ""),
             ("", f"{NUMBER};{NAME};1946-08-23;;x"), ("", f"{NUMBER};kvinna;{NUMBER};;x"),
             ("", f"{NUMBER};kvinna;1946-08-23;{NOTE};x")]  # fmt: skip
    for month, person in wrong:
        watch.put(f"{HER_FILE}.csv", "\n".join([*months[:-24], month or months[-1]]) + "\n")
        watch.put(f"{HER_FILE} personer.csv", "\n".join([*about[:-1], person or about[-1]]) + "\n")
        for flag in ([], ["--json", "--lang", "sv"]):
            assert watch.run("check", study, *flag) == 2
            assert watch.run("fit", study, *flag) == 2
    data = watch.put(f"{NAME}.csv", "\n".join([f"{NAME} {NUMBERS[3]}", "", *months]) + "\n")
    assert watch.run("check", data) == 2
    assert watch.run("check", "--map", data, "--json") == 2
    for number in NUMBERS[:3]:
        named = text.replace("Kanariekommunen", f"Prognos {number}")
        assert watch.run("project", watch.put("namn.toml", named)) == 2
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []


def test_nothing_that_a_notebook_shows_or_a_researcher_saves_tells_of_her(watch, rows):
    data = watch.put("beslut.csv", "\n".join([HEAD, *rows[-400:]]) + "\n")
    found = kh.read_decisions(
        data, level_rule=kh.SUPPORT_RULE, extraction_date="2024-12-31", observed_from="2015-01-01"
    )
    panel = found.as_panel(every_months=6)
    for shown in (found, found.observations, panel, found.stock("2024-12-31"), found.policies):
        watch.look(repr(shown) + str(shown), f"repr of {type(shown).__name__}")
        watch.look(getattr(shown, "_repr_html_", str)(), f"HTML of {type(shown).__name__}")
    for frame in (found.to_frame(), found.summary(), found.observations.to_frame()):
        watch.look(frame.to_csv() if hasattr(frame, "to_csv") else str(frame), "a frame")
    names = found.observations.subject_names
    watch.look("\n".join(names), "names of subjects")
    key = privacy.create_key(watch.folder / "nyckel", apart_from=[])
    again = kh.read_decisions(
        data, level_rule=kh.SUPPORT_RULE, extraction_date="2024-12-31", key=key
    )
    watch.look("\n".join(again.observations.subject_names), "pseudonyms")
    watch.look(
        str(privacy.read_numbers([*NUMBERS, NAME], extraction_date="2024-12-31")), "verdicts"
    )
    with pytest.raises(kh.InvalidInput) as refused:
        kh.Observations.from_table(
            {"id": [NUMBER] * 2, "t": [0.0, 1.0], "s": [NAME, NOTE], "x": [STREET, STREET]},
            found.model, subject="id", time="t", state="s", covariates=("x",),
        )  # fmt: skip
    watch.look(str(refused.value), "a refusal")
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []


def workbook(lines, sheet="Blad1"):
    """The lines as a sheet, her number as Excel keeps it: as a number, where it can be one."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet(sheet)
    for i, line in enumerate(lines):
        for j, text in enumerate(line.split(";")):
            if text == NUMBER and i % 2:
                sheet.write_number(i, j, int(text))
            else:
                sheet.write_string(i, j, text)
    book.close()
    return out.getvalue()


def cell(column, value, row=f"{NUMBER};{NAME};{STREET};{NOTE};kvinna;K4;2023-01-01;;dusch/bad;1;"):
    cells = row.split(";")
    cells[HEAD.split(";").index(column)] = value
    return ";".join(cells)


GOOD = cell("beslut", "K4")
FILES = {
    "a wrong check digit": [HEAD, cell("personnummer", NUMBER[:-1] + "5")],
    "her name for a number": [HEAD, cell("personnummer", NAME)],
    "her number rounded": [HEAD, cell("personnummer", "1,94608E+11")],
    "her name for a level": [HEAD, cell("insats", NAME)],
    "her number for a level": [HEAD, cell("insats", NUMBER)],
    "a note for a date": [HEAD, cell("från", NOTE)],
    "her number for a date": [HEAD, cell("till", NUMBER)],
    "her name for a sex": [HEAD, cell("kön", NAME)],
    "a note for the death": [HEAD, cell("dödsdatum", NOTE)],
    "an end before the start": [HEAD, cell("till", "2020-01-01")],
    "overlapping decisions": [HEAD, GOOD, cell("insats", "särskilt boende")],
    "one decision with two contents": [HEAD, GOOD, cell("till", "2023-05-05")],
    "no header": [GOOD, GOOD],
    "her as a header": [HEAD.replace("namn", NAME).replace("från", NUMBER), GOOD],
    "a header twice": [HEAD.replace("adress", "pnr"), GOOD],
    "a field too many": [HEAD, GOOD + f";{NAME}"],
    "a quote that stays open": [HEAD, cell("namn", f'"{NAME}')],
    "text after a quote": [HEAD, cell("namn", f'"{NAME}"{NOTE}')],
    "another delimiter": [HEAD.replace(";", "|"), GOOD.replace(";", "|")],
    "a NUL": [HEAD, cell("namn", NAME + "\0")],
    "nothing else": [GOOD],
}
OUTSIDE = {
    "one byte of another encoding": "\n".join([HEAD, GOOD]).encode()
    + b"\n"
    + GOOD.encode("cp1252"),
    "UTF-16": "\n".join([HEAD, cell("insats", NAME)]).encode("utf-16"),
    "compressed": zlib.compress(GOOD.encode()),
    "a sheet": b"PK\x03\x04" + GOOD.encode(),
}


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_that_fails_tells_of_her(watch, as_json):
    flag = ["--json"] if as_json else []
    contents = {k: "\n".join(v).encode() for k, v in FILES.items()} | OUTSIDE
    for number, (what, content) in enumerate(contents.items()):
        her = number % 2 == 1  # every other time her name is the files', too
        data = watch.put(f"{HER_FILE}.csv" if her else "beslut.csv", content)
        study = watch.put(f"{NAME}.toml", HER_STUDY) if her else watch.put("studie.toml", STUDY)
        for rule in ("support_type", "level", "hours"):
            code = watch.run("fit", data, "--level-rule", rule, "--extraction-date", "2024-12-31",
                             *flag)  # fmt: skip
            assert code in (2, 3), (what, rule)
        assert watch.run("project", study, "--out", "ut", *flag) == 2, what
        assert watch.run("check", study, *flag) == 2, what
        assert watch.run("check", data, "--findings", "fynd.jsonl", *flag) == 2, what
        watch.run("check", data, "--map", "propose", "--write-map", "karta.toml", *flag)
        if what in FILES and what != "a NUL":
            named = f"{HER_FILE}.xlsx" if her else "beslut.xlsx"
            book = watch.put(named, workbook(FILES[what], NAME if her else "Blad1"))
            assert watch.run("check", book, "--findings", "fynd.jsonl", *flag) == 2, what
            watch.run("check", book, "--map", "propose", *flag)
    assert watch.run("backtest", study, "--origins", "2022", "--out", "ut", *flag) == 2
    assert watch.run("compare", study, *flag) == 2
    # Her records where a study, a programme or a population belongs.
    doubled = f'["{NAME}"]\n["{NAME}"]\n'
    for command in ("project", "fit", "backtest", "compare", "verify", "breakeven"):
        for wrong in ("\n".join([HEAD, GOOD]), doubled, f'"{NAME}" = "{NUMBER}"\n',
                      f'name = "{NOTE}"\nlanguage = "{NAME}"\n',
                      f'years = "{NUMBERS[3]}"\n'):  # fmt: skip
            assert watch.run(command, watch.put(f"{NAME}.toml", wrong), *flag) == 2
        assert watch.run(command, f"{NUMBERS[2]}.toml", *flag) == 2  # there is no such file
        assert watch.run(command, NAME, NUMBER, NOTE, *flag) == 2
    assert watch.run(NAME, *flag) == 2
    assert watch.run("check", f"{NAME}.csv", *flag) == 2
    assert watch.run("check", data, "--map", f"{NAME}.toml", *flag) == 2
    assert watch.run("check", data, "--codes", f"{NUMBER}.csv", *flag) == 2
    by_name = f'[columns]\nperson = "{NAME}"\nstart = "{NUMBERS[3]}"\n'
    assert watch.run("check", data, "--map", watch.put("karta1.toml", by_name), *flag) == 2
    watch.put("beslut.csv", "\n".join([HEAD, GOOD]))
    watch.put("folk.csv", "")
    for population in (f"region;year;sex;age;persons\n{NAME};2024;man;80;3\n{NOTE};2024;man;81;3\n",
                       f"year;sex;age;persons\n2024;man;46-08 {NAME};3\n",
                       "\n".join([HEAD, GOOD]), f"year,sex,age,persons\n2024,{NAME},80,{NUMBER}\n",
                       f"year,sex,age,persons\n{NUMBER},man,{NOTE},3\n", GOOD):  # fmt: skip
        watch.put("folk.csv", population)
        study = watch.put("studie.toml", STUDY.replace("kohort:small/population.csv", "folk.csv"))
        assert watch.run("project", study, "--out", "ut", *flag) in (2, 3)
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []
    assert not (watch.folder / "ut").exists()


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_a_fault_of_ours_that_knows_her_does_not_say_so(watch, rows, monkeypatch, flag):
    data = watch.put("beslut.csv", "\n".join([HEAD, *rows[-20:]]))
    fit = ("fit", data, "--level-rule", "support_type", "--extraction-date", "2024-12-31")

    def broken(error):
        def read(*_, **__):
            raise error

        return read

    for error, code in [
        (KeyError(NUMBER), 1),
        (ValueError(f"could not convert {NAME}"), 1),
        (RuntimeError(NOTE), 1),
        (UnicodeDecodeError("utf-8", NAME.encode("cp1252"), 0, 1, NOTE), 1),
        (AssertionError(np.array([NUMBER])), 1),
        (MemoryError(NAME), 5),
        (OSError(NOTE), 5),
        (KeyboardInterrupt(NAME), 130),
    ]:
        monkeypatch.setattr("kohort.study.study_data.read_decisions", broken(error))
        assert watch.run(*fit, *flag) == code
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []


def test_nothing_is_told_with_every_debugging_aid_on(watch, rows):
    data = watch.put("beslut.csv", "\n".join([HEAD, cell("insats", NAME), cell("från", NOTE)]))
    good = watch.put("bra.csv", "\n".join([HEAD, *rows[-300:]]))  # read, and too few to fit
    environment = os.environ | {
        "PYTHONDEVMODE": "1", "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }  # fmt: skip
    program = (
        "import logging; logging.basicConfig(level=logging.DEBUG)\n"
        "from kohort.cli import main; main()"
    )
    for file, code in ((data, 2), (good, 3)):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-c", program, "fit", file, "--level-rule",
             "support_type", "--extraction-date", "2024-12-31", "--json"],
            capture_output=True, env=environment, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        watch.look(done.stdout + done.stderr, "with debugging aids")
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []


def test_the_key_is_told_by_nothing(watch, rows):
    keys = watch.folder / "nycklar"
    keys.mkdir()
    key = privacy.create_key(keys / "nyckel", apart_from=[])
    watch.inputs.add(keys / "nyckel")
    watch.put("beslut.csv", "\n".join([HEAD, *rows]))
    study = STUDY.replace("observed_from", 'key = "nycklar/nyckel"\nobserved_from')
    placed = STUDY.replace("observed_from", 'key = "nyckel"\nobserved_from')
    (watch.folder / "nyckel").write_bytes((keys / "nyckel").read_bytes())
    watch.inputs.add(watch.folder / "nyckel")
    SPELLINGS.update({key._secrets[0]: "key", key._secrets[0].hex().encode(): "key"})
    assert watch.run("project", watch.put("fel.toml", placed), "--out", "ut") == 4
    assert not (watch.folder / "ut").exists()
    (keys / "nyckel").chmod(0o644)
    # The data's folder is the key's own parent here, so the place is refused before the rights.
    assert watch.run("project", watch.put("fel.toml", study), "--out", "ut", "--json") == 4
    watch.look_at_files()
    assert sorted(set(watch.found))[:8] == []

"""Personal numbers as the law writes them, pseudonyms only with a key, keys only for their owner.

Numbers are made here from the rule, with the birth numbers 980 to 999 that Skatteverket keeps for
tests: nobody has them. The few that are written out stand in `tests/personal_numbers.txt`.
"""

import base64
import datetime as dt
import hashlib
import os
import re
import stat
import subprocess
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kohort as kh
from kohort import privacy

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = [
    line
    for line in (ROOT / "tests/personal_numbers.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
DAY = "2025-12-31"


def check_digit(nine):
    """Luhn, worked out as one does by hand: 2, 1, 2, 1 ... times the digits, digits added up."""
    products = "".join(str(int(d) * (2, 1)[i % 2]) for i, d in enumerate(nine))
    return str(-sum(map(int, products)) % 10)


def number(born, serial=998, *, extra=0):
    """Twelve digits; 60 in `extra` makes a coordination number."""
    nine = f"{born.year % 100:02}{born.month:02}{born.day + extra:02}{serial:03}"
    return f"{born.year}"[:2] + nine + check_digit(nine)


def spellings(twelve, day=2025):
    """Every way of writing it that means the same on a day of that year."""
    sign = "+" if day - int(twelve[:4]) >= 100 else "-"
    first, last = twelve[:8], twelve[8:]
    short = f"{twelve[2:8]}{sign}{last}"
    bare = [] if sign == "+" else [twelve[2:]]
    return [twelve, f"{first}-{last}", f"{first} {last}", f"{first}\N{NO-BREAK SPACE}{last}",
            f"{first}\N{EN DASH}{last}", short, *bare]  # fmt: skip


def codes(*texts, **options):
    return privacy.read_numbers(texts, **{"extraction_date": DAY} | options).codes.tolist()


born = st.dates(dt.date(1895, 1, 1), dt.date(2007, 12, 31))
serials = st.integers(980, 999)


@given(day=born, serial=serials, coordination=st.booleans())
def test_all_spellings_are_one_person_with_the_birth_and_sex_of_the_rule(day, serial, coordination):
    texts = spellings(number(day, serial, extra=60 * coordination))
    read = privacy.read_numbers(texts, extraction_date=DAY)
    assert read.good.all()
    assert set(read.same_person()) == {0}
    assert (read.birth == np.datetime64(day)).all()
    assert (read.male == bool(serial % 2)).all()
    assert (read.coordination == coordination).all()
    assert not read.findings


# --- the list of verdicts, stated from the rule ---------------------------------------------------
GOOD = dt.date(1946, 8, 23)
TWELVE = number(GOOD)


def with_day(day, month="08"):
    nine = f"46{month}{day}998"
    return nine + check_digit(nine)


CASES = [  # what is written, what is found; R18 to R23 of the acceptance cases and their neighbours
    *[(text, "") for text in spellings(TWELVE)],
    *[(TWELVE[2:-1] + d, "E-PNR-CHECK") for d in "0123456789" if d != TWELVE[-1]],
    *[(TWELVE[:-1] + d, "E-PNR-CHECK") for d in "0123456789" if d != TWELVE[-1]],
    (TWELVE[2:8] + TWELVE[9] + TWELVE[8] + TWELVE[10:], ""),  # 99 changed places: the same
    (TWELVE[2:8] + TWELVE[8] + TWELVE[10] + TWELVE[9] + TWELVE[11], "E-PNR-CHECK"),
    *[(with_day(d), "E-PNR-DATE") for d in ("00", "32", "60", "92", "99")],
    *[(with_day("23", m), "E-PNR-DATE") for m in ("00", "13", "20", "99")],
    *[(with_day(d), "") for d in ("01", "31", "61", "91")],
    (with_day("31", "09"), "E-PNR-DATE"),
    (with_day("91", "09"), "E-PNR-DATE"),
    ("20" + number(dt.date(2000, 2, 29))[2:], ""),
    ("19" + number(dt.date(2000, 2, 29))[2:], "E-PNR-DATE"),  # 1900 was no leap year
    (number(dt.date(1996, 2, 29), extra=60), ""),  # a coordination number of a leap day
    ("19970289" + "998" + check_digit("970289998"), "E-PNR-DATE"),  # of one that there was not
    ("19460230" + "998" + check_digit("460230998"), "E-PNR-DATE"),
    (f"460823+{TWELVE[8:]}", ""),  # somebody of 179, or not yet 100: counted as W-CENTURY
    (f"19460823+{TWELVE[8:]}", ""),
    (number(dt.date(2025, 12, 31)), ""),  # born on the day of the extract
    (number(dt.date(2026, 1, 1)), "E-PNR-DATE"),  # and the day after it
    (" " + TWELVE + " ", ""),
    ("'" + TWELVE, "E-PNR-LENGTH"),
    (TWELVE.replace("8", "B", 1), "E-PNR-LENGTH"),
    ("20" + TWELVE[2:], "E-PNR-DATE"),  # 2046 is to come
    ("16" + TWELVE[2:], "E-PNR-DATE"),  # as organisations write theirs
    *[(f"460823{form}", "E-PNR-INTERIM") for form in ("-T998", "R998", "-TF98", "K986", "-99A8")],
    ("19460823-T998", "E-PNR-INTERIM"),
    ("99" + TWELVE[2:], "E-PNR-INTERIM"),  # the regions' own series
    (TWELVE[3:], "E-PNR-LENGTH"),  # a leading zero lost
    (TWELVE[1:], "E-PNR-LENGTH"),
    (TWELVE + "0", "E-PNR-LENGTH"),
    (TWELVE + ".0", "E-PNR-LENGTH"),
    ("4608-" + TWELVE[6:], "E-PNR-LENGTH"),
    ("460823--9986", "E-PNR-LENGTH"),
    ("460823/9986", "E-PNR-LENGTH"),
    ("S000001", "E-PNR-LENGTH"),
    ("", "E-PNR-LENGTH"),
    ("1,93E+11", "E-PNR-SCI"),
    ("1.94608E+11", "E-PNR-SCI"),
    ("5E+09", "E-PNR-SCI"),
]


@pytest.mark.parametrize(("text", "verdict"), CASES)
def test_verdicts_are_those_of_the_rule(text, verdict):
    assert codes(text) == [verdict]


@pytest.mark.parametrize("text", ALLOWED)
def test_published_test_numbers_are_good(text):
    assert codes(text) == [""]


def test_a_century_that_is_in_doubt_is_counted_and_not_merged():  # R19
    texts = ["090121+9931", "090121-9931", "0901219931", "190901219931"]
    read = privacy.read_numbers(texts, extraction_date=DAY, rows=[2, 3, 4, 5], column="pnr")
    assert read.birth.astype(str).tolist() == ["1909-01-21", *["2009-01-21"] * 2, "1909-01-21"]
    assert read.same_person().tolist() == [0, 1, 1, 0]
    [doubt] = read.findings
    assert (doubt.code, doubt.row, doubt.related, doubt.count) == ("W-CENTURY", 3, (4,), 2)
    older = privacy.read_numbers(texts, extraction_date=DAY, century="older")
    assert older.same_person().tolist() == [0, 0, 0, 0]
    assert [f.code for f in older.findings] == ["W-CENTURY"]
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        privacy.read_numbers(texts, extraction_date=DAY, century="newer")


def test_a_birth_date_of_its_own_holds():  # R24
    dates = np.array(["1946-08-23", "1946-08-24", "NaT"], dtype="datetime64[D]")
    read = privacy.read_numbers([TWELVE] * 3, extraction_date=DAY, birth=dates)
    assert read.birth.astype(str).tolist() == ["1946-08-23", "1946-08-24", "1946-08-23"]
    assert [(f.code, f.row, f.count) for f in read.findings] == [("W-BIRTH-DIFF", 1, 1)]


def test_findings_name_rows_and_never_numbers():
    wrong = [text for text, verdict in CASES if verdict]
    read = privacy.read_numbers(wrong, extraction_date=DAY, column="personnummer")
    assert [f.row for f in read.findings] == list(range(len(wrong)))
    told = kh.findings_text(read.findings) + kh.findings_json(read.findings) + repr(read)
    told += kh.findings_text(read.findings, "sv")
    assert not re.search(r"\d{6}", told)
    assert "1,94608" not in told


# --- in a file of decisions -----------------------------------------------------------------------
LAYOUT = "personnummer;beslut_id;fran;till;niva;handelse;kostnad\n"


def read(folder, text, **options):
    file = folder / "beslut.csv"
    file.write_text(text, encoding="utf-8")
    options = {"level_rule": kh.named_levels(), "extraction_date": DAY} | options
    return kh.read_decisions(file, **options)


def test_a_person_is_found_again_under_every_spelling(tmp_path):
    ways = spellings(TWELVE)
    rows = [
        f"{way};{i};{2018 + i}-01-01;{2018 + i}-12-31;lätt;beslut;" for i, way in enumerate(ways)
    ]
    found = read(tmp_path, LAYOUT + "\n".join(rows) + "\n")
    assert found.counts["persons followed"] == 1
    assert found.observations.subject_names == ("1",)  # never the number
    assert found.observations.covariate_names == ("age", "male", "since_entry")
    assert found.policies["id"] == "personnummer"
    stock = found.stock("2018-06-30")
    assert (stock["age"].tolist(), stock["sex"].tolist()) == ([71], ["women"])
    with pytest.raises(kh.DataRefused) as refused:
        read(tmp_path, LAYOUT.replace("personnummer", "id") + "\n".join(rows), id="personnummer",
             extraction_date=None)  # fmt: skip
    assert {f.code for f in refused.value.findings} == {"E-EXTRACTION-DATE"}
    opaque = read(tmp_path, LAYOUT + "\n".join(rows) + "\n", id="opaque")
    assert opaque.counts["persons followed"] == len(ways)


def test_faults_of_numbers_are_found_in_their_rows(tmp_path):
    wrong = [(text, code) for text, code in CASES if code and text]
    rows = [f'"{text}";{i};2020-01-01;2020-12-31;lätt;beslut;' for i, (text, _) in enumerate(wrong)]
    with pytest.raises(kh.DataRefused) as refused:
        read(tmp_path, LAYOUT + "\n".join(rows) + "\n")
    found = [(f.row, f.code, f.column) for f in refused.value.findings]
    assert sorted(found) == [(i + 2, code, "personnummer") for i, (_, code) in enumerate(wrong)]


def test_a_birth_column_wins_and_is_counted(tmp_path):
    text = (
        "personnummer;fran;till;niva;född\n"
        f"{TWELVE};2020-01-01;;lätt;1946-08-24\n"
        f"{number(dt.date(1950, 1, 1))};2020-01-01;;lätt;1950-01-01\n"
        f"{number(dt.date(2010, 5, 5))[2:]};2020-01-01;;lätt;\n"
    )
    found = read(tmp_path, text)
    seen = {f.code: (f.row, f.count) for f in found.findings}
    assert seen["W-BIRTH-DIFF"] == (2, 1)
    assert seen["W-CENTURY"] == (4, 1)


# --- pseudonyms and keys --------------------------------------------------------------------------
@pytest.fixture
def folders(tmp_path):
    data, keys = tmp_path / "data", tmp_path / "keys"
    data.mkdir()
    keys.mkdir()
    return data, keys / "kohort.key"


def test_pseudonyms_need_a_key_and_are_no_hash_of_any_spelling(folders, tmp_path):  # S02
    data, file = folders
    key = privacy.create_key(file, apart_from=[data])
    other = privacy.create_key(tmp_path / "keys" / "other.key", apart_from=[data])
    ways = spellings(TWELVE)
    read_ = privacy.read_numbers(ways, extraction_date=DAY)
    [mine] = set(read_.pseudonyms(key))
    [theirs] = set(read_.pseudonyms(other))
    again = privacy.read_key(file, apart_from=[data])
    assert set(read_.pseudonyms(again)) == {mine} != {theirs}
    code = mine.removeprefix("p1-")
    raw = base64.b32decode(code.upper() + "=" * (-len(code) % 8))
    for way in ways:
        for coding in ("utf-8", "utf-16-le", "utf-16-be", "cp1252"):
            text = way.encode(coding)
            for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
                assert raw[:8] not in hashlib.new(name, text).digest()
            assert zlib.crc32(text).to_bytes(4, "big") not in raw
    unkeyed = [n for n in (*privacy.__all__, *dir(privacy.identity)) if "hash" in n.lower()]
    assert unkeyed == ["hashlib"]
    assert not re.search(key._secrets[0].hex()[:8], repr(key) + str(key))


def test_old_pseudonyms_are_recognised_after_a_rotation(folders):
    data, file = folders
    key = privacy.create_key(file, apart_from=[data])
    before = key.pseudonyms(["a"])
    newer = privacy.rotate_key(file, apart_from=[data])
    assert newer.generations == 2
    assert newer.pseudonyms(["a"]) != before
    assert newer.pseudonyms(["a"], generation=1) == before
    assert privacy.read_key(file, apart_from=[data]) == newer
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == [file.name]
    with pytest.raises(kh.InvalidInput, match="E-SETTING"):
        newer.pseudonyms(["a"], generation=3)


def refusal(call, *arguments, **options):
    with pytest.raises(kh.InvalidInput) as refused:
        call(*arguments, **options)
    return refused.value.code


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_a_key_that_others_may_have_seen_is_refused(folders):  # S03
    data, file = folders
    privacy.create_key(file, apart_from=[data])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for mode in (0o644, 0o640, 0o620, 0o604):
        file.chmod(mode)
        assert refusal(privacy.read_key, file, apart_from=[data]) == "E-KEY-RIGHTS"
    file.chmod(0o600)
    assert privacy.read_key(file, apart_from=[data]).generations == 1


def test_a_key_is_refused_that_is_absent_misplaced_short_or_no_key(folders):  # S03
    data, file = folders
    assert refusal(privacy.read_key, file, apart_from=[data]) == "E-KEY-ABSENT"
    for place in (data / "k", data / "deeper" / "k", data.parent / "keys" / ".." / "data" / "k"):
        assert refusal(privacy.create_key, place, apart_from=[data]) == "E-KEY-PLACE"
        assert not place.exists()
    for text, code in [
        ("00" * 31 + "\n", "E-KEY-SHORT"),
        ("00" * 32 + "\n", "E-KEY-SHORT"),  # long enough, and no secret
        ("", "E-KEY-FORMAT"),
        ("not hexadecimal\n", "E-KEY-FORMAT"),
    ]:
        file.write_text(text, encoding="ascii")
        file.chmod(0o600)
        assert refusal(privacy.read_key, file, apart_from=[data]) == code
    assert refusal(privacy.create_key, file, apart_from=[data]) == "E-KEY-EXISTS"
    (data / "link").symlink_to(file)
    assert refusal(privacy.read_key, data / "link", apart_from=[file.parent]) == "E-KEY-PLACE"


def test_persons_of_a_file_get_the_pseudonyms_of_their_numbers(folders, tmp_path):
    data, file = folders
    key = privacy.create_key(file, apart_from=[data])
    text = LAYOUT + f"{TWELVE};1;2020-01-01;;lätt;beslut;\n"
    found = read(tmp_path, text, key=key)
    expected = privacy.read_numbers([TWELVE], extraction_date=DAY).pseudonyms(key)
    assert list(found.observations.subject_names) == expected
    assert found.as_panel(every_months=6).subject_names == tuple(expected)
    assert found.as_known_on("2021-01-01").observations.subject_names == tuple(expected)
    assert found.policies["key_generation"] == 1


def test_a_column_of_numbers_is_read_at_once():
    texts = spellings(TWELVE)[:1] * 200_000
    start = time.process_time()
    privacy.read_numbers(texts, extraction_date=DAY)
    assert time.process_time() - start < 1  # some 0.05 s: ten million in a few


# --- nobody's number stands in the tree -----------------------------------------------------------
def test_only_published_test_numbers_stand_in_the_tree():  # S21
    for text in ALLOWED:
        assert 980 <= int(re.sub(r"\D", "", text)[-4:-1]) <= 999, "not of Skatteverket's series"
    try:
        names = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no Git here")
    shape = re.compile(r"(?<![\w.,+-])(?:\d{2})?\d{6}[-+]?\d{4}(?![\w.,+-]*\d)")
    places, texts = [], []
    for name in names:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for found in shape.finditer(text):
            places.append(name)
            texts.append(found.group())
    good = privacy.read_numbers(texts, extraction_date="2030-12-31").good
    seen = {(texts[i], places[i]) for i in np.flatnonzero(good)}
    unknown = sorted(f"{place}: {text}" for text, place in seen if text not in ALLOWED)
    assert not unknown, f"{len(unknown)} real-looking numbers: {unknown[:20]}"

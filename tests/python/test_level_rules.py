"""Level rules as data: what ships equals what is built in, and every change is told in a digest."""

import datetime as dt
import json
import tomllib

import pytest

import kohort as kh
from kohort.data.level_rules import SHIPPED_RULES, rule_digest
from kohort.study import Study, example_study, study_data

HEADER = "person;from;to;support\n"
LEVELS = ["light", "moderate", "high", "total"]
ALL_MOVES = kh.Model(
    [*LEVELS, "ended", "dead"],
    [(a, b) for a in [*LEVELS, "ended"] for b in [*LEVELS, "ended", "dead"] if a != b],
    death="dead",
)


@pytest.mark.parametrize(
    ("name", "built_in"),
    [
        ("support_type", kh.SUPPORT_RULE),
        ("hours", kh.hours_rule()),
        ("level", kh.named_levels()),
    ],
)
def test_a_shipped_file_is_the_rule_that_is_built_in(name, built_in):
    shipped = kh.read_level_rule(f"kohort:{name}")
    assert shipped == built_in
    assert rule_digest(shipped) == rule_digest(built_in)
    assert shipped.short_stays == built_in.short_stays


def test_a_copy_of_a_shipped_file_is_the_same_rule_and_a_change_is_another(tmp_path):
    copy = tmp_path / "our_rule.toml"
    source = kh.level_rule_source("support_type")
    copy.write_text(source, encoding="utf-8")
    assert kh.read_level_rule(copy) == kh.SUPPORT_RULE
    digests = {rule_digest(kh.SUPPORT_RULE)}
    for old, new in (
        ('"tvätt", ', '"tvätt", "fönsterputs", '),
        ("most_demanding = true", "most_demanding = false"),
        ('"dagverksamhet",\n]', "]"),
        ('short_stays = ["special_housing_short_stay", "short_stay", ', "short_stays = ["),
    ):
        assert old in source
        copy.write_text(source.replace(old, new), encoding="utf-8")
        digests.add(rule_digest(kh.read_level_rule(copy)))
    assert len(digests) == 5
    copy.write_text(source.replace('"tvätt", ', '"tvätt", "Fönsterputs", '), encoding="utf-8")
    assert kh.read_level_rule(copy).codes[kh._core.header_key("FÖNSTERPUTS")] == "light"


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("[codes]", "[koder]", "E-STUDY-KEY", "koder"),
        ('reads = "support"', 'reads = "timmar"', "E-LEVEL-RULE", "support, hours, level"),
        ("light = [", "leight = [", "E-LEVEL-RULE", "leight"),
        ('"ledsagning",', '"ledsagning", "Tvätt",', "E-LEVEL-RULE", "gives two levels"),
        ('"korttidsvård"]\nleft', '"kort"]\nleft', "E-LEVEL-RULE", "short stay"),
        ('name = "', 'name "', "E-TOML", "TOML"),
        ('"total"] #', '"total", "high"] #', "E-LEVEL-RULE", "stands twice"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(tmp_path, old, new, code, words):
    source = kh.level_rule_source("support_type")
    assert old in source
    path = tmp_path / "rule.toml"
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(kh.InvalidInput, match=words) as caught:
        kh.read_level_rule(path)
    assert caught.value.code == code


def test_files_that_are_not_there_or_no_text(tmp_path):
    for path in (tmp_path / "none.toml", "kohort:none"):
        with pytest.raises(kh.InvalidInput) as caught:
            kh.read_level_rule(path)
        assert caught.value.code == "E-FILE"
    (tmp_path / "old.toml").write_bytes("name = 'lätt'".encode("cp1252"))
    with pytest.raises(kh.InvalidInput, match="UTF-8"):
        kh.read_level_rule(tmp_path / "old.toml")
    with pytest.raises(kh.InvalidInput, match="read_register_rule"):
        kh.read_level_rule("kohort:register")
    assert all(kh.level_rule_source(name) for name in SHIPPED_RULES)


def test_codes_from_a_file_of_two_columns(tmp_path):
    table = tmp_path / "koder.csv"
    table.write_text("kod;niva\nhemservice;light\nÖVRIGT;\n\n", encoding="utf-8")
    assert kh.read_codes(table) == {"hemservice": "light", "ÖVRIGT": None}
    again = tmp_path / "koder.toml"
    again.write_text('hemservice = "light"\n"ÖVRIGT" = ""\n', encoding="utf-8")
    assert kh.read_codes(again) == kh.read_codes(table)
    for text, words in (
        ("kod;niva\na;light;x\n", "line 2 has 3"),
        ("kod;niva\na;light\nA;high\n", "two levels"),
    ):
        table.write_text(text, encoding="utf-8")
        with pytest.raises(kh.InvalidInput, match=words):
            kh.read_codes(table)


def test_unknown_codes_are_listed_if_many_have_them_and_mapped_if_told(tmp_path):
    rows = [f"p{i};2020-01-01;;medel\n" for i in range(6)]
    rows += [f"q{i};2020-01-01;;Berit Andersson\n" for i in range(4)]
    rows += [f"r{i};2020-01-01;;19460823-9986\n" for i in range(6)]
    path = tmp_path / "d.csv"
    path.write_text(HEADER + "".join(rows) + "s;2020-01-01;;tvätt\n", encoding="utf-8")
    options = {"extraction_date": "2022-12-31"}
    with pytest.raises(kh.DataRefused) as caught:
        kh.read_decisions(path, level_rule=kh.SUPPORT_RULE, **options)
    whole, *single = caught.value.findings
    assert (whole.code, whole.row, whole.column, whole.count) == (
        *("E-STATE-UNKNOWN", None),
        *("support", 3),
    )
    assert "'medel' (6 rows)" in whole.message
    assert "2 more" in whole.message
    assert "'medel' (6 rader)" in whole.message_sv
    assert [f.row for f in single] == list(range(2, 18))
    told = kh.findings_text(caught.value.findings) + kh.findings_json(caught.value.findings)
    assert "Berit" not in told
    assert "9986" not in told
    codes = {"medel": "moderate", "Berit Andersson": None, "19460823-9986": None}
    rule = kh.SUPPORT_RULE.with_codes(codes)
    found = kh.read_decisions(path, level_rule=rule, **options)
    assert found.counts["persons followed"] == 7
    assert found.policies["level_rule_sha256"] == rule_digest(rule)
    assert found.policies["level_rule_sha256"] != rule_digest(kh.SUPPORT_RULE)


def test_a_study_names_a_rule_file_and_codes_and_its_manifest_hashes_both(tmp_path):
    study = example_study().to_toml()
    study = study.replace('level_rule = "support_type"', 'level_rule = "our_rule.toml"')
    study = study.replace("short_stay_days = 0", 'short_stay_days = 2\ncodes_file = "koder.csv"')
    study += '\n[data.codes]\n"hemservice" = "moderate"\n'
    study += "\n[data.regime_breaks]\nlight = 2023-01-01\n"
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    (tmp_path / "our_rule.toml").write_text(kh.level_rule_source("support_type"), encoding="utf-8")
    (tmp_path / "koder.csv").write_text("kod;niva\nhemservice;light\nx;high\n", encoding="utf-8")
    read = Study.read(tmp_path / "study.toml")
    assert Study.from_toml(tomllib.loads(read.to_toml())) == read
    rule = study_data.level_rule(read.data, read.path)
    assert rule.codes["hemservice"] == "moderate"
    assert rule.codes["x"] == "high"
    assert list(study_data.hashes(read))[-2:] == ["our_rule.toml", "koder.csv"]
    found = study_data.read(read)
    assert found.policies["short_stay_days"] == 2
    assert found.policies["regime_breaks"] == {"light": "2023-01-01"}
    (warned,) = [f for f in found.findings if f.code == "W-REGIME"]
    assert "2023-01-01" in warned.message
    assert json.dumps(dict(found.policies))


def short(text, tmp_path, **options):
    path = tmp_path / "d.csv"
    path.write_text(HEADER + text, encoding="utf-8")
    options = {"extraction_date": "2020-12-31", "model": ALL_MOVES} | options
    return kh.read_decisions(path, level_rule=kh.SUPPORT_RULE, **options)


def states(found):
    _, at, start, end = found._core.stays()
    epoch = dt.date(1970, 1, 1).toordinal()
    return [
        (found.model.states[s], str(dt.date.fromordinal(a + epoch)), (b - a).item())
        for s, a, b in zip(at, start, end, strict=True)
    ]


def test_a_short_stay_gives_no_level_up_to_its_days(tmp_path):
    home = "a;2020-01-01;2020-06-30;tvätt\n"
    stay = "a;2020-03-01;2020-03-14;korttidsboende\n"  # 14 days, both included
    assert [s for s, *_ in states(short(home + stay, tmp_path))][:3] == ["light", "total", "light"]
    left = short(home + stay, tmp_path, short_stay_days=14)
    assert states(left) == states(short(home, tmp_path))
    assert left.counts["short stays that give no level, left out"] == 1
    assert [f.count for f in left.findings if f.code == "I-SHORT-STAY"] == [1]
    assert states(short(home + stay, tmp_path, short_stay_days=13))[1][0] == "total"
    opened = "a;2020-03-01;;korttidsboende\n"
    assert states(short(home + opened, tmp_path, short_stay_days=99))[1][0] == "total"
    with pytest.raises(kh.InvalidInput, match="what a short stay is"):
        kh.read_decisions(
            tmp_path / "d.csv",
            level_rule=kh.named_levels(),
            extraction_date="2020-12-31",
            short_stay_days=3,
        )


def test_rows_add_up(tmp_path):
    text = (
        "a;2020-01-01;2020-06-30;tvätt\na;2020-01-01;2020-06-30;tvätt\n"
        "a;2020-02-01;2020-02-03;korttidsboende\nb;2021-03-01;;dusch\nb;2020-03-01;;dusch\n"
        "c;2020-03-01;;dagverksamhet\nc;2020-03-01;2020-12-31;städ\n"
    )
    path = tmp_path / "d.csv"
    path.write_text(
        HEADER.replace("\n", ";event\n") + text.replace("\n", ";beslut\n") + "c;2020-05-01;;;död\n",
        encoding="utf-8",
    )
    found = kh.read_decisions(
        path, level_rule=kh.SUPPORT_RULE, extraction_date="2020-12-31", short_stay_days=7
    )
    counts = found.counts
    assert (
        counts["records in the file"]
        == 8
        == sum(
            counts[name]
            for name in (
                "records that only tell of a death",
                "copies of other records, left out",
                "records with support that the rule leaves out",
                "short stays that give no level, left out",
                "decisions that start after the extraction, left out",
                "decisions used",
            )
        )
    )
    assert counts["decisions in force at a death, ended there"] == 1
    assert counts["decisions used"] == 3

"""A study file says everything, round-trips, and is refused with a remedy where it is wrong."""

import datetime as dt
import tomllib

import pytest

from kohort import InvalidInput
from kohort.study import Study

SOURCE = """
name = "Provkommun \\"Å\\""
synthetic = true
seed = 7

[data]
decisions = "beslut.csv"
level_rule = "support_type"
extraction_date = 2024-12-31
observed_from = 2015-01-01

[model]
sex = true

[population]
persons = "kohort:example/population.csv"

[entries]
first_year = 2015
last_year = 2024

[costs]
price_year = 2018

[costs.by_level]
light = 20000
moderate = 80_000
high = 240000.0
total = 800000
"""


def study():
    return Study.from_toml(tomllib.loads(SOURCE))


def edited(old, new):
    assert old in SOURCE
    return Study.from_toml(tomllib.loads(SOURCE.replace(old, new)))


def test_a_study_reads_back_as_itself():
    first = study()
    again = Study.from_toml(tomllib.loads(first.to_toml()))
    assert again == first
    assert again.to_toml() == first.to_toml()
    assert first.data.extraction_date == dt.date(2024, 12, 31)
    assert first.costs.by_level["moderate"] == 80_000.0
    assert first.name == 'Provkommun "Å"'


def test_defaults_are_strict_and_written_out():
    text = study().to_toml()
    assert 'overlap = "rule"' in text
    assert "gap_days = 0" in text
    assert 'closure = "strict"' in text
    assert "trend = false" in text


def test_bands_of_age_read_back():
    banded = edited("sex = true", 'age = "bands"\nage_bands = [75, 85.5]')
    assert banded.model.age_bands == (75.0, 85.5)
    assert Study.from_toml(tomllib.loads(banded.to_toml())) == banded


def test_a_projection_follows_time_since_entry_or_phases_not_both():
    chosen = edited("sex = true", 'since_entry = [0.5, 2]\ntwo_phases = ["total"]')
    assert Study.from_toml(tomllib.loads(chosen.to_toml())) == chosen
    with pytest.raises(InvalidInput, match=r"model\.two_phases: the projection follows one") as no:
        chosen.run()
    assert no.value.code == "E-STUDY-VALUE"
    edited("sex = true", "since_entry = [0.5]").model.check_projectable()
    edited("sex = true", 'two_phases = ["total"]').model.check_projectable()


def test_the_digest_follows_what_is_said_not_how():
    assert study().digest == edited("800000", "800_000.0").digest
    assert study().digest != edited("800000", "800001").digest


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("seed = 7", "sed = 7", "E-STUDY-KEY", "no key 'sed'. Did you mean seed"),
        ("first_year = 2015", "from = 2015", "E-STUDY-KEY", "entries: there is no key 'from'"),
        ("price_year = 2018", "", "E-STUDY-MISSING", "the key 'price_year' is needed"),
        ("[population]\npersons", "[x]\npersons", "E-STUDY-KEY", "no key 'x'"),
        ("seed = 7", 'seed = "7"', "E-STUDY-TYPE", "study.seed: '7' was given, but a whole number"),
        ("seed = 7", "seed = true", "E-STUDY-TYPE", "a whole number"),
        ("2024-12-31", '"2024-12-31"', "E-STUDY-TYPE", "a date such as 2024-12-31, without quotes"),
        ('"support_type"', '"points"', "E-STUDY-VALUE", "Known: support_type, hours, level"),
        ("last_year = 2024", "last_year = 2014", "E-STUDY-VALUE", "at least 2015"),
        ("sex = true", "age_bands = [75]", "E-STUDY-VALUE", "only then"),
        ("sex = true", 'age = "weekly"', "E-STUDY-VALUE", "Known: yearly, bands, continuous, none"),
        ("sex = true", "since_entry = [2, 1]", "E-STUDY-VALUE", "model.since_entry: [2.0, 1.0]"),
        ("sex = true", "since_entry = [0]", "E-STUDY-VALUE", "years above 0"),
        ("sex = true", 'two_phases = ["dead"]', "E-STUDY-VALUE", "Known: light, moderate, high"),
        ("sex = true", 'two_phases = ["high", "high"]', "E-STUDY-VALUE", "stands there twice"),
        ("seed = 7", "draws = 39", "E-STUDY-VALUE", "at least 40"),
        ("seed = 7", "seed = -1", "E-STUDY-VALUE", "seed: -1 was given; at least 0"),
        ("seed = 7", f"seed = {2**64}", "E-STUDY-VALUE", "at most 9223372036854775807"),
        ("last_year = 2024", "last_year = 2024\ndamping = inf", "E-STUDY-VALUE", "at most 1"),
        ("light = 20000", 'light = "free"', "E-STUDY-TYPE", "costs.by_level.light"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_name(old, new, code, words):
    with pytest.raises(InvalidInput) as refusal:
        edited(old, new)
    assert refusal.value.code == code
    assert words in str(refusal.value)


def test_a_refused_key_lists_those_that_are_known():
    with pytest.raises(InvalidInput, match="Known here: first_year, last_year, trend"):
        edited("last_year = 2024", "last_yeer = 2024")


def test_paths_are_relative_to_the_study_and_shipped_data_have_a_name(tmp_path):
    file = tmp_path / "studie.toml"
    file.write_text("\ufeff" + SOURCE, encoding="utf-8")
    read = Study.read(file)
    assert read.path(read.data.decisions) == tmp_path / "beslut.csv"
    assert read.path("kohort:published/unit_costs.csv").is_file()


def test_a_file_that_is_not_there_or_not_toml_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"'no.toml' cannot be read") as refusal:
        Study.read(tmp_path / "no.toml")
    assert refusal.value.code == "E-FILE"
    assert str(tmp_path) not in str(refusal.value)
    (tmp_path / "a.toml").write_text("name = ")
    with pytest.raises(InvalidInput, match=r"a\.toml: not a TOML file"):
        Study.read(tmp_path / "a.toml")


def test_the_forecast_starts_on_the_last_31_december_of_the_extract():
    assert study().base_year == 2024
    assert edited("extraction_date = 2024-12-31", "extraction_date = 2024-12-30").base_year == 2023


def test_an_unknown_shipped_data_set_is_refused_with_those_there_are():
    with pytest.raises(InvalidInput, match=r"example/decisions\.csv") as refusal:
        study().path("kohort:example/nope.csv")
    assert refusal.value.code == "E-FILE"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('Provkommun \\"Å\\"', "Prognos 19460823-9986", "name"),
        ('Provkommun \\"Å\\"', "460823-9986, prognos", "name"),
        ("price_year = 2018", 'price_year = 2018\nsource = "bilaga 4608239986"', "costs.source"),
    ],
)
def test_a_personal_number_in_words_that_are_printed_is_refused(old, new, key):
    with pytest.raises(InvalidInput) as refused:
        edited(old, new)
    assert refused.value.code == "E-STUDY-PERSON"
    (found,) = refused.value.findings
    assert key in found.message
    assert key in found.message_sv
    assert "9986" not in str(refused.value)
    edited(old, new.replace("9986", "9985"))  # other digits are nobody's


def test_a_file_may_be_called_as_it_is():
    edited("beslut.csv", "460823-9986.csv")  # its name is printed nowhere

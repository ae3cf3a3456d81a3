"""Make a municipality that never was, as a care system exports it, with planted faults."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kohort import _core
from kohort.support._shown import shown_file
from kohort.synthetic import faults as F
from kohort.synthetic.files import KINDS
from kohort.synthetic.layouts import COLUMNS, FORMATS
from kohort.synthetic.made import MadeMunicipality, Planted
from kohort.synthetic.maker import Maker, refuse_choice, to_day

LAYOUTS = tuple(COLUMNS)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
IDS = ("opaque", "test_numbers")


def make_municipality(
    folder: str | os.PathLike[str],
    *,
    persons: int = 12_000,
    seed: int = 1,
    layout: str = "care_system",
    first_day: str = "2015-01-01",
    last_day: str = "2024-12-31",
    delimiter: str = ";",
    decimal: str = ",",
    encoding: str = "utf-8",
    date_format: str = "iso",
    ids: str | None = None,
    faults: Mapping[str, int] | None = None,
    label: bool = True,
    file_format: str = "csv",
    progress: Callable[[int, int], object] | None = None,
) -> MadeMunicipality:
    """Make decisions and population of a municipality that never was.

    So that everything can be tried before an extract is asked for, and readers be tested. People
    are simulated one by one from published rates (`data/README.md` tells how); nobody is behind
    them. Every file says so in its name and, unless `label` is False, in its first line.

    Parameters
    ----------
    folder
        Where `synthetic_decisions.csv` (or `.xlsx`), `synthetic_population.csv`, under the layout
        "register" `synthetic_persons.csv` and, with faults, `synthetic_planted.csv` are written;
        made if it is not there.
    persons
        Of 65 and older; about five rows each come of it in ten years under "care_system". Ten
        million rows are 2,000,000 persons and take a few minutes.
    seed
        The same seed and settings give the same bytes.
    layout
        "care_system": a row for each decision, by type of support, with birth date, sex, hours and
        death, as in the example municipality; "swedish"
        (personnummer;beslut_id;fran;till;niva;handelse;kostnad) and "english": a row for each stay
        at a level, and for each death; "register": a row for each person and month, as in the
        national register.
    first_day, last_day
        Decisions in force on some day between are in the file; the last one is the extraction date.
    delimiter, decimal
        ";", "," or a tab, and "," or ".".
    encoding
        "utf-8", "utf-8-sig", "utf-16" or "cp1252".
    date_format
        "iso", "compact" (20241231), "day_month_year", "month_day_year" or "excel_1900".
    ids
        "opaque" (S0000001), or "test_numbers": personal numbers of Skatteverket's scheme for tests,
        birth numbers 980 to 999, which belong to nobody; there are ten for each sex and birth date.
        By default as the layout's header says: test numbers under "swedish", else opaque. Opaque
        ids stand under `löpnummer` there, not under `personnummer`.
    faults
        Rule to how many faults are planted: {"E-AFTER-DEATH": 2}; `planted_rules` has those there
        are. No person has more than one.
    label
        Whether the first line says that the data are synthetic.
    file_format
        "csv", or "xlsx": a workbook with one sheet, of at most 1,048,576 rows; what concerns bytes
        of a text (delimiter, encoding, some faults) is not in it. Needs XlsxWriter.
    progress
        Called as `progress(done, total)`, in persons.

    Returns
    -------
    MadeMunicipality

    Raises
    ------
    InvalidInput
        `E-SETTING`: a choice that there is none of, a fault that this layout cannot hold, or more
        persons than there are test numbers; `E-FILE`: the folder cannot be written to.
    """
    ids = _ids_of(layout, ids)
    asked = {
        "persons": persons, "seed": seed, "layout": layout, "first_day": first_day,
        "last_day": last_day, "delimiter": delimiter, "decimal": decimal, "encoding": encoding,
        "date_format": date_format, "ids": ids, "faults": dict(faults or {}), "label": label,
        "file_format": file_format,
    }  # fmt: skip
    _check(asked)
    made = Maker(asked, progress or (lambda done, total: None))
    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
        return made.write(where)
    except OSError as error:
        _core.reject(
            "E-FILE",
            "make_municipality",
            f"the folder '{shown_file(where)}' cannot be written to ({error.strerror})",
            "a folder is needed",
            "Choose another one",
        )
        raise


def planted_rules(
    layout: str = "care_system",
    *,
    ids: str | None = None,
    encoding: str = "utf-8",
    date_format: str = "iso",
    file_format: str = "csv",
) -> dict[str, str]:
    """Rules that `make_municipality` can break in such a file, with what it plants for each."""
    listed = F.possible(
        layout,
        ids=_ids_of(layout, ids),
        encoding=encoding,
        date_format=date_format,
        file_format=file_format,
    )
    return {code: F.FAULTS[code][0] for code in listed}


def _ids_of(layout: str, ids: str | None) -> str:
    return ids or ("test_numbers" if layout == "swedish" else "opaque")


def _check(asked: Mapping[str, Any]) -> None:
    choices = {
        "layout": LAYOUTS, "encoding": ENCODINGS, "date_format": FORMATS, "ids": IDS,
        "delimiter": (";", ",", "\t"), "decimal": (",", "."), "file_format": KINDS,
    }  # fmt: skip
    for name, known in choices.items():
        if asked[name] not in known:
            refuse_choice(f"{name}={asked[name]!r}", f"one of {', '.join(map(repr, known))}")
    for name, least, most in (("persons", 1, 10_000_000), ("seed", 0, 2**32)):
        if not isinstance(asked[name], int) or not least <= asked[name] <= most:
            refuse_choice(f"{name}={asked[name]!r}", f"a whole number from {least} to {most}")
    try:
        first, last = to_day(asked["first_day"]), to_day(asked["last_day"])
    except ValueError:
        refuse_choice("first_day or last_day is no date", "dates such as 2024-12-31")
    if not to_day("1990-01-01") <= first < last <= to_day("2029-12-31"):
        refuse_choice("the days are not in order", "days from 1990-01-01 to 2029-12-31")
    known_faults = planted_rules(
        asked["layout"],
        ids=asked["ids"],
        encoding=asked["encoding"],
        date_format=asked["date_format"],
        file_format=asked["file_format"],
    )
    for code, many in asked["faults"].items():
        if code not in known_faults:
            refuse_choice(f"{code} cannot be planted here", f"one of {', '.join(known_faults)}")
        if not isinstance(many, int) or not 0 <= many <= F.most(code):
            refuse_choice(f"{code} {many!r} times", f"a whole number up to {F.most(code)}")
    if asked["faults"].get("E-EMPTY") and sum(asked["faults"].values()) > 1:
        refuse_choice("E-EMPTY stands beside other faults", "a file with rows, or E-EMPTY alone,")


__all__ = ["MadeMunicipality", "Planted", "make_municipality", "planted_rules"]

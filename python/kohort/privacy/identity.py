"""Who is who without saying who: personal numbers checked, keyed pseudonyms instead of them.

A pseudonym is an HMAC-SHA256 under a secret key. There is no way to make one without a key: the
few million personal numbers that can exist are tried out in seconds against any unkeyed hash.
Pseudonymised data are still personal data for whoever holds the key or other means to tell who it
is; nothing here makes data anonymous.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import os
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kohort import _core
from kohort._core import Finding
from kohort.support._dates import day_number
from kohort.support._refusal import refuse
from kohort.support._shown import shown_file

Array = npt.NDArray[Any]

ID_KINDS = ("by header", "personnummer", "opaque")
"""What a person column may hold: "by header" is personal numbers if it is called so."""

CENTURIES = ("separator", "older")
"""How ten digits get their century; see `read_numbers`."""

_KEY_BYTES = 32
_HEAD = "kohort key, secret: keep it apart from the data, in nobody's hands but yours"


# --- keys -----------------------------------------------------------------------------------------
@dataclass(frozen=True, repr=False)
class Key:
    """A secret key in its generations, the newest last. It prints as what it is, never its bytes.

    Attributes
    ----------
    generations
        How many there are: 1 for a new key, one more for each rotation.
    """

    _secrets: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        for secret in self._secrets:
            if len(secret) < _KEY_BYTES or len(set(secret)) < 8:
                refuse(
                    "E-KEY-SHORT",
                    "key",
                    "it has fewer than 32 bytes, or hardly any different ones",
                    "32 random bytes are needed",
                    "Make a new one with kohort.privacy.create_key",
                )

    @property
    def generations(self) -> int:
        """How many generations of the key there are."""
        return len(self._secrets)

    def pseudonyms(self, ids: Iterable[str], *, generation: int | None = None) -> list[str]:
        """A pseudonym for each id: 128 bits of its HMAC-SHA256, in letters and digits.

        The same id and key give the same pseudonym always; another key gives another one. Give the
        ids in one form: `PersonalNumbers.pseudonyms` does so for personal numbers.

        Parameters
        ----------
        ids
            Opaque texts, compared after Unicode normalisation (NFC).
        generation
            From 1; the newest if not given. Older ones serve to recognise pseudonyms that were made
            before a rotation.
        """
        number = self.generations if generation is None else generation
        if not 1 <= number <= self.generations:
            refuse(
                "E-SETTING",
                "pseudonyms",
                f"generation {number} was asked for",
                f"the key has 1 to {self.generations}",
                "Name one of them",
            )
        secret = self._secrets[number - 1]
        return [_pseudonym(secret, number, name) for name in ids]

    def rotated(self) -> Key:
        """The same key with a new generation."""
        return Key((*self._secrets, secrets.token_bytes(_KEY_BYTES)))

    def __repr__(self) -> str:
        return f"<Key, {self.generations} generation{'s' if self.generations > 1 else ''}>"


def _pseudonym(secret: bytes, generation: int, name: str) -> str:
    text = unicodedata.normalize("NFC", name).encode("utf-8")
    code = hmac.digest(secret, b"kohort pseudonym\0" + text, hashlib.sha256)[:16]
    return f"p{generation}-{base64.b32encode(code).decode('ascii').rstrip('=').lower()}"


def create_key(
    path: str | os.PathLike[str], *, apart_from: Sequence[str | os.PathLike[str]]
) -> Key:
    """Make a key file that only its owner may read.

    Parameters
    ----------
    path
        A file that does not exist yet.
    apart_from
        Folders of the data and of the output: the key must lie in none of them, nor below.

    Raises
    ------
    InvalidInput
        `E-KEY-PLACE`; `E-KEY-EXISTS`: there is such a file already. Exit code 4.
    """
    place = _outside(path, apart_from)
    key = Key((secrets.token_bytes(_KEY_BYTES),))
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        refuse(
            "E-KEY-EXISTS",
            "key file",
            f"'{shown_file(place)}' exists already",
            "a key is never written over: what was made with it could no longer be recognised",
            "Choose another name, or rotate the key",
        )
    _write(handle, key)
    return key


def rotate_key(
    path: str | os.PathLike[str], *, apart_from: Sequence[str | os.PathLike[str]]
) -> Key:
    """Add a generation to a key file; the older ones stay, to recognise what they made."""
    place = _outside(path, apart_from)
    key = read_key(place, apart_from=apart_from).rotated()
    beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write(handle, key)
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
    return key


def read_key(path: str | os.PathLike[str], *, apart_from: Sequence[str | os.PathLike[str]]) -> Key:
    """Read a key file, if nobody else could have.

    Raises
    ------
    InvalidInput
        Exit code 4. `E-KEY-ABSENT`: there is none; `E-KEY-RIGHTS`: others than its owner may read
        or change it, or somebody else owns it; `E-KEY-PLACE`: it lies among the data or the output;
        `E-KEY-SHORT`: fewer than 32 bytes; `E-KEY-FORMAT`: it is no key file of kohort's.
    """
    place = _outside(path, apart_from)
    try:
        with open(place, "rb") as file:
            state = os.fstat(file.fileno())
            text = file.read(65536)
    except FileNotFoundError:
        refuse(
            "E-KEY-ABSENT",
            "key file",
            f"there is no '{shown_file(place)}'",
            "pseudonyms are made with a key, and only so",
            "Make one with kohort.privacy.create_key, apart from the data",
        )
    if os.name == "posix" and (state.st_mode & 0o077 or state.st_uid != os.geteuid()):
        refuse(
            "E-KEY-RIGHTS",
            "key file",
            f"others than its owner can use '{shown_file(place)}', or it is somebody else's",
            "only you may read it",
            "Run chmod 600 on it; if others may have read it, rotate the key",
        )
    lines = text.decode("ascii", errors="replace").splitlines()
    found = [line for line in lines if line and not line.startswith("#")]
    try:
        generations = tuple(bytes.fromhex(line) for line in found)
    except ValueError:
        generations = ()
    if not generations:
        refuse(
            "E-KEY-FORMAT",
            "key file",
            f"'{shown_file(place)}' is no key file",
            "one key a line in hexadecimal digits is needed",
            "Make one with kohort.privacy.create_key",
        )
    return Key(generations)


def _outside(path: str | os.PathLike[str], folders: Sequence[str | os.PathLike[str]]) -> Path:
    place = Path(path).expanduser().resolve()
    for folder in folders:
        if place.is_relative_to(Path(folder).resolve()):
            refuse(
                "E-KEY-PLACE",
                "key file",
                f"'{shown_file(place)}' lies in the folder of the data or of the output",
                "whoever gets that folder would get the key with it",
                "Keep the key in a folder of its own",
            )
    return place


def _write(handle: int, key: Key) -> None:
    lines = [f"# {_HEAD}", *(secret.hex() for secret in key._secrets)]
    with os.fdopen(handle, "wb") as file:
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), 0o600)
        file.write(("\n".join(lines) + "\n").encode("ascii"))
        file.flush()
        os.fsync(file.fileno())


# --- personal numbers -----------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class PersonalNumbers:
    """Verdicts on a column of personal numbers. The numbers themselves never print.

    Attributes
    ----------
    codes
        (n,), the rule that a number breaks (``"E-PNR-CHECK"``), or ``""`` if it is good.
    birth
        (n,) of datetime64[D]; NaT where a number is not good.
    male, coordination, century_in_doubt
        (n,) of booleans.
    findings
        Every fault by its row, and what is in doubt, counted.
    """

    codes: Array
    birth: Array
    male: Array
    coordination: Array
    century_in_doubt: Array
    findings: tuple[Finding, ...]
    _numbers: list[str] = field(repr=False)

    @property
    def good(self) -> Array:
        """(n,), whether a number can stand for a person."""
        good: Array = self.codes == ""
        return good

    def pseudonyms(self, key: Key, *, generation: int | None = None) -> list[str]:
        """Pseudonyms, the same for every spelling of a number; ``""`` where it is not good."""
        made = key.pseudonyms(filter(None, self._numbers), generation=generation)
        rest = iter(made)
        return [next(rest) if number else "" for number in self._numbers]

    def same_person(self) -> Array:
        """(n,), a number from 0 for each person in order of appearance; -1 where not good."""
        place: dict[str, int] = {}
        return np.array([place.setdefault(n, len(place)) if n else -1 for n in self._numbers])

    def __len__(self) -> int:
        return len(self._numbers)

    def __repr__(self) -> str:
        good = int(self.good.sum())
        return f"<PersonalNumbers: {len(self)} read, {len(self) - good} refused>"


def read_numbers(
    texts: Iterable[str],
    *,
    extraction_date: str | dt.date | None,
    century: str = "separator",
    birth: Any = None,
    rows: Sequence[int] | None = None,
    column: str = "",
) -> PersonalNumbers:
    """Check Swedish personal and coordination numbers, in any spelling.

    YYMMDD-NNNC and YYYYMMDD-NNNC, with "-", "+", a space or nothing before the last four. A
    coordination number has 60 added to the day. Nothing is padded, repaired or guessed: interim and
    reserve numbers, and what Excel has damaged, are refused by name.

    Parameters
    ----------
    texts
        The cells.
    extraction_date
        The day of the extract, by which ten digits get their century; None refuses those.
    century
        "separator": as the law has it, "+" from the year in which one turns 100. "older": who would
        be a minor without "+" is read as born a century earlier. Both are counted (`W-CENTURY`).
    birth
        Birth dates of a column of their own, if there is one: where they differ from the number
        (`W-BIRTH-DIFF`) they hold.
    rows, column
        Physical rows and the column's name, for the findings; otherwise places from 0.

    Returns
    -------
    PersonalNumbers

    Notes
    -----
    Folkbokföringslagen (1991:481), 18 and 18 a §; lagen (2022:1697) om samordningsnummer.
    """
    cells = list(texts)
    day = None if extraction_date is None else day_number(extraction_date, "extraction_date")
    faults, births, male, plus60, doubt, numbers = _core.read_personal_numbers(
        cells, reference=day, century=century
    )
    codes = np.array(_core.personal_number_codes)[faults]
    place = np.arange(len(cells)) if rows is None else np.asarray(rows, dtype=np.int64)
    findings = [
        _core.catalogued(str(codes[i]), row=int(place[i]), column=column)
        for i in np.flatnonzero(faults)
    ]
    days = births.astype("datetime64[D]")
    days[faults != 0] = np.datetime64("NaT")
    findings += _counted("W-CENTURY", place[doubt], column)
    if birth is not None:
        told = np.asarray(birth, dtype="datetime64[D]")
        differ = (faults == 0) & ~np.isnat(told) & (told != days)
        findings += _counted("W-BIRTH-DIFF", place[differ], column)
        days = np.where(np.isnat(told), days, told)
    for values in (codes, days, male, plus60, doubt):
        values.flags.writeable = False
    return PersonalNumbers(codes, days, male, plus60, doubt, tuple(findings), numbers)


def _counted(code: str, rows: Array, column: str) -> list[Finding]:
    if not rows.size:
        return []
    first, *rest = sorted(int(row) for row in rows)
    return [_core.catalogued(code, row=first, column=column, related=rest, count=len(rest) + 1)]


def named(core: Any, key: Key | None) -> None:
    """Give the persons of decisions as read their names: pseudonyms, or numbers without meaning.

    Opaque ids stay as they are if there is no key. Personal numbers never stay.
    """
    if key is not None:
        _core.rename_persons(core, key.pseudonyms(_core.person_names(core)))
    elif _core.personal_ids(core):
        _core.rename_persons(core, [str(i + 1) for i in range(len(_core.person_names(core)))])

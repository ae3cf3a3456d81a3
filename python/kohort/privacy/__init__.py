"""What keeps persons out of sight: pseudonyms at the door, disclosure control on the way out."""

from kohort.privacy.disclosure import audit, protect
from kohort.privacy.identity import (
    Key,
    PersonalNumbers,
    create_key,
    read_key,
    read_numbers,
    rotate_key,
)
from kohort.privacy.moves import few_moves, protect_moves
from kohort.privacy.profile import INTERNAL, PUBLIC, Profile, small, withheld, written_few
from kohort.privacy.statistics import describe, protect_means, protect_shares
from kohort.privacy.tables import Audit, ProtectedTable, Table

__all__ = [
    "INTERNAL",
    "PUBLIC",
    "Audit",
    "Key",
    "PersonalNumbers",
    "Profile",
    "ProtectedTable",
    "Table",
    "audit",
    "create_key",
    "describe",
    "few_moves",
    "protect",
    "protect_means",
    "protect_moves",
    "protect_shares",
    "read_key",
    "read_numbers",
    "rotate_key",
    "small",
    "withheld",
    "written_few",
]

"""What keeps persons out of sight: pseudonyms at the door, disclosure control on the way out."""

from kohort.privacy.disclosure import (
    INTERNAL,
    PUBLIC,
    Audit,
    Profile,
    ProtectedTable,
    Table,
    audit,
    describe,
    protect,
    protect_means,
    protect_shares,
    small,
    withheld,
    written_few,
)
from kohort.privacy.identity import (
    Key,
    PersonalNumbers,
    create_key,
    read_key,
    read_numbers,
    rotate_key,
)
from kohort.privacy.moves import few_moves, protect_moves

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

"""Is the computation right? Some fifty checks of a study, each a change and what must follow."""

from kohort.verify.items import Item, Outcome, Verification, items, verify

__all__ = ["Item", "Outcome", "Verification", "items", "verify"]

"""Rules of moving money from an InApp screen (sections 5.7 and 3.5)."""

import re
from decimal import Decimal
from enum import StrEnum

# Two decimals, as all currencies of the broker's accounts have; so few digits that a double holds them exactly.
_AMOUNT = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{1,2}))?")
LARGEST_AMOUNT = Decimal(1_000_000)


class Action(StrEnum):
    """What a money screen is for; the last part of its address."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"

    @property
    def change_type(self) -> str:
        """The `type` of call 3.5."""
        return "DEPOSIT" if self is Action.DEPOSIT else "WITHDRAW"


class PaymentState(StrEnum):
    """How a payment stands. UNKNOWN from the moment before call 3.5 until its outcome is certain."""

    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


def parse_amount(text: str) -> Decimal:
    """Read an amount as typed, in units of the account's currency. Raises ValueError."""
    match = _AMOUNT.fullmatch(text.strip())
    amount = Decimal(f"{match[1]}.{match[2] or '0'}") if match else Decimal(0)
    if not 0 < amount <= LARGEST_AMOUNT:
        raise ValueError(f"amount must be from 0.01 to {LARGEST_AMOUNT} with two decimals, not {text[:40]!r}")
    return amount

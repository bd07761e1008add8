"""The vendor's numbers, moments and booleans as marshmallow fields, and the base of every field."""

import math
import re
import typing
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields

from mock_ctrader.clock import moment_ms

INT64 = 2**63 - 1
_NUMERIC = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?")
_SHOWN = 80


def shown(value: Any) -> str:
    """A value as an error text repeats it: short, and safe to print."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class VendorField(fields.Field[Any]):
    """Base: says what is required and what was got instead.

    Args:
        expected: documented as required, but left out by real clients.
        spelling: whether the key is a spelling of another one.
        legacy: whether the key is one of older editions.
        keeps_null: whether null is a value of its own rather than an absent key.
    """

    default_error_messages = {
        "required": "required, but missing",
        "null": "required, but null",
    }

    def __init__(
        self,
        *,
        expected: bool = False,
        spelling: bool = False,
        legacy: bool = False,
        keeps_null: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.expected, self.keeps_null = expected, keeps_null
        self.oddity = "key-spelling" if spelling else "legacy-key" if legacy else None

    def leniency(self, value: Any) -> str | None:
        """The leniency that makes this value one the key can have, if it takes one."""
        return None


class Integer(VendorField):
    """An integer, or its decimal digits as a string; never a float or a boolean (E-26)."""

    def __init__(self, low: int = 1, high: int = INT64, **options: Any) -> None:
        super().__init__(**options)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        number = int(value) if isinstance(value, str) and _NUMERIC.fullmatch(value) else value
        if type(number) is not int:
            raise ValidationError(f"must be an integer or its digits as a string, got {shown(value)}")
        if not self.low <= number <= self.high:
            raise ValidationError(f"must be from {self.low} to {self.high}, got {shown(value)}")
        return number

    def leniency(self, value: Any) -> str | None:
        """Digits as a string."""
        return "number-as-string" if isinstance(value, str) else None


class Digits(VendorField):
    """A number that is documented as a string (ribbons), taken as a number as well (E-26)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return str(Integer()._deserialize(value, attr, data))

    def leniency(self, value: Any) -> str | None:
        """A plain number."""
        return "number-for-string" if isinstance(value, int) else None


class Amount(VendorField):
    """A decimal number, or its digits as a string (section 3.5); exact, as it was written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if type(value) is int or isinstance(value, Decimal):
            return Decimal(value)
        if isinstance(value, float):
            return Decimal(repr(value))
        if isinstance(value, str) and _DECIMAL.fullmatch(value):
            return Decimal(value)
        raise ValidationError(f"must be a decimal number or its digits as a string, got {shown(value)}")

    def leniency(self, value: Any) -> str | None:
        """Digits as a string."""
        return "number-as-string" if isinstance(value, str) else None


class Number(VendorField):
    """A number from `low` (itself excluded, if `above`) to `high`; never a text or a boolean (ours)."""

    def __init__(self, low: float, high: float, above: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.low, self.high, self.above = low, high, above

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValidationError(f"must be a number, got {shown(value)}")
        if not self.low <= value <= self.high or (self.above and value == self.low):
            least = f"above {self.low}" if self.above else f"from {self.low}"
            raise ValidationError(f"must be {least} to {self.high}, got {shown(value)}")
        return float(value)


class Moment(VendorField):
    """A moment in UTC such as 2026-01-31T12:00:00.000, as epoch milliseconds (WS 4.3)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            try:
                return moment_ms(value)
            except ValueError:
                pass  # of the right form, but no such day: refused with the others
        raise ValidationError(f"must be a moment such as 2026-01-31T12:00:00.000, got {shown(value)}")


class Boolean(VendorField):
    """true or false, or the same words as strings (E-26)."""

    _WORDS: typing.ClassVar = {"true": True, "false": False}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in self._WORDS:
            return self._WORDS[value]
        raise ValidationError(f"must be true or false, got {shown(value)}")

    def leniency(self, value: Any) -> str | None:
        """The word as a string."""
        return "boolean-as-string" if isinstance(value, str) else None

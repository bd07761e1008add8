"""The vendor's types as marshmallow fields: strict, but for the leniencies seen in real clients (E-26)."""

import re
import typing
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from mock_ctrader import errors

INT64 = 2**63 - 1
_NUMERIC = re.compile(r"[0-9]{1,18}")
_EMAIL = re.compile(r"[^@\s\u0000-\u001f]+@[^@\s\u0000-\u001f]+\.[^@\s\u0000-\u001f]+")
_SHOWN = 80


def shown(value: Any) -> str:
    """A value as an error text repeats it: short, and safe to print."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


class VendorField(fields.Field[Any]):
    """Base: says what is required and what was got instead."""

    default_error_messages = {
        "required": "required, but missing",
        "null": "required, but null",
    }


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


class Boolean(VendorField):
    """true or false, or the same words as strings (E-26)."""

    _WORDS: typing.ClassVar = {"true": True, "false": False}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in self._WORDS:
            return self._WORDS[value]
        raise ValidationError(f"must be true or false, got {shown(value)}")


class Text(VendorField):
    """A string of `low` to `high` characters; NUL and lone surrogates are refused, as no database takes them."""

    def __init__(
        self,
        low: int = 0,
        high: int = 255,
        pattern: str | None = None,
        choices: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.low, self.high, self.choices = low, high, choices
        self.pattern = re.compile(pattern) if pattern else None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"must be a string, got {shown(value)}")
        if any(char == "\0" or 0xD800 <= ord(char) < 0xE000 for char in value):
            raise ValidationError(f"must be Unicode text without NUL, got {shown(value)}")
        if not self.low <= len(value) <= self.high:
            raise ValidationError(
                f"must have {self.low} to {self.high} characters, got {len(value)}: {shown(value)}"
            )
        if self.choices and value not in self.choices:
            raise ValidationError(f"must be one of {', '.join(self.choices)}, got {shown(value)}")
        if self.pattern and not self.pattern.fullmatch(value):
            raise ValidationError(f"must match {self.pattern.pattern}, got {shown(value)}")
        return value


class AnyText(VendorField):
    """Any string at all: for what is never an error, such as a wanted nickname (section 3.2)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"must be a string, got {shown(value)}")
        return value


class Line(Text):
    """Text on one line: names, identifiers and the like have no control characters."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in text):
            raise ValidationError(f"must have no control characters, got {shown(value)}")
        return text


class Email(Line):
    """An address: something before and after one `@`, with a dot in the domain."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not _EMAIL.fullmatch(text):
            raise ValidationError(f"must be an e-mail address, got {shown(value)}")
        return text


class PartnerId(Line):
    """1 to 255 printable characters, not blank; opaque and case-sensitive (E-9)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text.strip():
            raise ValidationError(f"must not be blank, got {shown(value)}")
        return text


class VendorSchema(Schema):
    """A call's keys. Unknown keys are ignored, and so is an explicit null for a key that is not required."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Let null stand for an absent key, unless the key is required."""
        if not field_obj.required:
            field_obj.allow_none = True
        super().on_bind_field(field_name, field_obj)

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """The keys of a call as the rules want them.

        Raises:
            CTraderError: 400 `INVALID_REQUEST` naming each wrong key and the value it had.
        """
        try:
            loaded: dict[str, Any] = self.load(given)
        except ValidationError as problem:
            raise errors.invalid_request("; ".join(_flatten(problem.messages_dict))) from None
        return {key: value for key, value in loaded.items() if value is not None}


def _flatten(messages: dict[str, Any], prefix: str = "") -> list[str]:
    lines: list[str] = []
    for key, value in messages.items():
        if isinstance(value, dict):
            lines += _flatten(value, f"{prefix}{key}.")
        else:
            name = prefix.rstrip(".") if key == "_schema" else f"{prefix}{key}"
            lines += [f"{name}: {message}" for message in value]
    return lines


__all__ = ["AnyText", "Boolean", "Email", "Integer", "Line", "PartnerId", "Text", "VendorSchema"]

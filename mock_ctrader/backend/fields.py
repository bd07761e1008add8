"""The vendor's texts as marshmallow fields, and the schema of a call: strict, but for the leniencies seen in real
clients (E-26)."""

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from mock_ctrader import errors
from mock_ctrader.backend.scalars import Amount, Boolean, Digits, Integer, Moment, VendorField, shown
from mock_ctrader.leniency import Leniency, note
from mock_ctrader.masking import SECRET_KEYS
from mock_ctrader.texts import can_be_kept

_EMAIL = re.compile(r"[^@\s\u0000-\u001f]+@[^@\s\u0000-\u001f]+\.[^@\s\u0000-\u001f]+")
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f]")


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
        if not can_be_kept(value):
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


class Language(Text):
    """Two letters (section 2), in either case; kept in lower case."""

    def __init__(self, **options: Any) -> None:
        super().__init__(2, 2, pattern="[A-Za-z]{2}", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower()

    def leniency(self, value: Any) -> str | None:
        """Capital letters."""
        return "language-case" if isinstance(value, str) and value != value.lower() else None


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
        if _CONTROL.search(text):
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

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._flat = all(isinstance(one, VendorField) and not one.validators for one in self.fields.values())

    def _plainly_read(self, given: dict[str, Any]) -> dict[str, Any]:
        """What `load` gives for keys that are all well and without others inside them, at a third of its cost."""
        found: dict[str, Any] = {}
        for name, one in self.fields.items():
            value = given.get(name)
            if value is None:
                if one.required or getattr(one, "keeps_null", False):
                    return self.load(given)  # type: ignore[no-any-return]
                continue
            try:
                found[name] = one._deserialize(value, name, given)
            except ValidationError:
                return self.load(given)  # type: ignore[no-any-return] # which tells of every wrong key
        return found

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """The keys of a call as the rules want them.

        Raises:
            CTraderError: 400 `INVALID_REQUEST` naming each wrong key and the value it had.
        """
        try:
            loaded: dict[str, Any] = self._plainly_read(given) if self._flat else self.load(given)
        except ValidationError as problem:
            raise errors.invalid_request("; ".join(_flatten(problem.messages_dict))) from None
        return loaded

    @post_load
    def _drop_nulls(self, loaded: dict[str, Any], **_options: Any) -> dict[str, Any]:
        kept = self.fields
        return {
            key: value
            for key, value in loaded.items()
            if value is not None or getattr(kept[key], "keeps_null", False)
        }

    def leniencies(self, given: dict[str, Any], text: bool = False, prefix: str = "") -> list[Leniency]:
        """The leniencies that these keys make use of; call it once they are read.

        Args:
            text: whether every value is text by nature, as in XML: that a number is one is then no leniency.
        """
        used = []
        for name, value in given.items():
            field = self.fields.get(name)
            key = f"{prefix}{name}"
            if field is None:
                used.append(note("unknown-key", key))
            elif value is None:
                used.append(note("null", key))
            else:
                used += _of_value(field, value, text, key)
        for name, field in self.fields.items():
            if getattr(field, "expected", False) and given.get(name) is None:
                used.append(note("missing-key", f"{prefix}{name}"))
        return used


def _of_value(field: fields.Field[Any], value: Any, text: bool, key: str) -> list[Leniency]:
    if isinstance(field, fields.Nested):
        schema: VendorSchema = field.schema  # type: ignore[assignment]
        return schema.leniencies(value, text, f"{key}.")
    if isinstance(field, fields.List):
        return [
            one for nth, inner in enumerate(value) for one in _of_value(field.inner, inner, text, f"{key}.{nth}")
        ]
    if not isinstance(field, VendorField):
        return []
    names = [field.oddity, None if text else field.leniency(value)]
    return [note(name, key) for name in names if name]


def _flatten(messages: dict[str, Any], prefix: str = "") -> list[str]:
    lines: list[str] = []
    for key, value in messages.items():
        if isinstance(value, dict):
            lines += _flatten(value, f"{prefix}{key}.")
        else:
            name = prefix.rstrip(".") if key == "_schema" else f"{prefix}{key}"
            # what was got is a secret where a password or a token was wanted
            lines += [
                f"{name}: {message.split(', got ')[0] if key in SECRET_KEYS else message}" for message in value
            ]
    return lines


__all__ = [
    "Amount",
    "AnyText",
    "Boolean",
    "Digits",
    "Email",
    "Integer",
    "Language",
    "Line",
    "Moment",
    "PartnerId",
    "Text",
    "VendorField",
    "VendorSchema",
    "shown",
]

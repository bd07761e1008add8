"""Reading submitted forms: typed values out, or one clear message per field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from broker_reference.clients import NewClient
from broker_reference.presentation import language, quoted, text
from broker_reference.user_creation import AccountWishes

DEPOSIT_CURRENCIES = ("EUR", "USD", "GBP")
LEVERAGES = ("100", "30", "50", "200")
# The type of call 3.3, and the key of its text.
ACCOUNT_TYPES = {"HEDGED": "account.hedged", "NETTED": "account.netted"}

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_APPLE_RELAY = "@privaterelay.appleid.com"
_LONGEST_EMAIL = 254
_LONGEST_NAME = 100
_PASSWORD_LENGTHS = range(8, 1025)


class InvalidForm(ValueError):
    """Some fields are unusable.

    Attributes:
        errors: message by field name.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Credentials:
    """The login face."""

    email: str
    password: str


@dataclass(frozen=True)
class NewPassword:
    """The change of password."""

    current: str
    new: str


def read_new_client(form: Mapping[str, str]) -> NewClient:
    """Read the fields of a signup or registration. Raises InvalidForm."""
    errors: dict[str, str] = {}
    email = _email(form, errors)
    names = {}
    for field in ("first_name", "last_name"):
        names[field] = form.get(field, "").strip()
        if not names[field] or len(names[field]) > _LONGEST_NAME or _has_control(names[field]):
            errors[field] = text(f"form.{field}", longest=_LONGEST_NAME)
    password = _new_password(form, "password", errors)
    if errors:
        raise InvalidForm(errors)
    return NewClient(email, names["first_name"], names["last_name"], password, language())


def read_credentials(form: Mapping[str, str]) -> Credentials:
    """Read the login face. Raises InvalidForm if a field is empty, or longer than it can be."""
    errors: dict[str, str] = {}
    email = form.get("email", "").strip()
    if not email or len(email) > _LONGEST_EMAIL:
        errors["email"] = text("form.email_empty")
    password = _current_password(form, "password", errors)
    if errors:
        raise InvalidForm(errors)
    return Credentials(email, password)


def read_new_email(form: Mapping[str, str]) -> Credentials:
    """Read the change of address: the new one, and the current password. Raises InvalidForm."""
    errors: dict[str, str] = {}
    email, password = _email(form, errors), _current_password(form, "password", errors)
    if errors:
        raise InvalidForm(errors)
    return Credentials(email, password)


def read_new_password(form: Mapping[str, str]) -> NewPassword:
    """Read the change of password. Raises InvalidForm."""
    errors: dict[str, str] = {}
    current = _current_password(form, "current_password", errors)
    new = _new_password(form, "new_password", errors)
    if errors:
        raise InvalidForm(errors)
    return NewPassword(current, new)


def read_address(form: Mapping[str, str]) -> str:
    """Read an e-mail address. Raises InvalidForm."""
    errors: dict[str, str] = {}
    email = _email(form, errors)
    if errors:
        raise InvalidForm(errors)
    return email


def read_chosen_password(form: Mapping[str, str]) -> str:
    """Read a new password that needs no old one. Raises InvalidForm."""
    errors: dict[str, str] = {}
    password = _new_password(form, "new_password", errors)
    if errors:
        raise InvalidForm(errors)
    return password


def read_account_wishes(form: Mapping[str, str]) -> AccountWishes:
    """Read the account opening form; an absent field takes the first choice. Raises InvalidForm."""
    errors: dict[str, str] = {}

    def chosen(field: str, choices: tuple[str, ...]) -> str:
        value = form.get(field, choices[0])
        if value not in choices:
            errors[field] = text("form.choice", choices=", ".join(choices), value=quoted(value))
        return value

    currency = chosen("deposit_currency", DEPOSIT_CURRENCIES)
    leverage = chosen("leverage", LEVERAGES)
    account_type = chosen("account_type", tuple(ACCOUNT_TYPES))
    if errors:
        raise InvalidForm(errors)
    return AccountWishes(currency, int(leverage), account_type)


def ticked(form: Mapping[str, str], field: str) -> bool:
    """Tell whether a checkbox was ticked: browsers send an unticked one not at all."""
    return form.get(field, "").lower() not in ("", "0", "false", "off", "no")


def _email(form: Mapping[str, str], errors: dict[str, str]) -> str:
    email = form.get("email", "").strip()
    if len(email) > _LONGEST_EMAIL or _EMAIL.fullmatch(email) is None or _has_control(email):
        errors["email"] = text("form.email")
    elif email.casefold().endswith(_APPLE_RELAY):
        # Section 7.1: no user can be created for such an address, nor be given it.
        errors["email"] = text("form.relay")
    return email


def _current_password(form: Mapping[str, str], field: str, errors: dict[str, str]) -> str:
    password = form.get(field, "")
    if not password or len(password) > _PASSWORD_LENGTHS[-1]:
        errors[field] = text("form.password_empty")
    return password


def _new_password(form: Mapping[str, str], field: str, errors: dict[str, str]) -> str:
    password = form.get(field, "")
    if len(password) not in _PASSWORD_LENGTHS:
        errors[field] = text("form.password", shortest=_PASSWORD_LENGTHS[0], longest=_PASSWORD_LENGTHS[-1])
    return password


def _has_control(typed: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in typed)

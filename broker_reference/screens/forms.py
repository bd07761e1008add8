"""Reading submitted forms: typed values out, or one clear message per field."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from broker_reference.clients import NewClient
from broker_reference.user_creation import AccountWishes

DEPOSIT_CURRENCIES = ("EUR", "USD", "GBP")
LEVERAGES = ("100", "30", "50", "200")
ACCOUNT_TYPES = {
    "HEDGED": "Hedged: opposite positions stand side by side",
    "NETTED": "Netted: one position per symbol",
}

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
    for field, label in (("first_name", "first name"), ("last_name", "last name")):
        names[field] = form.get(field, "").strip()
        if not names[field] or len(names[field]) > _LONGEST_NAME or _has_control(names[field]):
            errors[field] = f"Enter your {label}, at most {_LONGEST_NAME} characters."
    password = _new_password(form, "password", errors)
    if errors:
        raise InvalidForm(errors)
    return NewClient(email, names["first_name"], names["last_name"], password)


def read_credentials(form: Mapping[str, str]) -> Credentials:
    """Read the login face. Raises InvalidForm if a field is empty."""
    errors: dict[str, str] = {}
    email = form.get("email", "").strip()
    if not email:
        errors["email"] = "Enter your e-mail address."
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


def read_account_wishes(form: Mapping[str, str]) -> AccountWishes:
    """Read the account opening form; an absent field takes the first choice. Raises InvalidForm."""
    errors: dict[str, str] = {}

    def chosen(field: str, choices: tuple[str, ...]) -> str:
        value = form.get(field, choices[0])
        if value not in choices:
            errors[field] = f"Choose one of {', '.join(choices)}."
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
        errors["email"] = "Enter an e-mail address such as name@example.com."
    elif email.casefold().endswith(_APPLE_RELAY):
        # Section 7.1: no user can be created for such an address, nor be given it.
        errors["email"] = "Hidden Apple addresses do not work here. Enter your own e-mail address."
    return email


def _current_password(form: Mapping[str, str], field: str, errors: dict[str, str]) -> str:
    password = form.get(field, "")
    if not password or len(password) > _PASSWORD_LENGTHS[-1]:
        errors[field] = "Enter your password."
    return password


def _new_password(form: Mapping[str, str], field: str, errors: dict[str, str]) -> str:
    password = form.get(field, "")
    if len(password) not in _PASSWORD_LENGTHS:
        errors[field] = f"Choose a password of {_PASSWORD_LENGTHS[0]} to {_PASSWORD_LENGTHS[-1]} characters."
    return password


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)

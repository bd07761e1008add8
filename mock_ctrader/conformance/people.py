"""Fresh people for every run, so that a broker never needs cleaning up."""

import re
from dataclasses import dataclass

from mock_ctrader import ids

# what a password of such a person looks like, so that it can be hidden wherever it turns up
PASSWORD = re.compile(r"Pw-[0-9a-f]{16}")

_FIRST = ("Ines", "Rui", "Marta", "Joao", "Lena", "Piotr", "Aiko", "Omar")
_LAST = ("Alves", "Costa", "Duarte", "Faria", "Keller", "Nowak", "Sato", "Haddad")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the harness plays, with an address nobody had before."""

    email: str
    first_name: str
    last_name: str
    password: str

    @property
    def username(self) -> str:
        """Letters and digits only."""
        return "".join(char for char in self.email.split("@")[0] if char.isalnum())

    @property
    def phone(self) -> str:
        """An international number."""
        return f"+3519{int(ids.fingerprint(self.email), 16) % 10**8:08}"


def fresh_person(role: str) -> Person:
    """Somebody with an address and a password that nobody had before; `role` makes logs readable."""
    tag = ids.random_seed()[:10]
    pick = int(tag, 16)
    return Person(
        email=f"{role}.{tag}@example.net",
        first_name=_FIRST[pick % len(_FIRST)],
        last_name=_LAST[pick // len(_FIRST) % len(_LAST)],
        password=f"Pw-{ids.random_seed()[:16]}",  # see PASSWORD
    )

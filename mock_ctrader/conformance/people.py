"""Fresh people for every run, so that a broker never needs cleaning up."""

from mock_ctrader import ids
from mock_ctrader.conformance.adapter import Person

_FIRST = ("Ines", "Rui", "Marta", "Joao", "Lena", "Piotr", "Aiko", "Omar")
_LAST = ("Alves", "Costa", "Duarte", "Faria", "Keller", "Nowak", "Sato", "Haddad")


def fresh_person(role: str) -> Person:
    """Somebody with an address and a password that nobody had before; `role` makes logs readable."""
    tag = ids.random_seed()[:10]
    pick = int(tag, 16)
    return Person(
        email=f"{role}.{tag}@example.net",
        first_name=_FIRST[pick % len(_FIRST)],
        last_name=_LAST[pick // len(_FIRST) % len(_LAST)],
        password=f"Pw-{ids.random_seed()[:16]}",
    )

"""What the mock accepts although the documents do not promise it, because real clients send it (section D).

Each use is noted in the journal; a strict sandbox refuses it.
"""

from dataclasses import dataclass

from mock_ctrader import errors

# A request may use the same leniency very often; what is noted or told of it stays readable.
_NOTED = 50
_TOLD = 5
_KEY_LIMIT = 80

MEANINGS = {
    "unknown-key": "no key of this call",
    "null": "null instead of leaving the key out",
    "number-as-string": "a number as a string",
    "number-for-string": "a string as a number",
    "boolean-as-string": "a boolean as a string",
    "language-case": "a language code in capital letters",
    "key-spelling": "not the spelling of the call's table of keys",
    "missing-key": "documented as required, but missing",
    "legacy-key": "a key of older editions",
    "token-position": "the token is not the last parameter of the query",
    "empty-parameter": "the query has an empty parameter",
    "trailing-slash": "the path ends with a slash",
    "authorization-header": "an Authorization header, which these calls do not know",
    "accept": "not application/json by name (or application/xml under /webserv/)",
    "content-type": "a body without Content-Type",
}


@dataclass(frozen=True, slots=True)
class Leniency:
    """One leniency that a request made use of."""

    name: str
    key: str

    def as_dict(self) -> dict[str, str]:
        """The form the journal keeps."""
        return {"name": self.name, "key": self.key}


def note(name: str, key: str) -> Leniency:
    """A leniency of `MEANINGS` that was used for a key, header or part of the address."""
    assert name in MEANINGS, name
    return Leniency(name, key if len(key) <= _KEY_LIMIT else key[:_KEY_LIMIT] + "...")


def noted(used: list[Leniency]) -> list[dict[str, str]]:
    """What the journal keeps of the leniencies a request used."""
    return [one.as_dict() for one in used[:_NOTED]]


def refuse(used: list[Leniency]) -> None:
    """A strict sandbox refuses every leniency.

    Raises:
        CTraderError: 400 `INVALID_REQUEST` naming each key, if there is any.
    """
    if used:
        told = "; ".join(f"{one.key}: {MEANINGS[one.name]} ({one.name})" for one in used[:_TOLD])
        raise errors.invalid_request(f"{told}; this sandbox is strict")

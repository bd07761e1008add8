"""The tokens of call 4.1 in the store: one for every CRM, whichever process asks."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update

from mock_ctrader.store import schema
from mock_ctrader.store.dialect import replacing
from mock_ctrader.store.engine import Transaction

_c = schema.crm_tokens
_ONE = select(_c).where(_c.c.sandbox_id == bindparam("here"), _c.c.crm_url == bindparam("url"))
_PUT = replacing(_c, ["sandbox_id", "crm_url"])


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for one CRM.

    Attributes:
        token: the token it gave last, or None.
        asker: who is asking it for another one, or None.
        asked_until: epoch milliseconds after which the asker counts as dead.
    """

    token: str | None = None
    asker: str | None = None
    asked_until: int = 0

    def settled(self, refused: str | None, now: int) -> bool:
        """Whether there is a token other than the refused one, or somebody asks for it."""
        return self.token not in (None, refused) or (self.asker is not None and self.asked_until > now)


def find(transaction: Transaction, sandbox_id: str, crm_url: str) -> Kept:
    """What is kept for a CRM."""
    row = transaction.one(_ONE, {"here": sandbox_id, "url": crm_url})
    return Kept() if row is None else Kept(row["token"], row["asker"], row["asked_until"])


def find_or_claim(
    transaction: Transaction, sandbox_id: str, crm_url: str, refused: str | None, claim: Kept, now: int
) -> Kept:
    """The token that is kept, or who asks for another one; if nobody does, `claim` does from now on."""
    kept = find(transaction, sandbox_id, crm_url)
    if kept.settled(refused, now):
        return kept
    put(transaction, sandbox_id, crm_url, claim)
    return claim


def put(transaction: Transaction, sandbox_id: str, crm_url: str, kept: Kept) -> None:
    """Keep something else for a CRM."""
    values = {"token": kept.token, "asker": kept.asker, "asked_until": kept.asked_until}
    transaction.run(_PUT, {"sandbox_id": sandbox_id, "crm_url": crm_url, **values})


def give_up(transaction: Transaction, sandbox_id: str, crm_url: str, asker: str) -> None:
    """The CRM gave this asker no token: somebody else may ask."""
    asked = (_c.c.sandbox_id == sandbox_id) & (_c.c.crm_url == crm_url) & (_c.c.asker == asker)
    transaction.run(update(_c).where(asked).values(asker=None))


def forget(transaction: Transaction) -> None:
    """Every token: a server that starts asks again."""
    transaction.run(delete(_c))

"""What waits in the outbox: a queue per kind of call, all delivered the same way."""

from typing import Protocol, TypeVar

from sqlalchemy import Connection

from broker_reference.ctrader import EMAIL_ALREADY_EXISTS, CTrader, CTraderError
from broker_reference.store import notices as stored_notices
from broker_reference.store import outbox as stored_identifiers
from broker_reference.store.notices import Notice, NoticeCall
from broker_reference.store.outbox import Undelivered

Row = TypeVar("Row")


class Queue(Protocol[Row]):
    """Calls of one kind: where they wait, how one is made, what its outcome changes."""

    def due(self, connection: Connection, now: int) -> list[Row]:
        """Return the calls whose time has come, the oldest first."""
        ...

    def next_attempt_at(self, connection: Connection) -> int | None:
        """Return when the next call is due (epoch ms), or None if nothing waits."""
        ...

    def make(self, ctrader: CTrader, row: Row) -> None:
        """Make the call. Raises CTraderError."""
        ...

    def name(self, row: Row) -> str:
        """Say which call this is, for the log."""
        ...

    def attempts(self, row: Row) -> int:
        """Return how often the call was made before."""
        ...

    def mark_done(self, connection: Connection, row: Row) -> None:
        """The call succeeded."""
        ...

    def mark_retry(self, connection: Connection, row: Row, error: str, next_attempt: int) -> None:
        """The call failed for a passing reason and is due again at `next_attempt` (epoch ms)."""
        ...

    def mark_failed(self, connection: Connection, row: Row, error: str) -> None:
        """cTrader refused the call; repeating it unchanged is pointless."""
        ...


class PartnerIdentifiers:
    """Calls 3.6. Setting the same identifier twice changes nothing (E-7)."""

    due = staticmethod(stored_identifiers.due)
    next_attempt_at = staticmethod(stored_identifiers.next_attempt_at)
    mark_done = staticmethod(stored_identifiers.mark_done)
    mark_retry = staticmethod(stored_identifiers.mark_retry)
    mark_failed = staticmethod(stored_identifiers.mark_failed)

    def make(self, ctrader: CTrader, row: Undelivered) -> None:
        """Make call 3.6."""
        ctrader.set_partner_identifier(row.identifier, row.target)

    def name(self, row: Undelivered) -> str:
        """Name the identifier and what it is set on."""
        return f"partner identifier {row.identifier} ({row.target.key} {row.target.value})"

    def attempts(self, row: Undelivered) -> int:
        """Return how often the call was made before."""
        return row.attempts


class UserNotices:
    """Calls 3.10 and 3.12. Both may be made twice: the address is then what it is, the sessions are gone."""

    due = staticmethod(stored_notices.due)
    next_attempt_at = staticmethod(stored_notices.next_attempt_at)
    mark_done = staticmethod(stored_notices.mark_done)
    mark_retry = staticmethod(stored_notices.mark_retry)
    mark_failed = staticmethod(stored_notices.mark_failed)

    def make(self, ctrader: CTrader, row: Notice) -> None:
        """Make call 3.10 or 3.12."""
        if row.call is NoticeCall.CHANGE_EMAIL:
            if row.new_email is None:
                raise LookupError(f"notice {row.id} lost its address")
            self._change_email(ctrader, row, row.new_email)
        else:
            ctrader.log_out(row.user_id)

    def _change_email(self, ctrader: CTrader, row: Notice, new_email: str) -> None:
        try:
            ctrader.change_email(row.user_id, new_email)
        except CTraderError as error:
            # An earlier attempt may have worked and only its answer was lost: then the holder is this very user.
            if error.error_code != EMAIL_ALREADY_EXISTS or row.attempts == 0:
                raise
            if ctrader.user_id_by_email(new_email) != row.user_id:
                raise

    def name(self, row: Notice) -> str:
        """Name the call and its user."""
        return f"call {row.call.value} for user {row.user_id}"

    def attempts(self, row: Notice) -> int:
        """Return how often the call was made before."""
        return row.attempts

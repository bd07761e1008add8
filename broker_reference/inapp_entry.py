"""How an InApp screen opens (section 5.7, case 6.3.6): call 4.4's one-time token in, the form's secret out."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.store import tokens as stored_tokens
from broker_reference.store.database import Database
from broker_reference.tokens import ONE_TIME_PREFIX, SCREEN_PREFIX, OneTimePurpose, Verdict, has_shape

Screen = TypeVar("Screen")


class InAppEntry:
    """Exchanges one-time tokens for screens."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids

    def open_screen(
        self, token: str, keep: Callable[[Connection, str, int, int], Screen]
    ) -> tuple[str, Screen] | Verdict:
        """Use a one-time token up and keep the screen it opens, in one transaction.

        Args:
            token: as it came in the address.
            keep: stores the screen, from the connection, its secret, the internal user id and the time (epoch
                milliseconds). What it raises leaves the token unused.

        Returns:
            The secret that the form sends back, and what `keep` made of the screen; or why there is none.
        """
        if not has_shape(ONE_TIME_PREFIX, token):
            return Verdict.NOT_OUR_SHAPE
        now = self._clock.now_ms()
        secret = SCREEN_PREFIX + self._ids.secret()
        with self._database.write() as connection:
            consumed = stored_tokens.consume_one_time(connection, token, OneTimePurpose.INAPP, now)
            if isinstance(consumed, Verdict):
                return consumed
            return secret, keep(connection, secret, consumed.client_id, now)

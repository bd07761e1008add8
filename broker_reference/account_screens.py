"""The application's screen for a further trading account (case 6.3.6): the one-time token in, a screen out."""

from broker_reference.clock import Clock
from broker_reference.ids import Ids
from broker_reference.inapp_entry import InAppEntry
from broker_reference.store import account_screens as stored
from broker_reference.store.database import Database
from broker_reference.tokens import SCREEN_PREFIX, Verdict, has_shape


class AccountScreens:
    """Opens such screens. One lets its user open accounts and do nothing else; it logs nobody in."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._entry = InAppEntry(database, clock, ids)

    def open_screen(self, token: str) -> str | Verdict:
        """Use a one-time token of call 4.4 up. Returns the secret the form sends back, or why there is none."""
        opened = self._entry.open_screen(token, stored.open_screen)
        return opened if isinstance(opened, Verdict) else opened[0]

    def client_of(self, secret: str) -> int | None:
        """Return whose open screen a form comes from, None if from none."""
        if not has_shape(SCREEN_PREFIX, secret):
            return None
        with self._database.read() as connection:
            return stored.client_of(connection, secret, self._clock.now_ms())

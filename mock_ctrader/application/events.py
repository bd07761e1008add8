"""Acts in the application as journal events."""

from typing import Any

from mock_ctrader import ids
from mock_ctrader.acts import TITLES, Act
from mock_ctrader.journal import Direction, Event, Kind
from mock_ctrader.store.browsers import Browser


def act_event(act: Act, browser: Browser, **details: Any) -> Event:
    """One act by whoever uses a browser.

    The id of a browser is its cookie, so the journal gets only a fingerprint of it.
    """
    return Event(
        kind=Kind.ACT,
        title=TITLES[act],
        direction=Direction.APPLICATION,
        user_id=browser.user_id,
        browser=ids.fingerprint(browser.id),
        details={"act": act.value, **details},
    )

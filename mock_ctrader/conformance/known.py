"""What cTrader knows of a person, read from the journal: an adapter may need it to fill in a broker's forms."""

from collections.abc import Callable, Mapping

from mock_ctrader.conformance.clients import ControlClient


def known_by_ctrader(control: ControlClient) -> Callable[[str], Mapping[str, str]]:
    """A lookup by e-mail address, as `Surroundings` takes it.

    Returns:
        `user_id`, `login` and `ctid_trader_account_id` of the newest account, as text, as far as they are known.
    """

    def lookup(email: str) -> Mapping[str, str]:
        user_id: object = None
        known: dict[str, str] = {}
        last = 0
        while events := control.events(last):
            last = int(events[-1]["seq"])
            for event in events:
                same = str(event.get("email", "")).casefold() == email.casefold()
                if same and event.get("user_id") and event.get("call") in ("3.2", "3.11"):
                    user_id = event["user_id"]
                    known["user_id"] = str(user_id)
                if event.get("call") == "3.4" and event.get("ctid_trader_account_id") and user_id is not None:
                    body = event["details"]["request"]["body"]
                    if event.get("user_id") == user_id and isinstance(body, dict):
                        known["ctid_trader_account_id"] = str(event["ctid_trader_account_id"])
                        known["login"] = str(body.get("traderLogin"))
        return known

    return lookup

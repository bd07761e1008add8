"""Calls C.2 and C.4: what cTrader Invite tells a broker that asks."""

from typing import Any

from mock_ctrader.backend.answers import Answer
from mock_ctrader.clock import Clock
from mock_ctrader.store import invites as stored
from mock_ctrader.store.world import World

# The vendor's defaults are not legible; these are from its samples (section C.2).
_LIMIT, _SKIP = 100, 0


def list_invited_users(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """C.2: who was invited by whom, first invited first; `createdFrom` is inclusive."""
    found = stored.invited(world.transaction, world.sandbox.id, *_page(keys))
    shown = []
    for one in found:
        entry: dict[str, Any] = {
            "invitedUserId": one.user_id,
            "partnerUserId": one.partner_user_id,
            "brokerName": one.broker_name,
            "createTimestamp": one.invited_at,
        }
        if one.broker_partner_id is not None:
            entry["brokerPartnerId"] = one.broker_partner_id
        shown.append(entry)
    return Answer(200, {"invitedUsers": shown})


def list_users(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """C.4: who registered in the broker's applications, first registered first."""
    found = stored.registered(world.transaction, world.sandbox.id, *_page(keys))
    users = [
        {
            "userId": one.user_id,
            "email": email,
            "brokerName": one.broker_name,
            "utcCreateTimestamp": one.registered_at,
        }
        for one, email in found
    ]
    return Answer(200, {"users": users})


def _page(keys: dict[str, Any]) -> tuple[int, int, int]:
    return keys.get("createdFrom", 0), keys.get("limit", _LIMIT), keys.get("skip", _SKIP)

"""Who becomes an invited trader, and which webhooks that sends."""

from dataclasses import replace

from mock_ctrader import invites
from mock_ctrader.clock import Clock, advanced
from mock_ctrader.invites import Registration, WebhookKind
from mock_ctrader.links import query_pairs
from mock_ctrader.sandboxes import Sandbox
from mock_ctrader.store import Transaction
from mock_ctrader.store import invites as stored
from mock_ctrader.store.browsers import Browser
from mock_ctrader.store.world import World


def note_sign_in(transaction: Transaction, sandbox: Sandbox, browser: Browser, user_id: int, clock: Clock) -> bool:
    """A user signed in to a broker's application, perhaps having followed an invite link (`?u=username`).

    The first sign-in registers the user with that broker (C.3). Following somebody's link makes the user that
    partner's invited trader (C.1), unless already invited by another.

    Returns:
        Whether webhooks were queued; wake the dispatcher once the transaction is committed.
    """
    now, due = advanced(clock, sandbox.clock_offset_ms).now_ms(), clock.now_ms()
    settings = stored.settings(transaction, sandbox.id)
    known = stored.registration(transaction, sandbox.id, user_id)
    inviter = _inviter(transaction, sandbox, browser)
    current = known or Registration(user_id, browser.broker_name, now)
    invited = invites.may_be_invited(user_id, inviter, current.partner_user_id)
    if invited:
        current = replace(current, partner_user_id=inviter, invited_at=now)
    if known != current:
        stored.put_registration(transaction, sandbox.id, current)
    queued = False
    if known is None and settings.new_user_url is not None:
        user = World(transaction, sandbox).user(user_id)
        payload = {"userId": user_id, "brokerName": current.broker_name, "email": user.email if user else ""}
        # marked required by the vendor, yet impossible for a user who came without an invite (C.3)
        if current.partner_user_id is not None:
            payload["partnerUserId"] = current.partner_user_id
        stored.queue(transaction, sandbox.id, WebhookKind.NEW_USER, payload, due)
        queued = True
    if invited and settings.attribution_url is not None:
        payload = {
            "invitedUserId": user_id,
            "partnerUserId": inviter,
            "brokerName": current.broker_name,
        }
        partner_id = stored.partner_id_of(transaction, sandbox.id, inviter) if inviter is not None else None
        if partner_id is not None:
            payload["brokerPartnerId"] = partner_id
        stored.queue(transaction, sandbox.id, WebhookKind.ATTRIBUTION, payload, due)
        queued = True
    return queued


def _inviter(transaction: Transaction, sandbox: Sandbox, browser: Browser) -> int | None:
    if browser.opened_link is None or "?" not in browser.opened_link:
        return None
    username = dict(query_pairs(browser.opened_link.split("?", 1)[1])).get(invites.USERNAME)
    return stored.user_named(transaction, sandbox.id, username) if username else None

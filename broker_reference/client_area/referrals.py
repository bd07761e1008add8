"""My referrals: the clients attributed to any of my identifiers (section 5.8 stages 16 to 18, E-16)."""

import base64
import binascii
import re
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from broker_reference.client_area.access import current_client, require_client
from broker_reference.context import broker
from broker_reference.presentation import quoted, text
from broker_reference.store import attributions as stored
from broker_reference.store.attributions import Position, Referral

blueprint = Blueprint("referrals", __name__)
blueprint.before_request(require_client)

_DEFAULT_LIMIT = 20
_HIGHEST_LIMIT = 100
_CURSOR = re.compile(r"([0-9]{1,15})\.([0-9]{1,15})")


@dataclass(frozen=True)
class _Slice:
    referrals: list[Referral]
    next: str | None
    limit: int


@blueprint.get("/area/referrals")
def page() -> ResponseReturnValue:
    """Show one page of the list."""
    return render_template("referrals.html", slice=_slice(), first_page="after" not in request.args)


@blueprint.get("/area/referrals.json")
def referrals_json() -> Response:
    """Answer one page of the list; `next` is the cursor of the following one."""
    found = _slice()
    return jsonify(
        referrals=[
            {
                "email": referral.email,
                "firstName": referral.first_name,
                "lastName": referral.last_name,
                "partnerId": referral.partner_id,
                "level": referral.level.value,
                "attributedAt": referral.attributed_at,
            }
            for referral in found.referrals
        ],
        next=found.next,
    )


def _slice() -> _Slice:
    limit = _limit(request.args.get("limit", str(_DEFAULT_LIMIT)))
    after = request.args.get("after")
    position = None if after is None else _position(after)
    with broker().database.read() as connection:
        # One more than asked for tells whether there is a following page, without counting.
        found = stored.referrals(connection, current_client().id, position, limit + 1)
    shown = found[:limit]
    return _Slice(shown, _cursor(shown[-1]) if len(found) > limit else None, limit)


def _limit(typed: str) -> int:
    if not re.fullmatch("[0-9]{1,3}", typed) or not 1 <= int(typed) <= _HIGHEST_LIMIT:
        raise BadRequest(text("error.limit", highest=_HIGHEST_LIMIT, value=quoted(typed)))
    return int(typed)


def _cursor(last: Referral) -> str:
    return base64.urlsafe_b64encode(f"{last.attributed_at}.{last.client_id}".encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    try:
        decoded = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (UnicodeError, binascii.Error):
        decoded = ""
    keys = _CURSOR.fullmatch(decoded)
    if keys is None:
        raise BadRequest(text("error.after", value=quoted(cursor)))
    return Position(int(keys[1]), int(keys[2]))

"""Calls 3.1, 3.2, 3.10 to 3.13 and WS 5.1: managers and users."""

import hmac
from typing import Any

from mock_ctrader import errors
from mock_ctrader.backend.answers import Answer
from mock_ctrader.clock import Clock
from mock_ctrader.ribbons import check_ribbons
from mock_ctrader.sandboxes import check_broker_name, check_crm
from mock_ctrader.store.sandboxes import issue_token
from mock_ctrader.store.world import World
from mock_ctrader.users import User, check_email, choose_nickname, default_nickname


def generate_manager_token(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.1: a further token; earlier ones stay valid, as clients cache and fetch again.

    Raises: CTraderError: 403 `CH_CLIENT_AUTH_FAILURE`.
    """
    expected = world.sandbox.manager.hashed_password
    if not hmac.compare_digest(expected.encode(), keys["hashedPassword"].lower().encode()):
        raise errors.manager_refused(keys["login"])
    return Answer(200, {"webservToken": issue_token(world.transaction, world.sandbox)})


def create_user(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """3.2: create a user; a bad nickname is never an error.

    Raises: CTraderError: 400 `CH_EMAIL_ALREADY_EXISTS` (E-19), 400 `INVALID_REQUEST` for an Apple relay
        address, 403 and 404 as `check_crm`.
    """
    check_crm(world.sandbox, keys["brokerCrmName"])
    email = keys["email"]
    check_email(email)
    if world.user_by_email(email) is not None:
        raise errors.email_exists(email)
    user_id = world.next_id("user")
    wanted = keys.get("nickName", keys.get("nickname"))
    world.add_user(
        User(
            user_id=user_id,
            email=email,
            nickname=choose_nickname(wanted, email, user_id, world.nickname_taken),
            first_name=keys.get("firstName"),
            preferred_language=keys.get("preferredLanguage"),
            agreement_accepted=False,
            created_at=clock.now_ms(),
        )
    )
    return Answer(201, {"userId": user_id})


def read_user_id(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.11: the user with an address; an unknown address is the success code with an empty body.

    Raises: CTraderError: 400 `INVALID_REQUEST` for an Apple relay address, 403 and 404 as `check_crm`.
    """
    check_crm(world.sandbox, keys["brokerCrmName"])
    check_email(keys["email"])
    user = world.user_by_email(keys["email"])
    return Answer(200, None if user is None else {"userId": user.user_id})


def create_ctid(world: World, keys: dict[str, Any], clock: Clock) -> Answer:
    """WS 5.1, the sister of 3.2: a known address is no error but answers with its userId alone.

    Raises: CTraderError: 400 `INVALID_REQUEST` for an Apple relay address, 400 `CH_PLANT_INVALID`, 403.
    """
    check_broker_name(world.sandbox, keys.get("brokerName"))
    check_email(keys["email"])
    known = world.user_by_email(keys["email"])
    if known is not None:
        return Answer(200, {"userId": known.user_id})
    user_id = world.next_id("user")
    user = User(
        user_id=user_id,
        email=keys["email"],
        nickname=default_nickname(user_id),
        first_name=None,
        preferred_language=keys.get("preferredLanguage", "en"),
        agreement_accepted=False,
        created_at=clock.now_ms(),
    )
    world.add_user(user)
    body = {
        "userId": user_id,
        "nickname": user.nickname,
        "email": user.email,
        "preferredLanguage": user.preferred_language,
        "utcCreateTimestamp": user.created_at,
        "status": "CTID_NEW",
    }
    return Answer(200, body)


def change_email(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.10: give a user another address; the user's own address again changes nothing.

    Raises: CTraderError: 404 `ENTITY_NOT_FOUND`; 400 `CH_EMAIL_ALREADY_EXISTS`, 400 `INVALID_REQUEST` for an
        Apple relay address.
    """
    email = keys["newEmail"]
    _require_user(world, keys)
    check_email(email, "newEmail")
    owner = world.user_by_email(email)
    if owner is not None and owner.user_id != keys["userId"]:
        raise errors.email_exists(email, "newEmail")
    world.change_email(keys["userId"], email)
    return Answer(204)


def log_out(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.12: end all sessions of the user; no output. Raises: CTraderError: 404 `ENTITY_NOT_FOUND`."""
    _require_user(world, keys)
    world.drop_sessions(keys["userId"])
    return Answer(200)


def set_in_app_controls(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.9: replace the user's ribbons; no output. Raises: CTraderError: as `check_ribbons`, 404."""
    _require_user(world, keys)
    ribbons = keys["rules"].get("ribbons", [])
    check_ribbons(ribbons, keys["userId"], world.sandbox.broker_names, world.link)
    world.put_ribbons(keys["userId"], ribbons)
    return Answer(201)


def confirm_agreement(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.13: note that the user agreed; no output. Raises: CTraderError: 404 `ENTITY_NOT_FOUND`."""
    _require_user(world, keys)
    world.accept_agreement(keys["userId"])
    return Answer(200)


def _require_user(world: World, keys: dict[str, Any]) -> None:
    check_crm(world.sandbox, keys["brokerCrmName"])
    if world.user(keys["userId"]) is None:
        raise errors.user_not_found(keys["userId"])

"""Calls 3.1, 3.2, 3.11 and 3.13: managers and users."""

import hmac
from typing import Any

from mock_ctrader import errors
from mock_ctrader.backend.gateway import Answer
from mock_ctrader.clock import Clock
from mock_ctrader.sandboxes import check_crm
from mock_ctrader.store.sandboxes import issue_token
from mock_ctrader.store.world import World
from mock_ctrader.users import User, check_email, choose_nickname


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
    """3.11: the user with an address; an unknown address is the success code with an empty body."""
    check_crm(world.sandbox, keys["brokerCrmName"])
    user = world.user_by_email(keys["email"])
    return Answer(200, None if user is None else {"userId": user.user_id})


def confirm_agreement(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.13: note that the user agreed; no output.

    Raises: CTraderError: 404 `ENTITY_NOT_FOUND`.
    """
    check_crm(world.sandbox, keys["brokerCrmName"])
    if world.user(keys["userId"]) is None:
        raise errors.user_not_found(keys["userId"])
    world.accept_agreement(keys["userId"])
    return Answer(200)

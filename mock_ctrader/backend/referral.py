"""Calls 3.6, 3.7 and 3.8: the partner identifier of a user or of an account."""

from typing import Any

from mock_ctrader.backend.answers import Answer
from mock_ctrader.clock import Clock
from mock_ctrader.flows import Level
from mock_ctrader.partners import PartnerRecord, Target, check_unique, require_an_id, resolve_target
from mock_ctrader.sandboxes import check_crm
from mock_ctrader.store.world import World


def set_partner_identifier(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.6: set or overwrite (E-7), and answer with the id of the level that was set (stage 5, E-4).

    The same identifier on several users is accepted, as its uniqueness is the broker's duty, unless the
    sandbox's switch says otherwise (E-8).

    Raises: CTraderError: 400 `INVALID_REQUEST`, 403 `CH_INSUFFICIENT_PERMISSIONS`, 404 `ENTITY_NOT_FOUND`
        or `CH_BROKER_NOT_FOUND`.
    """
    require_an_id(keys.get("userId"), keys.get("ctidTraderAccountId"))
    target = _target(world, keys)
    switches = world.sandbox.switches
    if switches.uniquePartnerId:
        check_unique(keys["partnerId"], target, world.users_with(keys["partnerId"]))
    world.put_partner_record(PartnerRecord(target, keys["partnerId"]))
    return Answer(200, None if switches.setAnswersEmpty else target.answer())


def read_partner_identifier(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.7: the record of exactly the target asked for (E-5); nothing set is 200 with an empty body (E-6).

    In the list form of the sandbox's switch a user's list has the records of the user's accounts as well.

    Raises: CTraderError: as 3.6.
    """
    require_an_id(keys.get("userId"), keys.get("ctidTraderAccountId"))
    target = _target(world, keys)
    record = world.partner_record(target)
    if world.sandbox.switches.readAnswersList:
        records = world.partner_records_of(target.user_id) if target.level is Level.USER else [record]
        return Answer(200, [one.answer() for one in records if one is not None])
    return Answer(200, None if record is None else record.answer())


def delete_partner_identifier(world: World, keys: dict[str, Any], _clock: Clock) -> Answer:
    """3.8: without an account only the user-level record goes; nothing to delete is no error (E-10).

    Raises: CTraderError: as 3.6; `userId` is required even if the account is given.
    """
    world.delete_partner_record(_target(world, keys))
    return Answer(200)


def _target(world: World, keys: dict[str, Any]) -> Target:
    check_crm(world.sandbox, keys["brokerCrmName"])
    user_id, account_id = keys.get("userId"), keys.get("ctidTraderAccountId")
    return resolve_target(
        user_id,
        user_id is not None and world.knows_user(user_id),
        account_id,
        None if account_id is None else world.link(account_id),
    )

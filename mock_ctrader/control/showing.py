"""Sandboxes and journeys as the control API shows them."""

from dataclasses import asdict
from typing import Any

from mock_ctrader.journeys import History, Journey, fold
from mock_ctrader.journeys.fold import partner_id_of
from mock_ctrader.journeys.model import State
from mock_ctrader.sandboxes import ACTIONS, ENVIRONMENT_NAMES, Sandbox, app_url
from mock_ctrader.store.journals import Dropped


def shown_sandbox(sandbox: Sandbox, base_url: str) -> dict[str, Any]:
    """A sandbox as the control API and the ready file show it, passwords included: it is the key to the mock."""
    return {
        "id": sandbox.id,
        "seed": sandbox.seed,
        "brokerCrmName": sandbox.broker_crm_name,
        "brokerNames": sandbox.broker_names,
        "managerLogin": sandbox.manager.login,
        "managerPassword": sandbox.manager.password,
        "groupName": sandbox.group_name,
        "crmUrl": sandbox.crm_url,
        "loginUrl": sandbox.login_url,
        "successUrl": sandbox.success_url,
        "crmPassword": sandbox.crm_password,
        "disabledBrokerNames": sandbox.manager.disabled_broker_names,
        "managers": [
            {
                "login": manager.login,
                "password": manager.password,
                "disabledBrokerNames": manager.disabled_broker_names,
            }
            for manager in sandbox.managers
        ],
        "strict": sandbox.strict,
        "hourlyLimit": sandbox.hourly_limit,
        "switches": sandbox.switches.as_dict(),
        "actionUrls": {action: sandbox.action_url(action) for action in ACTIONS},
        "environmentNames": ENVIRONMENT_NAMES,
        "appUrls": {name: app_url(base_url, name) for name in sandbox.broker_names},
    }


def shown_journey(journey: Journey, history: History, known: list[Journey], dropped: Dropped) -> dict[str, Any]:
    """A journey as the control API shows it; a pending stage says if what shows it may have been dropped."""
    followed, stages = fold(journey, history, known)
    lacking = [finding for _, finding in stages if finding.state is State.PENDING] if dropped.count else []
    for finding in lacking:
        finding.reason += (
            f"; evidence dropped: {dropped.count} events up to number {dropped.through} left the journal "
            "(journal_limit, journal_bytes), and what shows this stage may have been among them"
        )
    return {
        "id": followed.id,
        "flow": followed.flow,
        "level": followed.level.value,
        "announced": followed.announced,
        "partnerEmail": followed.partner_email,
        "invitedEmail": followed.invited_email,
        "evidenceDropped": bool(lacking),
        "partnerId": partner_id_of(journey, history),
        "userId": followed.user_id,
        "ctidTraderAccountId": followed.ctid_trader_account_id,
        "stages": [
            {
                "number": one.number,
                "title": one.title,
                "sender": one.sender.value,
                "receiver": one.receiver.value,
                "call": one.call,
                "state": finding.state.value,
                "reason": finding.reason,
                "carried": finding.carried,
                "events": finding.events,
                "rule": finding.rule,
                "expected": finding.expected,
                "seen": finding.seen,
                "warnings": [asdict(one) for one in finding.warnings],
            }
            for one, finding in stages
        ],
    }

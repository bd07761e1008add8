"""The controls of a sandbox as forms: each posts, and leads back to where it was."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mock_ctrader import errors
from mock_ctrader.backend.calls import CALLS
from mock_ctrader.control import schemas
from mock_ctrader.control.faults import Faults
from mock_ctrader.control.invite import Invite, wanted_settings
from mock_ctrader.control.service import Control
from mock_ctrader.faults import ANY_CALL, CALLS_MADE, Kind, Phase
from mock_ctrader.inspector.rendering import render
from mock_ctrader.switches import LOGOUT_PATH, READ_USER_ID_PATH

SWITCHES = {
    "setAnswersEmpty": "3.6 answers a body of no bytes",
    "readAnswersList": "3.7 answers a list, empty if nothing is set",
    "uniquePartnerId": "3.6 refuses an identifier that another user has",
    "setReferralAlias": "3.6 is also served at PUT /v2/oauth2/ctid/setReferral",
    "xmlForAnyAccept": "Accept: */* alone gets XML on /webserv/",
}
UNITS = {"seconds": 1_000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000}
_DELIVERIES = 50
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_DONE = {
    "urls": "The broker's URLs are changed.",
    "behaviour": "The behaviour is changed.",
    "fault": "The fault is planted.",
    "fault-removed": "The fault is taken away.",
    "faults-removed": "All faults are taken away.",
    "clock": "The clock is advanced.",
    "invite": "The webhook settings are changed.",
    "replay": "The delivery is sent again.",
    "duplicate": "The payload is sent once more, as a delivery of its own.",
    "reset": "The sandbox is as new.",
}


class Controls:
    """What the page shows, and what its forms do."""

    def __init__(self, control: Control, faults: Faults, invite: Invite) -> None:
        self._control = control
        self._faults = faults
        self._invite = invite
        self._actions: dict[str, Callable[[str, dict[str, str]], None]] = {
            "urls": self._urls,
            "behaviour": self._behaviour,
            "fault": self._plant,
            "fault-removed": lambda sandbox_id, given: faults.remove(sandbox_id, given.get("id", "")),
            "faults-removed": lambda sandbox_id, _: faults.remove_all(sandbox_id),
            "clock": self._advance,
            "invite": self._webhooks,
            "replay": lambda sandbox_id, given: _ignore(invite.replay(sandbox_id, given.get("id", ""))),
            "duplicate": lambda sandbox_id, given: _ignore(invite.duplicate(sandbox_id, given.get("id", ""))),
            "reset": lambda sandbox_id, _: _ignore(control.reset(sandbox_id)),
        }

    def page(self, sandbox_id: str, given: dict[str, str], problem: str | None, done: str | None) -> str:
        """The page.

        Args:
            given: what was filled in, to be mended.
            problem: what is wrong with it.
            done: the action that has just been done.
        """
        sandbox = self._control.find(sandbox_id)
        return render(
            "controls.html",
            here="controls",
            live=None,
            sandbox=sandbox,
            clock=self._control.clock(sandbox),
            faults=self._faults.all(sandbox_id)[::-1],
            invite=self._invite.settings(sandbox_id),
            deliveries=self._invite.deliveries(sandbox_id, 0, 1000)[-_DELIVERIES:][::-1],
            switches=SWITCHES,
            units=UNITS,
            calls_taken=[ANY_CALL, *(call.number for call in CALLS)],
            calls_made=CALLS_MADE,
            kinds=[kind.value for kind in Kind],
            phases=[phase.value for phase in Phase],
            given=given,
            problem=problem,
            done=_DONE.get(done or ""),
        )

    def act(self, sandbox_id: str, action: str, given: dict[str, str]) -> str:
        """Do what a form asks for; returns where to go then.

        Raises: CTraderError: 400 naming the field that does not fit; 404 for an unknown sandbox or action.
        """
        if action == "delete":
            self._control.delete(sandbox_id)
            return "/"
        if action not in self._actions:
            raise errors.action_not_found(action)
        self._actions[action](sandbox_id, given)
        return f"/inspector/{sandbox_id}/controls?done={action}#{_ANCHORS.get(action, action)}"

    def _urls(self, sandbox_id: str, given: dict[str, str]) -> None:
        self._control.change(sandbox_id, schemas.ChangeSandbox().read(given))

    def _behaviour(self, sandbox_id: str, given: dict[str, str]) -> None:
        switches: dict[str, Any] = {name: name in given for name in SWITCHES}
        switches["readUserIdPath"] = given.get("readUserIdPath", READ_USER_ID_PATH)
        switches["logoutPath"] = given.get("logoutPath", LOGOUT_PATH)
        wanted = {"strict": "strict" in given, "hourlyLimit": given.get("hourlyLimit"), "switches": switches}
        self._control.change(sandbox_id, schemas.ChangeSandbox().read(wanted))

    def _plant(self, sandbox_id: str, given: dict[str, str]) -> None:
        wanted: dict[str, Any] = dict(given)
        for name in ("share", "sigma"):
            if name in wanted:
                wanted[name] = _decimal(name, given[name])
        self._faults.plant(sandbox_id, wanted)

    def _advance(self, sandbox_id: str, given: dict[str, str]) -> None:
        unit = UNITS.get(given.get("unit", ""))
        if unit is None:
            raise errors.invalid_request(f"unit: must be one of {', '.join(UNITS)}, got {given.get('unit')!r}")
        amount = _decimal("amount", given.get("amount", ""))
        milliseconds = round(amount * unit)
        self._control.advance_clock(
            sandbox_id, schemas.AdvanceClock().read({"milliseconds": milliseconds})["milliseconds"]
        )

    def _webhooks(self, sandbox_id: str, given: dict[str, str]) -> None:
        wanted = wanted_settings({**given, "held": "held" in given})
        if wanted.authorization is None:  # it is never shown, so a field left empty leaves it
            wanted = replace(wanted, authorization=self._invite.settings(sandbox_id).authorization)
        self._invite.put_settings(sandbox_id, wanted)


# where on the page an action's form is, if its own name does not say
_ANCHORS = {
    "fault": "faults",
    "fault-removed": "faults",
    "faults-removed": "faults",
    "replay": "invite",
    "duplicate": "invite",
}


def _ignore(_result: object) -> None:
    """For an action whose answer the page shows by itself."""


def _decimal(name: str, text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise errors.invalid_request(f"{name}: must be a number such as 0.5, got {text!r}")
    return float(text)

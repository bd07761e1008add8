"""THE table of stages: the Trader Attribution Flow, section 5.8 of the vendor's document.

Everything that lists stages reads this table: the feature files (held to it by a test), the journeys, the
harness, the command line and the README. Flow 1 is a new partner, flow 2 an existing partner; 18 numbered
stages each, played at user level or at account level.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Where the partner identifier is attached: section 3.6."""

    USER = "user"
    ACCOUNT = "account"


class Party(StrEnum):
    """The five parties of the vendor's diagrams."""

    USER_1 = "User 1"
    BROKER = "Broker"
    BACKEND = "cTrader backend"
    APPLICATION = "cTrader application"
    USER_2 = "User 2"


class Proof(StrEnum):
    """What must be seen before a stage counts; one rule per value, in the `journeys` package."""

    REGISTERED = "registered"
    RECORD_CREATED = "record_created"
    LINK_GIVEN = "link_given"
    SET_REQUESTED = "set_requested"
    SET_ANSWERED = "set_answered"
    APPLICATION_TOLD = "application_told"
    NEW_CTID_ASKED = "new_ctid_asked"
    SIGNUP_SHOWN = "signup_shown"
    PARTNER_CREATED = "partner_created"
    NEW_LINK_GIVEN = "new_link_given"
    LINK_ASKED = "link_asked"
    LINK_BUILT = "link_built"
    LINK_SHOWN = "link_shown"
    LINK_PASSED_ON = "link_passed_on"
    LINK_CLICKED = "link_clicked"
    SCREEN_OPENED = "screen_opened"
    SIGNUP_SUBMITTED = "signup_submitted"
    INVITED_CREATED = "invited_created"
    ATTRIBUTED = "attributed"
    LIST_OPENED = "list_opened"
    LIST_FETCHED = "list_fetched"
    LIST_SHOWN = "list_shown"


@dataclass(frozen=True, slots=True)
class Stage:
    """One numbered stage of one flow."""

    flow: int
    number: int
    sender: Party
    receiver: Party
    title: str
    carries: str
    proof: Proof
    call: str | None = None

    @property
    def name(self) -> str:
        """The title of the scenario that encodes this stage."""
        return f"Stage {self.number} - {self.title}"


FLOW_TITLES = {1: "new partner", 2: "existing partner"}
STAGES_PER_FLOW = 18

_U1, _BROKER, _BACKEND, _APP, _U2 = Party.USER_1, Party.BROKER, Party.BACKEND, Party.APPLICATION, Party.USER_2

_NEW_PARTNER_HEAD: list[tuple[Party, Party, str, str, Proof, str | None]] = [
    (_U1, _BROKER, "User 1 registers as a partner", "the registration", Proof.REGISTERED, None),
    (_BROKER, _BROKER, "The broker creates the partner record", "the level", Proof.RECORD_CREATED, None),
    (
        _BROKER,
        _U1,
        "The broker gives User 1 a referral link",
        "link with the partnerId",
        Proof.LINK_GIVEN,
        None,
    ),
    (
        _BROKER,
        _BACKEND,
        "The broker asks cTrader to set the partnerId",
        "brokerCrmName, partnerId, userId or ctidTraderAccountId",
        Proof.SET_REQUESTED,
        "3.6",
    ),
    (
        _BACKEND,
        _BROKER,
        "cTrader assigns the partnerId and answers",
        "userId or ctidTraderAccountId",
        Proof.SET_ANSWERED,
        "3.6",
    ),
    (
        _BACKEND,
        _APP,
        "cTrader tells its application the partnerId",
        "the partnerId of User 1",
        Proof.APPLICATION_TOLD,
        None,
    ),
]

_EXISTING_PARTNER_HEAD: list[tuple[Party, Party, str, str, Proof, str | None]] = [
    (_U1, _APP, "User 1 asks the application for a new cTID", "the wish", Proof.NEW_CTID_ASKED, None),
    (
        _APP,
        _U1,
        "The application opens the signup screen",
        "login/signup URL, firstLogin true",
        Proof.SIGNUP_SHOWN,
        None,
    ),
    (
        _U1,
        _BROKER,
        "User 1 completes the user creation flow",
        "userId, login, ctidTraderAccountId",
        Proof.PARTNER_CREATED,
        "5.3",
    ),
    (
        _BROKER,
        _U1,
        "The broker recognises the partner and gives a new referral link",
        "link with a new partnerId",
        Proof.NEW_LINK_GIVEN,
        None,
    ),
    (
        _BROKER,
        _BACKEND,
        "The broker asks cTrader to set the new partnerId",
        "brokerCrmName, partnerId, userId or ctidTraderAccountId",
        Proof.SET_REQUESTED,
        "3.6",
    ),
    (
        _BACKEND,
        _BROKER,
        "cTrader assigns the new partnerId and answers",
        "userId or ctidTraderAccountId",
        Proof.SET_ANSWERED,
        "3.6",
    ),
]

# Stages 7 to 18 are the same in both flows.
_COMMON_TAIL: list[tuple[Party, Party, str, str, Proof, str | None]] = [
    (_U1, _APP, "User 1 asks the application for a link", "what to share", Proof.LINK_ASKED, None),
    (_APP, _APP, "The application builds the link", "the partnerId of User 1", Proof.LINK_BUILT, None),
    (_APP, _U1, "The application shows the link", "the link", Proof.LINK_SHOWN, None),
    (_U1, _U2, "User 1 passes the link to User 2", "the link", Proof.LINK_PASSED_ON, None),
    (_U2, _APP, "User 2 opens the link", "the link", Proof.LINK_CLICKED, None),
    (
        _APP,
        _U2,
        "The application opens the login/signup screen with the partnerId",
        "login/signup URL with the partnerId",
        Proof.SCREEN_OPENED,
        None,
    ),
    (_U2, _BROKER, "User 2 signs up with the partnerId", "the partnerId", Proof.SIGNUP_SUBMITTED, None),
    (
        _BROKER,
        _BACKEND,
        "The broker creates User 2 in cTrader",
        "userId, login, ctidTraderAccountId",
        Proof.INVITED_CREATED,
        "5.3",
    ),
    (_BROKER, _BROKER, "The broker attributes User 2 to User 1", "the attribution", Proof.ATTRIBUTED, None),
    (_U1, _BROKER, "User 1 opens the referral list", "the log-in", Proof.LIST_OPENED, None),
    (_BROKER, _BROKER, "The client area fetches the referrals", "the referrals", Proof.LIST_FETCHED, None),
    (_BROKER, _U1, "User 1 sees User 2 in the referral list", "User 2", Proof.LIST_SHOWN, None),
]


def _numbered(flow: int, head: list[tuple[Party, Party, str, str, Proof, str | None]]) -> list[Stage]:
    return [
        Stage(flow, number, sender, receiver, title, carries, proof, call)
        for number, (sender, receiver, title, carries, proof, call) in enumerate(head + _COMMON_TAIL, start=1)
    ]


STAGES: tuple[Stage, ...] = (*_numbered(1, _NEW_PARTNER_HEAD), *_numbered(2, _EXISTING_PARTNER_HEAD))


def stages_of(flow: int) -> tuple[Stage, ...]:
    """The 18 stages of one flow, in order."""
    return tuple(stage for stage in STAGES if stage.flow == flow)


def stage(flow: int, number: int) -> Stage:
    """One stage; raises `KeyError` naming flow and number if there is none."""
    for candidate in STAGES:
        if (candidate.flow, candidate.number) == (flow, number):
            return candidate
    raise KeyError(f"no stage {number} in flow {flow}")

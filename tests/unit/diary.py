"""Journals written by hand: the events that the mock would keep if these things happened."""

from typing import Any

from mock_ctrader.acts import Act
from mock_ctrader.flows import Level
from mock_ctrader.journal import Direction, Event, Kind, exchange
from mock_ctrader.journeys import Finding, History, Journey, fold

PARTNER, INVITED = "one@example.net", "two@example.net"
USER_1, ACCOUNT_1, USER_2, ACCOUNT_2 = 101, 201, 102, 202
PARTNER_ID = "IB-7Q2F"
BROWSER_1, BROWSER_2 = "browser1", "browser2"
LINK = f"http://127.0.0.1:9/app/BEST/copy/strategy/60417?partnerId={PARTNER_ID}"
SCREEN = f"http://127.0.0.1:8/auth/login?firstLogin=true&partnerId={PARTNER_ID}"
SOMEBODY = 999


def journey(flow: int = 1, level: Level = Level.USER, **changes: Any) -> Journey:
    """An announced journey of User 1 and User 2."""
    values = {"partner_email": PARTNER, "invited_email": INVITED} | changes
    return Journey("journey-1", flow, level, **values)


class Diary:
    """Events in the order in which they are added, one second apart."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    @property
    def history(self) -> History:
        """What happened so far."""
        return History(self.events)

    def keep(self, event: Event) -> Event:
        """Add any event."""
        event.seq = len(self.events) + 1
        event.at = event.seq * 1000
        self.events.append(event)
        return event

    def call(
        self, number: str, asked: Any, answered: Any, status: int | None = 200, problem: str | None = None
    ) -> Event:
        """One exchange of a vendor call."""
        direction = Direction.CTRADER_TO_BROKER if number.startswith("4") else Direction.BROKER_TO_CTRADER
        details = {"milliseconds": 5} | ({"problem": problem} if problem else {})
        return self.keep(
            exchange(number, direction, "POST", f"/{number}", "", asked, status, answered, details=details)
        )

    def refusal(self, number: str, asked: Any, status: int = 404, code: str = "ENTITY_NOT_FOUND") -> Event:
        """A call that was refused."""
        return self.call(number, asked, {"error": {"errorCode": code, "description": "because"}}, status)

    def user(self, email: str, user_id: int) -> Event:
        """3.2"""
        return self.call("3.2", {"email": email}, {"userId": user_id}, 201)

    def account(self, user_id: int, account: int) -> Event:
        """3.3 and 3.4; the login is the account's id plus 1000."""
        self.call("3.3", {"groupName": "Default"}, {"login": account + 1000}, 201)
        return self.call(
            "3.4", {"userId": user_id, "traderLogin": account + 1000}, {"ctidTraderAccountId": account}
        )

    def verified(self, user_id: int) -> Event:
        """4.2"""
        return self.call("4.2", {"code": "ot"}, {"userId": user_id})

    def set_partner(
        self, ids: dict[str, int], partner_id: str = PARTNER_ID, answer: dict[str, int] | None = None
    ) -> Event:
        """3.6, answered with `answer` or as cTrader would."""
        account = ids.get("ctidTraderAccountId")
        usual = {"ctidTraderAccountId": account} if account else ids
        asked = {"brokerCrmName": "CRM", "partnerId": partner_id, **ids}
        return self.call("3.6", asked, usual if answer is None else answer)

    def act(
        self, act: Act, browser: str, user_id: int | None = None, partner_id: str | None = None, **details: Any
    ) -> Event:
        """Something done in the application."""
        return self.keep(
            Event(
                kind=Kind.ACT,
                title=act.value,
                direction=Direction.APPLICATION,
                user_id=user_id,
                partner_id=partner_id,
                browser=browser,
                details={"act": act.value, **details},
            )
        )

    def report(self, stage: int, journey_id: str = "journey-1", **facts: Any) -> Event:
        """What an adapter saw inside the broker."""
        return self.keep(
            Event(
                kind=Kind.REPORT, title="reported", journey_id=journey_id, details={"stage": stage, "facts": facts}
            )
        )

    def judge(self, about: Journey, *others: Journey) -> dict[int, Finding]:
        """What the journal says of each stage, by number."""
        _, stages = fold(about, self.history, [about, *others])
        return {stage.number: finding for stage, finding in stages}


def target_of(level: Level) -> dict[str, int]:
    """The id that call 3.6 carries at a level, for User 1."""
    return {"userId": USER_1} if level is Level.USER else {"ctidTraderAccountId": ACCOUNT_1}


def played(flow: int, level: Level, until: int = 18) -> Diary:
    """A flawless journey up to a stage."""
    diary = Diary()
    steps = [*(_NEW_PARTNER if flow == 1 else _EXISTING_PARTNER), *_COMMON]
    for step in steps[:until]:
        step(diary, level)
    return diary


def _create(diary: Diary, email: str, user_id: int, account: int, browser: str) -> None:
    diary.user(email, user_id)
    diary.account(user_id, account)
    diary.verified(user_id)
    diary.act(Act.SIGNED_IN, browser, user_id)


def _registered(diary: Diary, level: Level) -> None:
    _create(diary, PARTNER, USER_1, ACCOUNT_1, BROWSER_1)
    diary.report(1, level=level)


def _set(diary: Diary, level: Level) -> None:
    diary.set_partner(target_of(level))


def _nothing_more(diary: Diary, level: Level) -> None:
    """The answer of call 3.6 is in the event of the stage before."""


_NEW_PARTNER = [
    _registered,
    lambda diary, level: diary.report(2, level=level),
    lambda diary, _: diary.report(3, partnerId=PARTNER_ID, referralLink="http://broker/r"),
    _set,
    _nothing_more,
    lambda diary, _: diary.act(Act.PARTNER_ID_LEARNED, BROWSER_1, USER_1, PARTNER_ID),
]
_EXISTING_PARTNER = [
    lambda diary, _: (diary.report(1, browser=BROWSER_1), diary.act(Act.NEW_CTID_ASKED, BROWSER_1)),
    lambda diary, _: diary.act(Act.SCREEN_OPENED, BROWSER_1, url="http://127.0.0.1:8/auth/login", firstLogin=True),
    lambda diary, _: _create(diary, PARTNER, USER_1, ACCOUNT_1, BROWSER_1),
    lambda diary, _: diary.report(4, partnerId=PARTNER_ID, previousPartnerId="IB-OLD"),
    _set,
    _nothing_more,
]
_COMMON = [
    lambda diary, _: diary.act(Act.LINK_ASKED, BROWSER_1, USER_1, kind="copy", target="60417"),
    lambda diary, _: diary.act(Act.LINK_BUILT, BROWSER_1, USER_1, PARTNER_ID, link=LINK),
    lambda diary, _: diary.act(Act.LINK_SHOWN, BROWSER_1, USER_1, PARTNER_ID, link=LINK),
    lambda diary, _: diary.report(10, link=LINK),
    lambda diary, _: diary.act(Act.LINK_CLICKED, BROWSER_2, None, PARTNER_ID, link=LINK),
    lambda diary, _: diary.act(Act.SCREEN_OPENED, BROWSER_2, None, PARTNER_ID, url=SCREEN, firstLogin=True),
    lambda diary, _: diary.report(13, partnerId=PARTNER_ID),
    lambda diary, _: _create(diary, INVITED, USER_2, ACCOUNT_2, BROWSER_2),
    lambda diary, _: diary.report(15, before=False, after=True),
    lambda diary, _: diary.report(16, openWithoutLogin=False),
    lambda diary, _: diary.report(17, count=1),
    lambda diary, _: diary.report(18, entries=[{"email": INVITED, "partnerId": PARTNER_ID}]),
]

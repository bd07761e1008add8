"""What a broker's world must look like: a dictionary per person, and nothing cleverer than that."""

from dataclasses import dataclass, field
from typing import Any

from tests.http.fake_crm import FakeCrm
from tests.http.visitor import Visitor
from tests.support import Broker, ControlApi

# In `Person.partner_ids`, the user; any other key is a ctidTraderAccountId.
USER = 0


@dataclass
class Person:
    """One user: the accounts in the order they were linked, the identifiers that are set, the browser in use."""

    user_id: int
    email: str
    accounts: list[int] = field(default_factory=list)
    partner_ids: dict[int, str] = field(default_factory=dict)
    browser: Visitor | None = None
    active_account: int | None = None

    def keys(self, target: int) -> dict[str, int]:
        """The ids by which calls 3.6 and 3.7 name a target of this person."""
        return {"ctidTraderAccountId": target} if target else {"userId": self.user_id}

    def record(self, target: int) -> dict[str, Any] | None:
        """What call 3.7 must answer for a target; None if nothing is set."""
        if target not in self.partner_ids:
            return None
        account = {"ctidTraderAccountId": target} if target else {}
        return {"userId": self.user_id, **account, "partnerId": self.partner_ids[target]}

    def records(self) -> list[dict[str, Any]]:
        """Every record of this person, the user's first."""
        return [found for target in sorted({USER, *self.accounts}) if (found := self.record(target))]

    @property
    def effective(self) -> str | None:
        """The identifier that a link must carry: the active account's, else the user's."""
        own = self.partner_ids.get(USER)
        return own if self.active_account is None else self.partner_ids.get(self.active_account, own)


@dataclass
class World:
    """One sandbox: how it is spoken to, and who is in it."""

    sandbox: dict[str, Any]
    broker: Broker
    control: ControlApi
    crm: FakeCrm
    lists: bool
    people: list[Person] = field(default_factory=list)
    logins: set[int] = field(default_factory=set)
    links: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def app_url(self) -> str:
        """The address of the application."""
        return str(self.sandbox["appUrls"][self.sandbox["brokerNames"][0]])

    def read(self, person: Person, target: int) -> Any:
        """The answer of call 3.7."""
        response = self.broker.read_partner(**person.keys(target))
        assert response.status_code == 200, response.text
        return response.json() if response.content else None

    def expected(self, person: Person, target: int) -> Any:
        """What the answer of call 3.7 must be; a user's list has the records of the user's accounts as well."""
        record = person.record(target)
        if not self.lists:
            return record
        return person.records() if target == USER else [record] if record else []

    def check(self) -> None:
        """Everything this world shows is what the model has."""
        for person in self.people:
            # a list of the user has the records of the accounts
            for target in (USER,) if self.lists else (USER, *person.accounts):
                assert self.read(person, target) == self.expected(person, target)
            if person.browser is not None:
                self._check_application(person, person.browser.me())

    def _check_application(self, person: Person, shown: dict[str, Any]) -> None:
        assert shown["signedIn"]
        assert shown["userId"] == person.user_id
        assert [account["ctidTraderAccountId"] for account in shown["accounts"]] == person.accounts
        assert shown["activeAccount"] == person.active_account
        assert shown["partnerId"] == person.effective
        levels = [{"level": "account" if "ctidTraderAccountId" in one else "user"} for one in person.records()]
        told = [record | level for record, level in zip(person.records(), levels, strict=True)]
        assert sorted(shown["partnerIds"], key=str) == sorted(told, key=str)

    def check_strangers(self, other: "World") -> None:
        """Nothing of another sandbox is visible in this one."""
        person = other.people[-1]
        for target in (USER, *person.accounts[-1:]):
            assert self.broker.read_partner(**person.keys(target)).status_code == 404
        found = self.broker.read_user_id(person.email)
        mine = [{"userId": one.user_id} for one in self.people if one.email == person.email]
        assert ([found.json()] if found.content else []) == mine

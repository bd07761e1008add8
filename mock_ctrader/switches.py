"""What a sandbox decides where the vendor's documents are silent or disagree; each default is the ruling."""

from dataclasses import dataclass, fields
from typing import Any

# Neither path is legible in any edition of the vendor's documents; both are assumed (sections 3.11, 3.12).
READ_USER_ID_PATH = "/cid/oauth2/ctid/getUserId"
LOGOUT_PATH = "/cid/oauth2/ctid/logout"
# One client's path for call 3.6, in no edition (E-28).
SET_REFERRAL_ALIAS = "/v2/oauth2/ctid/setReferral"


@dataclass(frozen=True, slots=True)
class Switches:
    """The ambiguity switches of one sandbox, under the control API's keys."""

    setAnswersEmpty: bool = False  # 3.6 answers a body of no bytes (E-4)
    readAnswersList: bool = False  # 3.7 answers a list, empty if nothing is set (E-5, E-6)
    uniquePartnerId: bool = False  # 3.6 refuses an identifier that another user has (E-8)
    setReferralAlias: bool = False  # 3.6 is also served at SET_REFERRAL_ALIAS (E-28)
    xmlForAnyAccept: bool = False  # `Accept: */*` alone gets XML on /webserv/
    readUserIdPath: str = READ_USER_ID_PATH
    logoutPath: str = LOGOUT_PATH

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Switches":
        """The switches that were set; the others keep their defaults."""
        return cls(**given)

    def as_dict(self) -> dict[str, Any]:
        """Every switch with its value."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def call_at(self, path: str) -> str | None:
        """The number of the call that this sandbox serves at a path of its own, if there is one."""
        if path == self.readUserIdPath:
            return "3.11"
        if path == self.logoutPath:
            return "3.12"
        return "3.6" if self.setReferralAlias and path == SET_REFERRAL_ALIAS else None

"""What the control API takes."""

import re
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.validate import Length

from mock_ctrader.backend.fields import Boolean, Email, Integer, Line, Text, VendorSchema, shown
from mock_ctrader.backend.fields import VendorField as ControlField

_BROKER_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_PORT = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
_CID_PATH = "/cid/[A-Za-z0-9._~/-]+"
_URL = rf"https?://([A-Za-z0-9][A-Za-z0-9.-]{{0,252}}|\[::1\])(:({_PORT}))?(/[!-;=?-\[\]_a-z~]*)?"


class Url(Text):
    """An absolute http or https URL without user or fragment."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, 2000, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(_URL, text):
            raise ValidationError(f"must be an absolute http or https URL, got {shown(value)}")
        return text


class Names(ControlField):
    """A list of distinct brokerNames; each becomes part of a URL, hence the narrow alphabet."""

    def __init__(self, low: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.low = low
        self._name = Text(1, 100, pattern=_BROKER_NAME)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list):
            raise ValidationError(f"must be a list of names, got {shown(value)}")
        names: list[str] = [self._name._deserialize(name, attr, data) for name in value]
        if not self.low <= len(names) <= 20 or len(set(names)) < len(names):
            raise ValidationError(f"must be {self.low} to 20 different names, got {shown(value)}")
        return names


class SwitchKeys(VendorSchema):
    """The ambiguity switches."""

    setAnswersEmpty = Boolean()
    readAnswersList = Boolean()
    uniquePartnerId = Boolean()
    setReferralAlias = Boolean()
    xmlForAnyAccept = Boolean()
    readUserIdPath = Text(6, 200, pattern=_CID_PATH)
    logoutPath = Text(6, 200, pattern=_CID_PATH)


class ActionUrlKeys(VendorSchema):
    """Where the screens of InApp actions are."""

    deposit = Url()
    withdrawal = Url()
    account = Url()


class NewManager(VendorSchema):
    """One of a sandbox's managers."""

    login = Integer()
    password = Line(1, 200)
    disabledBrokerNames = Names()


class ChangeSandbox(VendorSchema):
    """PATCH of a sandbox."""

    crmUrl = Url()
    loginUrl = Url()
    successUrl = Url()
    crmPassword = Line(1, 200)
    disabledBrokerNames = Names()
    strict = Boolean()
    hourlyLimit = Integer(1, 1_000_000_000, keeps_null=True)
    switches = fields.Nested(SwitchKeys())
    actionUrls = fields.Nested(ActionUrlKeys())


class NewSandbox(ChangeSandbox):
    """POST of a sandbox; what is missing follows from the seed, and the seed from chance."""

    brokerCrmName = Line(1, 100)
    brokerNames = Names(low=1)
    managerLogin = Integer()
    managerPassword = Line(1, 200)
    managers = fields.List(fields.Nested(NewManager()), validate=Length(1, 20))
    groupName = Line(1, 100)
    seed = Line(1, 200)


class AnnounceJourney(VendorSchema):
    """POST of a journey."""

    flow = Integer(1, 2, required=True)
    level = Text(choices=("user", "account"), required=True)
    partnerEmail = Email(3, 254, required=True)
    invitedEmail = Email(3, 254)


class Report(VendorSchema):
    """POST of what an adapter saw inside the broker."""

    stage = Integer(1, 18, required=True)
    facts = fields.Dict(required=True, error_messages={"invalid": "must be an object"})


class AdvanceClock(VendorSchema):
    """POST to a sandbox's clock."""

    milliseconds = Integer(1, 100 * 365 * 86_400_000, required=True)


class JournalQuery(VendorSchema):
    """Query of the journal."""

    after = Integer(0)
    limit = Integer(1, 1000)
    wait = Integer(0, 30)
    call = Line(1, 10)
    userId = Integer()
    partnerId = Line(1, 255)

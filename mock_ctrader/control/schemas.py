"""What the control API takes."""

from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields

from mock_ctrader.backend.fields import Email, Integer, Text, VendorSchema, shown
from mock_ctrader.backend.fields import VendorField as ControlField


class Url(Text):
    """An absolute http or https URL."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or any(char.isspace() for char in text):
            raise ValidationError(f"must be an absolute http or https URL, got {shown(value)}")
        return text


class Names(ControlField):
    """A list of distinct names."""

    def __init__(self, low: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.low = low
        self._name = Text(1, 100)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list):
            raise ValidationError(f"must be a list of names, got {shown(value)}")
        names: list[str] = [self._name._deserialize(name, attr, data) for name in value]
        if not self.low <= len(names) <= 20 or len(set(names)) < len(names):
            raise ValidationError(f"must be {self.low} to 20 different names, got {shown(value)}")
        return names


class ChangeSandbox(VendorSchema):
    """PATCH of a sandbox."""

    crmUrl = Url(1, 2000)
    loginUrl = Url(1, 2000)
    successUrl = Url(1, 2000)
    crmPassword = Text(1, 200)
    disabledBrokerNames = Names()


class NewSandbox(ChangeSandbox):
    """POST of a sandbox; what is missing follows from the seed, and the seed from chance."""

    brokerCrmName = Text(1, 100)
    brokerNames = Names(low=1)
    managerLogin = Integer()
    managerPassword = Text(1, 200)
    groupName = Text(1, 100)
    seed = Text(1, 200)


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


class JournalQuery(VendorSchema):
    """Query of the journal."""

    after = Integer(0)
    limit = Integer(1, 1000)
    wait = Integer(0, 30)
    call = Text(1, 10)

"""What each call of section 3 carries: one schema per call, built once."""

from marshmallow import fields
from marshmallow.validate import Length

from mock_ctrader.backend.fields import (
    Amount,
    AnyText,
    Boolean,
    Digits,
    Email,
    Integer,
    Language,
    Line,
    Moment,
    PartnerId,
    Text,
    VendorSchema,
)
from mock_ctrader.balances import HIGHEST

# Real managers and accounts have MD5 hashes; 3.1 answers a wrong one with 403, so its form is not checked there.
_MD5 = "[0-9a-fA-F]{32}"
_WEB_ADDRESS = "https?://[!-~]+"


class NoKeys(VendorSchema):
    """Calls that are all in their path."""


class ManagerToken(VendorSchema):
    """3.1"""

    login = Integer(required=True)
    hashedPassword = Line(1, 64, required=True)


class CreateUser(VendorSchema):
    """3.2. Both spellings of the nickname occur in the vendor's own text."""

    brokerCrmName = Line(1, 100, required=True)
    email = Email(3, 254, required=True)
    firstName = Text()
    nickName = AnyText()
    nickname = AnyText(spelling=True)
    preferredLanguage = Language()


class ContactDetails(VendorSchema):
    """3.3, `contactDetails`"""

    address = Text()
    city = Text()
    state = Text()
    zipCode = Text()
    phone = Text()
    email = Text()
    documentId = Text()
    countryId = Integer(0, 999)  # 0 is what an account without one answers, and what clients send back
    introducingBroker1 = Text()
    introducingBroker2 = Text()


class CreateTrader(VendorSchema):
    """3.3. Production clients leave out brokerName and totalMarginCalculationType (client code)."""

    accessRights = Text(choices=("FULL_ACCESS", "CLOSE_ONLY", "NO_TRADING", "NO_LOGIN"), required=True)
    accountType = Text(choices=("HEDGED", "NETTED", "SPREAD_BETTING"), required=True)
    balance = Integer(0, HIGHEST, required=True)
    brokerName = Line(1, 100, expected=True)
    depositCurrency = Text(pattern="[A-Z]{3}", required=True)
    groupName = Line(1, 100, required=True)
    hashedPassword = Text(pattern=_MD5, required=True)
    leverageInCents = Integer(1, 1_000_000, required=True)
    totalMarginCalculationType = Text(choices=("MAX", "SUM", "NET"), expected=True)
    contactDetails = fields.Nested(ContactDetails())
    description = Text()
    isLimitedRisk = Boolean()
    limitedRiskMarginCalculationStrategy = Text(
        choices=("ACCORDING_TO_LEVERAGE", "ACCORDING_TO_GSL", "ACCORDING_TO_GSL_AND_LEVERAGE")
    )
    lastName = Text()
    name = Text()
    maxLeverage = Integer(1, 1_000_000)
    sendOwnStatement = Boolean()
    sendStatementToBroker = Boolean()
    swapFree = Boolean()


class LinkAccount(VendorSchema):
    """3.4. One client leaves out brokerName (client code)."""

    traderLogin = Integer(required=True)
    traderPasswordHash = Text(pattern=_MD5, required=True)
    userId = Integer(required=True)
    brokerName = Line(1, 100, expected=True)
    environmentName = Line(1, 100, required=True)
    returnAccountDetails = Boolean()


class SetPartner(VendorSchema):
    """3.6"""

    brokerCrmName = Line(1, 100, required=True)
    partnerId = PartnerId(1, 255, required=True)
    userId = Integer()
    ctidTraderAccountId = Integer()


class ReadPartner(VendorSchema):
    """3.7"""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer()
    ctidTraderAccountId = Integer()


class DeletePartner(VendorSchema):
    """3.8: userId is required even when the account is given (E-10)."""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer(required=True)
    ctidTraderAccountId = Integer()


class FindUser(VendorSchema):
    """3.11"""

    brokerCrmName = Line(1, 100, required=True)
    email = Email(3, 254, required=True)


class InviteHistory(VendorSchema):
    """C.2 and C.4: typed "path" by the vendor, used as query (section C.2)."""

    createdFrom = Integer(0)
    limit = Integer(1, 1000)
    skip = Integer(0)


class AcceptAgreement(VendorSchema):
    """3.13"""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer(required=True)


class NewCtid(VendorSchema):
    """WS 5.1, the sister of 3.2 that is not for SSO users."""

    brokerName = Line(1, 100)
    email = Email(3, 254, required=True)
    preferredLanguage = Language()


class ChangeEmail(VendorSchema):
    """3.10"""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer(required=True)
    newEmail = Email(3, 254, required=True)


class LogOut(VendorSchema):
    """3.12"""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer(required=True)


class RibbonAction(VendorSchema):
    """3.9: exactly one of the two; the small i is the vendor's."""

    urlExternal = Text(1, 2000, pattern=_WEB_ADDRESS)
    urlinApp = Text(1, 2000, pattern=_WEB_ADDRESS)


class Ribbon(VendorSchema):
    """3.9, a member of `rules.ribbons`"""

    color = Text(pattern="#[0-9a-fA-F]{6}", required=True)
    title = Line(1, 255, required=True)
    enabled = Boolean(required=True)
    closable = Boolean(required=True)
    action = fields.Nested(RibbonAction(), required=True)
    brokerName = Line(1, 100)
    ctidTraderAccountId = Digits()


class RibbonRules(VendorSchema):
    """3.9, `rules`: an empty object clears all ribbons"""

    ribbons = fields.List(fields.Nested(Ribbon()), validate=Length(max=100))


class InAppControls(VendorSchema):
    """3.9"""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer(required=True)
    rules = fields.Nested(RibbonRules(), required=True)


class ChangeMoney(VendorSchema):
    """What 3.5 and the change of bonus have in common. The login is in the path as well, and may be left out."""

    login = Integer(expected=True)
    preciseAmount = Amount(expected=True)
    amount = Integer(-HIGHEST, HIGHEST, legacy=True)
    comment = Text()
    externalId = Text()
    externalNote = Text()
    source = Text()


class ChangeBalance(ChangeMoney):
    """3.5"""

    type = Text(
        choices=(
            "DEPOSIT",
            "WITHDRAW",
            "DEPOSIT_NONWITHDRAWABLE_BONUS",
            "WITHDRAW_NONWITHDRAWABLE_BONUS",
        ),
        required=True,
    )


class ChangeBonus(ChangeMoney):
    """WS 4.10"""

    type = Text(choices=("DEPOSIT", "WITHDRAW"), required=True)


class ChangePassword(VendorSchema):
    """WS 4.8"""

    login = Integer(expected=True)
    hashedPassword = Text(pattern=_MD5, required=True)


class PatchTrader(VendorSchema):
    """WS 4.5.2: any of the keys that can change."""

    login = Integer()
    accessRights = Text(choices=("FULL_ACCESS", "CLOSE_ONLY", "NO_TRADING", "NO_LOGIN"))
    brokerName = Line(1, 100)
    contactDetails = fields.Nested(ContactDetails())
    description = Text()
    groupName = Line(1, 100)
    isLimitedRisk = Boolean()
    lastName = Text()
    leverageInCents = Integer(1, 1_000_000)
    limitedRiskMarginCalculationStrategy = Text(
        choices=("ACCORDING_TO_LEVERAGE", "ACCORDING_TO_GSL", "ACCORDING_TO_GSL_AND_LEVERAGE")
    )
    maxLeverage = Integer(1, 1_000_000)
    name = Text()
    sendOwnStatement = Boolean()
    sendStatementToBroker = Boolean()
    swapFree = Boolean()
    totalMarginCalculationType = Text(choices=("MAX", "SUM", "NET"))


class PutTrader(PatchTrader):
    """WS 4.5.1: the same body as 3.3; what cannot change is read and left as it is."""

    accountType = Text(choices=("HEDGED", "NETTED", "SPREAD_BETTING"))
    balance = Integer(0, HIGHEST)
    depositCurrency = Text(pattern="[A-Z]{3}")
    hashedPassword = Text(pattern=_MD5)


class ListTraders(VendorSchema):
    """WS 4.3. `from` is no name in Python, and `fields` one that a schema has for itself."""

    class Meta(VendorSchema.Meta):
        include = {"from": Moment(expected=True), "fields": Line(1, 2000)}

    to = Moment(expected=True)
    groupId = Integer()

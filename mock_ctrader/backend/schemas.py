"""What each call of section 3 carries: one schema per call, built once."""

from marshmallow import fields

from mock_ctrader.backend.fields import AnyText, Boolean, Email, Integer, Line, PartnerId, Text, VendorSchema

# Real managers and accounts have MD5 hashes; 3.1 answers a wrong one with 403, so its form is not checked there.
_MD5 = "[0-9a-fA-F]{32}"


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
    nickname = AnyText()
    preferredLanguage = Text(pattern="[A-Za-z]{2}")


class ContactDetails(VendorSchema):
    """3.3, `contactDetails`"""

    address = Text()
    city = Text()
    state = Text()
    zipCode = Text()
    phone = Text()
    email = Text()
    documentId = Text()
    countryId = Integer(1, 999)
    introducingBroker1 = Text()
    introducingBroker2 = Text()


class CreateTrader(VendorSchema):
    """3.3. Production clients leave out brokerName and totalMarginCalculationType (client code)."""

    accessRights = Text(choices=("FULL_ACCESS", "CLOSE_ONLY", "NO_TRADING", "NO_LOGIN"), required=True)
    accountType = Text(choices=("HEDGED", "NETTED", "SPREAD_BETTING"), required=True)
    balance = Integer(0, 9_000_000_000_000_000, required=True)
    brokerName = Line(1, 100)
    depositCurrency = Text(pattern="[A-Z]{3}", required=True)
    groupName = Line(1, 100, required=True)
    hashedPassword = Text(pattern=_MD5, required=True)
    leverageInCents = Integer(1, 1_000_000, required=True)
    totalMarginCalculationType = Text(choices=("MAX", "SUM", "NET"))
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
    brokerName = Line(1, 100)
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


class AcceptAgreement(VendorSchema):
    """3.13"""

    brokerCrmName = Line(1, 100, required=True)
    userId = Integer(required=True)

"""The table of vendor calls this mock serves: section 3's summary."""

from mock_ctrader.backend import identity, referral, schemas, trading
from mock_ctrader.backend.gateway import Call

# Not legible in any edition of the vendor's documents; this path is assumed (section 3.11).
READ_USER_ID_PATH = "/cid/oauth2/ctid/getUserId"
_REFERRAL = "/cid/oauth2/ctid/referral"

CALLS = [
    Call(
        "3.1",
        "Generate a manager's token",
        "POST",
        "/v2/webserv/managers/token",
        schemas.ManagerToken(),
        identity.generate_manager_token,
    ),
    Call(
        "3.2",
        "Create a user",
        "POST",
        "/cid/oauth2/ctid/create",
        schemas.CreateUser(),
        identity.create_user,
    ),
    Call(
        "3.3",
        "Create a trader",
        "POST",
        "/v2/webserv/traders",
        schemas.CreateTrader(),
        trading.create_trader,
    ),
    Call(
        "3.4",
        "Link a trading account to a user",
        "POST",
        "/cid/ctid/link",
        schemas.LinkAccount(),
        trading.link_account,
    ),
    Call(
        "3.6",
        "Set a new partner identifier",
        "PUT",
        _REFERRAL,
        schemas.SetPartner(),
        referral.set_partner_identifier,
    ),
    Call(
        "3.7",
        "Read a partner identifier",
        "GET",
        _REFERRAL,
        schemas.ReadPartner(),
        referral.read_partner_identifier,
        keys_in_query=True,
    ),
    Call(
        "3.8",
        "Delete an existing partner identifier",
        "DELETE",
        _REFERRAL,
        schemas.DeletePartner(),
        referral.delete_partner_identifier,
        keys_in_query=True,
    ),
    Call(
        "3.11",
        "Read a user's identifier by email",
        "GET",
        READ_USER_ID_PATH,
        schemas.FindUser(),
        identity.read_user_id,
        keys_in_query=True,
    ),
    Call(
        "3.13",
        "Confirm user agreement",
        "PUT",
        "/cid/oauth2/ctid/acceptAgreement",
        schemas.AcceptAgreement(),
        identity.confirm_agreement,
        keys_in_query=True,
    ),
]

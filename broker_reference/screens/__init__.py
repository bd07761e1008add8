"""Screens the cTrader application opens (section 5.2) and the website's own registration."""

from broker_reference.screens.account import blueprint as account
from broker_reference.screens.entrance import blueprint as entrance
from broker_reference.screens.further_account import blueprint as further_account
from broker_reference.screens.inapp import blueprint as inapp
from broker_reference.screens.password_reset import blueprint as password_reset
from broker_reference.screens.registration import blueprint as registration

blueprints = (entrance, password_reset, account, further_account, registration, inapp)

__all__ = ["blueprints"]

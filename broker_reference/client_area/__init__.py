"""Client area: home, partner page, lists of referrals and payments, own data, for people and as JSON."""

from broker_reference.client_area.ctrader_web import blueprint as ctrader_web
from broker_reference.client_area.home import blueprint as home
from broker_reference.client_area.partner import blueprint as partner
from broker_reference.client_area.payments import blueprint as payments
from broker_reference.client_area.profile import blueprint as profile
from broker_reference.client_area.referrals import blueprint as referrals

blueprints = (home, partner, referrals, payments, profile, ctrader_web)

__all__ = ["blueprints"]

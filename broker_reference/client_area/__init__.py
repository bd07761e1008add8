"""Client area: home, partner page and list of referrals, for people and as JSON."""

from broker_reference.client_area.home import blueprint as home
from broker_reference.client_area.partner import blueprint as partner
from broker_reference.client_area.referrals import blueprint as referrals

blueprints = (home, partner, referrals)

__all__ = ["blueprints"]

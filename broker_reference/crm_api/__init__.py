"""CRM API: the calls cTrader makes to the broker (section 4)."""

from broker_reference.crm_api.routes import blueprint

__all__ = ["blueprint"]

"""A small but complete broker: screens, client area, CRM API and partner programme on top of cTrader."""

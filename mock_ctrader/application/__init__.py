"""The cTrader application: sessions, links, click-through and pages."""

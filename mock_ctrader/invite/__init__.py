"""cTrader Invite: attribution by username, webhooks to the broker, lists for the broker (section C)."""

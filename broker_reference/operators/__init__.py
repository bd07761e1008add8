"""What operators of a test need: the mails that were sent, and the broker's clock. Each by a setting only."""

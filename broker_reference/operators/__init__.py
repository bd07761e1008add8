"""What operators need: the calls to cTrader that are not done; for tests the mails sent, and the clock."""

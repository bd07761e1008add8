"""The cTrader backend: calls 3.1 to 3.13 as brokers make them."""

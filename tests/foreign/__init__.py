"""Brokers built differently from the reference broker, met through a broker.toml alone."""

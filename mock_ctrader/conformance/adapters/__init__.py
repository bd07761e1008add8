"""Adapters: how the harness acts on a broker, as broker.toml declares it."""

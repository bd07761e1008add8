"""The only place of the broker that knows randomness."""

import secrets
from typing import Protocol

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_IDENTIFIER_LENGTH = 10


class Ids(Protocol):
    """Source of identifiers and secrets; injected so that tests can force collisions."""

    def partner_identifier(self) -> str:
        """Return a candidate identifier, e.g. ``IB-7Q2FXK4MZA``; the store enforces that it is unique."""
        ...

    def secret(self) -> str:
        """Return 43 URL-safe characters holding 256 random bits."""
        ...

    def jitter(self) -> float:
        """Return a random factor, 0.5 <= f < 1, that spreads retries."""
        ...


class RandomIds:
    """Identifiers and secrets from the operating system's random source."""

    def partner_identifier(self) -> str:
        """Return ``IB-`` and ten base32 characters (50 random bits)."""
        return "IB-" + "".join(secrets.choice(_BASE32) for _ in range(_IDENTIFIER_LENGTH))

    def secret(self) -> str:
        """Return 43 URL-safe characters holding 256 random bits."""
        return secrets.token_urlsafe(32)

    def jitter(self) -> float:
        """Return a random factor, 0.5 <= f < 1, that spreads retries."""
        return 0.5 + secrets.randbelow(1_000_000) / 2_000_000

"""The only place that knows randomness: ids and tokens are derived from a sandbox's seed.

Same seed and same calls give the same bytes, so a recorded run can be compared with the next. A sandbox
without a given seed gets 128 random bits, which makes its tokens unguessable.
"""

import hashlib
import hmac
import secrets
import uuid

# First numbers of each kind differ widely, so that a userId in the place of a ctidTraderAccountId
# or of a login never points at something real by accident.
_BASES = {
    "user": 51_000_000,
    "trader": 3_000_000,
    "link": 28_000_000,
    "balanceHistory": 770_000_000,
    "bonusHistory": 330_000_000,
}
_SPREAD = 900_000


def random_seed() -> str:
    """A fresh seed of 128 random bits, as hexadecimal text."""
    return secrets.token_hex(16)


def random_token() -> str:
    """A secret of 192 random bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(24)


def _digest(seed: str, purpose: str) -> bytes:
    return hmac.new(seed.encode(), purpose.encode(), hashlib.sha256).digest()


def sandbox_id(seed: str) -> str:
    """The id of the sandbox that has this seed: the same seed names the same sandbox."""
    return "sb-" + _digest(seed, "sandbox").hex()[:12]


def suffix(seed: str) -> str:
    """Six characters that tell the default names of one sandbox from those of another."""
    return _digest(seed, "name").hex()[:6].upper()


def number(seed: str, kind: str, nth: int) -> int:
    """The nth id of a kind (a key of `_BASES`): counts up from a start that depends on the seed."""
    start = _BASES[kind] + int.from_bytes(_digest(seed, kind)[:4], "big") % _SPREAD
    return start + nth


def manager_login(seed: str) -> int:
    """A manager's number for a sandbox that was not given one."""
    return 1_000_000 + int.from_bytes(_digest(seed, "manager")[:6], "big") % 1_000_000_000


def secret(seed: str, purpose: str) -> str:
    """A password derived from the seed, 128 bits as hexadecimal text."""
    return _digest(seed, "secret:" + purpose).hex()[:32]


def uuid_token(seed: str, purpose: str, nth: int) -> str:
    """A UUID-like token (section 3.1 shows the manager token in this form)."""
    return str(uuid.UUID(bytes=_digest(seed, f"{purpose}:{nth}")[:16], version=4))


def draw(seed: str, purpose: str, nth: int) -> float:
    """The nth number of a sequence that looks random: from 0 up to, but not including, 1."""
    return int.from_bytes(_digest(seed, f"draw:{purpose}:{nth}")[:6], "big") / 2**48


def fingerprint(value: str) -> str:
    """Eight characters that let two masked tokens be told apart; never used for passwords."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]

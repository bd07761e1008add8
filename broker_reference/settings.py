"""What the broker must be told: where cTrader is, who the broker is there, and its secrets."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


class InvalidSetting(ValueError):
    """A setting is unusable; the message names it and, unless it is a secret, its value."""


@dataclass(frozen=True)
class Settings:
    """Checked settings of one broker process.

    Names in the vendor's terms: `broker_crm_name` and `broker_name` are given by the vendor (section 2.3),
    `manager_*` are the back-office credentials of call 3.1, `crm_password` is the password of call 4.1,
    `success_url` the one URL that ends every screen flow (section 5.1), `app_url` where cTrader Web lives
    (section 5.6): by default the success URL without its last path segment. `webhook_authorization` is the value
    of the Authorization header that cTrader Invite was told to send (section C.1); without one the webhooks
    refuse everybody. `legal_name` is the legal entity's name, shown on every page (section 6.2); by default the
    broker's name. `mail_outbox` decides whether the mails the broker sends are shown on a page; by default they
    are if the broker listens on the loopback only. `clock_control` lets operators of tests move the clock.
    `password_cost` is what scrypt costs, a power of two: the default suits passwords of people, 1024 those that
    a test makes up.

    Raises InvalidSetting for an empty value or a URL that is not absolute http(s).
    """

    ctrader_url: str
    broker_crm_name: str
    broker_name: str
    manager_login: int
    group_name: str
    success_url: str
    manager_password: str = field(repr=False)
    crm_password: str = field(repr=False)
    environment_name: str = "demo"
    app_url: str = ""
    webhook_authorization: str = field(default="", repr=False)
    legal_name: str = ""
    mail_outbox: bool | None = None
    clock_control: bool = False
    password_cost: int = 32_768

    def __post_init__(self) -> None:
        for name in ("broker_crm_name", "broker_name", "group_name", "environment_name"):
            if not getattr(self, name).strip():
                raise InvalidSetting(f"{name} must not be empty")
        for name in ("manager_password", "crm_password"):
            if not getattr(self, name):
                raise InvalidSetting(f"{name} must not be empty")
        if not self.legal_name.strip():
            object.__setattr__(self, "legal_name", self.broker_name)
        if not self.app_url:
            object.__setattr__(self, "app_url", _without_last_segment(self.success_url))
        for name in ("ctrader_url", "success_url", "app_url"):
            value: str = getattr(self, name)
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise InvalidSetting(f"{name} must be an absolute http or https URL, not {value!r}")
        if self.password_cost < 1024 or self.password_cost.bit_count() != 1:
            raise InvalidSetting(f"password_cost must be a power of two from 1024, not {self.password_cost}")
        if self.manager_login <= 0:
            raise InvalidSetting(f"manager_login must be a positive integer, not {self.manager_login}")
        if self.webhook_authorization != self.webhook_authorization.strip() or not (
            self.webhook_authorization.isascii() and self.webhook_authorization.isprintable()
        ):
            raise InvalidSetting("webhook_authorization must be printable ASCII without blanks around it")

    @property
    def application_origins(self) -> list[str]:
        """Scheme, host and port of the application: its forms end there (`form-action` of a browser's policy), and
        it may show these screens in an iframe (`frame-ancestors`)."""
        parts = (urlsplit(url) for url in (self.success_url, self.app_url))
        return sorted({f"{part.scheme}://{part.netloc}" for part in parts})


def _without_last_segment(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').rpartition('/')[0]}"

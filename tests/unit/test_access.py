"""Who may use what is not the vendor's: names of the server, pages of other sites, the control token."""

import pytest

from mock_ctrader import ids
from mock_ctrader.access import Access, check_token, is_loopback
from mock_ctrader.errors import CTraderError

TOKEN = "a-control-token-of-many-letters"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "LOCALHOST.", "mock.localhost", "::1"])
def test_only_this_machine_reaches_a_loopback_host(host: str) -> None:
    assert is_loopback(host)
    assert check_token(host, None) is None


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.1.2.3", "mock.example", "localhost.example", "127.0.0.1.example"]
)
def test_another_host_needs_a_token(host: str) -> None:
    told = check_token(host, None)

    assert told is not None
    assert host in told
    # the token it proposes is one it takes, and another one each time
    assert check_token(host, told.split()[-1]) is None
    assert told != check_token(host, None)
    assert check_token(host, TOKEN) is None


@pytest.mark.parametrize("token", ["", "short", "a" * 21, "a" * 300, "a" * 30 + " b", "ä" * 30, "a" * 30 + "\n"])
def test_a_token_that_can_be_guessed_or_not_sent_is_refused_and_not_repeated(token: str) -> None:
    told = check_token("127.0.0.1", token)

    assert told is not None
    assert told.startswith("control_token: ")
    assert not token or token not in told


@pytest.mark.parametrize(
    ("access", "good", "bad"),
    [
        (
            Access("127.0.0.1"),
            ["127.0.0.1", "127.0.0.1:8080", "localhost:1", "[::1]:8080", "mock.localhost"],
            [
                "evil.example",
                "127.0.0.1.evil.example",
                "10.1.2.3",
                "",
                "[::1",
                "evil.example@127.0.0.1x",
                "localhost.evil",
            ],
        ),
        (
            Access("0.0.0.0"),
            ["0.0.0.0:8080", "10.1.2.3:8080", "[fe80::1]", "localhost"],
            ["evil.example", "10.1.2.3.evil"],
        ),
        (
            Access("mock.lan", ("Mock", "ci.example")),
            ["mock:8080", "MOCK.LAN", "ci.example:1"],
            ["ci.example.evil"],
        ),
    ],
)
def test_names_of_the_server(access: Access, good: list[str], bad: list[str]) -> None:
    for header in good:
        access.check_host(header)
    for header in bad:
        with pytest.raises(CTraderError, match="403 HOST_NOT_ALLOWED: Host: "):
            access.check_host(header)


def refused(method: str, origin: str | None, site: str | None) -> str:
    """The code of the refusal, "" if there is none."""
    try:
        Access("127.0.0.1").check_origin(method, "127.0.0.1:8080", origin, site)
    except CTraderError as refusal:
        return f"{refusal.status} {refusal.code}"
    return ""


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_asked_for_by_another_site_is_refused(method: str) -> None:
    assert not refused(method, None, None)  # a program
    assert not refused(method, "http://127.0.0.1:8080", "same-origin")
    assert not refused(method, None, "none")
    for origin in (
        "http://evil.example",
        "null",
        "http://127.0.0.1:9000",
        "http://[",
        "http://127.0.0.1:8080.evil",
    ):
        assert refused(method, origin, None) == "403 CROSS_SITE_REQUEST", origin
    for site in ("cross-site", "same-site", ""):
        assert refused(method, None, site) == "403 CROSS_SITE_REQUEST", site


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_left_to_the_browsers_own_rules(method: str) -> None:
    assert not refused(method, "http://evil.example", "cross-site")


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", f"Basic {TOKEN}", "Bearer nothing", f"Bearer {TOKEN}x", "Bearer é"]
)
def test_the_control_token_is_asked_for(authorization: str | None) -> None:
    with pytest.raises(CTraderError, match="401 CONTROL_TOKEN_REQUIRED"):
        Access("127.0.0.1", token=TOKEN).check_bearer(authorization)
    Access("127.0.0.1", token=TOKEN).check_bearer(f"bearer {TOKEN}")
    Access("127.0.0.1").check_bearer(authorization)  # a server without one asks for nothing


def test_what_the_browser_keeps_is_not_the_token() -> None:
    access, other = Access("127.0.0.1", token=TOKEN), Access("127.0.0.1", token=ids.random_token())

    assert access.passes(access.pass_value)
    assert TOKEN not in access.pass_value
    assert len(access.pass_value) == 64
    for cookie in (None, "", TOKEN, other.pass_value, "é"):
        assert not access.passes(cookie)
    assert Access("127.0.0.1").passes(None)
    assert not Access("127.0.0.1").opens("")

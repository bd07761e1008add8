"""Reading broker.toml."""

from datetime import date
from pathlib import Path

import pytest

from mock_ctrader.conformance.broker_file import read_broker_file
from mock_ctrader.flows import Level
from mock_ctrader.settings import SettingsError

BROKER = '[broker]\nname = "N"\nscreen_url = "http://127.0.0.1:9000/in"\ncrm_url = "http://127.0.0.1:9000/c/"\n'
LEAST = BROKER + "[adapter]\n"


def read(folder: Path, text: str, **environment: str):  # type: ignore[no-untyped-def]
    path = folder / "broker.toml"
    path.write_text(text, encoding="utf-8")
    return read_broker_file(path, environment)


def test_the_least(tmp_path: Path) -> None:
    file = read(tmp_path, LEAST)
    assert (file.name, file.crm_url, file.base_url) == ("N", "http://127.0.0.1:9000/c", "http://127.0.0.1:9000")
    assert file.levels == (Level.USER, Level.ACCOUNT)
    assert file.adapter == {"kind": "http"}
    assert (file.mock.host, file.mock.port, file.mock.sandbox) == ("127.0.0.1", 8080, {})
    assert (file.verify.plans, file.verify.flows, file.known_issues) == ((), (1, 2), ())


def test_everything(tmp_path: Path) -> None:
    text = BROKER + (
        'levels = ["account"]\n[mock]\nurl = "http://127.0.0.1:7000"\nbroker_names = ["n"]\nmanager_login = 7\n'
        'manager_password = "a${SECRET}b"\n[adapter]\nkind = "python"\nbase_url = "http://127.0.0.1:9001/x/"\n'
        '[verify]\nplans = ["attribution"]\nflows = [2]\npatience = 2\n'
        '[[known_issue]]\ncheck = "a/*"\nid = "N-1"\nreason = "r"\nexpires = 2026-12-31\n'
    )
    file = read(tmp_path, text, SECRET="s3")
    assert file.mock.port == 7000
    assert file.mock.sandbox == {"broker_names": ["n"], "manager_login": 7, "manager_password": "as3b"}
    assert file.base_url == "http://127.0.0.1:9001/x"
    assert (file.verify.plans, file.verify.flows, file.verify.patience) == (("attribution",), (2,), 2)
    assert file.levels == (Level.ACCOUNT,)
    assert file.known_issues[0].expires == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = [", "not TOML .*brackets that are closed"),
        ("[adapter]\n", r"the table \[broker\] is missing"),
        (BROKER, r"the table \[adapter\] is missing"),
        (LEAST + "[brokr]\n", "brokr is no key of broker.toml; did you mean broker"),
        (BROKER + 'screenurl = "x"\n[adapter]\n', "broker.screenurl is no key .* did you mean screen_url"),
        ('[broker]\nname = "N"\nscreen_url = "http://a/"\n[adapter]\n', "broker.crm_url is missing"),
        (LEAST.replace("http://127.0.0.1:9000/in", "/in"), "broker.screen_url must be an absolute URL.*got '/in'"),
        (LEAST + '[mock]\nmanager_login = "7"\n', "mock.manager_login must be an integer, got '7'"),
        (LEAST + "[mock]\ncrm_password = 12345\n", r"mock.crm_password must be a text, got \*\*\*"),
        (LEAST + "[mock]\nbroker_names = [1]\n", "mock.broker_names must be a list of str"),
        (
            LEAST + '[mock]\ngroup_name = "${NOT_SET}"\n',
            r"mock.group_name wants \$\{NOT_SET\}, but the environment",
        ),
        (LEAST + 'kind = "ftp"\n', "adapter.kind must be one of http, browser, python, manual, got 'ftp'"),
        (BROKER + 'levels = ["both"]\n[adapter]\n', "broker.levels must name user, account or both, got 'both'"),
        (BROKER + "levels = []\n[adapter]\n", r"broker.levels must name user, account or both, got \[\]"),
        (LEAST + '[verify]\nplans = ["all"]\n', "verify.plans must be among attribution, .*got 'all'"),
        (LEAST + "[mock]\nmanager_login = true\n", "mock.manager_login must be an integer, got True"),
        ("broker = 7\n[adapter]\n", "broker must be a table, got 7"),
        (LEAST + "[verify]\nflows = [3]\n", "verify.flows must be among 1, 2, got 3"),
        (LEAST + "[verify]\npatience = 0\n", "verify.patience must be more than 0"),
        (LEAST + '[[known_issue]]\ncheck = "a"\nid = "b"\n', "known_issue 1: reason is missing"),
        ("known_issue = [7]\n" + LEAST, "known_issue 1 must be a table, got 7"),
        (
            LEAST + '[[known_issue]]\ncheck = "a"\nid = "b"\nreason = "r"\nexpires = "2026-01-01"\n',
            "known_issue 1: expires must be a date, got '2026-01-01'",
        ),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        read(tmp_path, text)


def test_a_missing_file_tells_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="adapter init"):
        read_broker_file(tmp_path / "none.toml", {})

"""What an http adapter copes with, one oddity at a time."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_ctrader.conformance.adapter import (
    AdapterError,
    Misdeclared,
    NoIdentifier,
    NotOffered,
    Person,
    Referral,
    Surroundings,
    Unreachable,
)
from mock_ctrader.conformance.adapters import http as http_module
from mock_ctrader.conformance.adapters import listing, make_adapter
from mock_ctrader.conformance.adapters.http import HttpAdapter
from mock_ctrader.conformance.people import fresh_person
from mock_ctrader.conformance.trace import Trace
from mock_ctrader.flows import Level
from mock_ctrader.settings import SettingsError
from tests.foreign.odd_broker import EMAILS, SUCCESS, running

LOG_IN = (
    'headers = { X-Key = "{key}" }\nlog_in = { post = "/login", save = { key = "json:key", id = "json:id" } }\n'
)
ROWS = 'rows = "json:items", email = "json:email"'
PERSON = fresh_person("odd")
LEVEL = 'level_names = %s\nreferral_link = { open = "/contacts", partner_id = "css:td", level = "css:b" }'
Make = Callable[..., HttpAdapter]


@pytest.fixture(scope="module")
def odd() -> Iterator[tuple[str, list[Any]]]:
    with running() as broker:
        yield broker


@pytest.fixture
def seen(odd: tuple[str, list[Any]]) -> list[Any]:
    odd[1].clear()
    return odd[1]


@pytest.fixture
def make(odd: tuple[str, list[Any]], tmp_path: Path) -> Make:
    def made(text: str, base_url: str = odd[0]) -> HttpAdapter:
        known = {"user_id": "41", "login": "33"}
        surroundings = Surroundings(base_url, SUCCESS, lambda _: known, Trace(), patience=0.5)
        adapter = make_adapter(tomllib.loads(text), surroundings, tmp_path)
        assert isinstance(adapter, HttpAdapter)
        return adapter

    return made


@pytest.mark.parametrize(
    ("steps", "success"),
    [
        ('{ open = "/redirect" }', "?token=t1"),
        ('{ open = "/refresh" }', "?token=t1"),
        ('{ open = "/script" }', "?a=1&token=t1"),
        ('{ post = "/json/url", json = {} }', "?token=t1"),
        ('{ post = "/json/url", json = {}, success = "json:go[0]" }', "?token=t1"),
        ('{ post = "/json/token", json = {}, token = "json:ot" }', "?token=t1"),
        # the second step is not taken once the flow is over
        ('[{ open = "/redirect" }, { submit = { nothing = "x" } }]', "?token=t1"),
    ],
)
def test_the_ends_of_a_sign_up(make: Make, steps: str, success: str) -> None:
    assert make(f"sign_up = {steps}").sign_up(PERSON, "http://odd.example/") == SUCCESS + success


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ('{ open = "/idle" }', r"did not end on the success URL .*, but with 200 at .*/idle: Stay"),
        ('{ open = "/script-elsewhere" }', "did not end on the success URL"),
        ('{ open = "/nowhere" }', r"adapter.sign_up, step 1 \(open\): expected a status below 400, saw 404"),
        ('{ open = "/idle", expect = "/area" }', "expected to get to /area, saw 200 at"),
        ('{ open = "/idle", expect = { text = "Go" } }', "expected the text 'Go', saw 200"),
        ('{ open = "/idle", expect = 201 }', "expected the status 201, saw 200"),
        ('{ submit = { a = "b" } }', "no page is open yet"),
        (
            '[{ open = "/redirect-to-login" }, { submit = { phone = "1" } }]',
            "no form with the fields phone.*email",
        ),
        ('[{ open = "/idle" }, { click = "css:a.go" }]', "there is no link css:a.go@href"),
        ('{ open = "/idle", save = { x = "css:.x" } }', "save.x: css:.x finds nothing in 200"),
        ('{ open = "/a/{amount}" }', r"\{amount\} has no value here"),
        (
            '{ post = "/json/elsewhere", json = {}, success = "json:go[0]" }',
            r"did not end on the success URL \S+/success, but success json:go\[0\] finds http://app.example/app/odd/area",
        ),
    ],
)
def test_what_goes_wrong_is_told_with_what_was_seen(make: Make, steps: str, reason: str) -> None:
    with pytest.raises(AdapterError, match=reason):
        make(f"sign_up = {steps}").sign_up(PERSON, "http://odd.example/")


def test_nobody_there_is_unreachable(make: Make) -> None:
    with pytest.raises(Unreachable, match="ConnectionError"):
        make('sign_up = { open = "/" }', "http://127.0.0.1:1").sign_up(PERSON, "http://odd.example/")


@pytest.mark.parametrize(
    ("end", "ends"),
    [
        ('post = "/json/url", json = {}', True),
        ('post = "/json/url", json = {}, success = "json:go[0]"', True),
        ('post = "/json/token", json = {}, token = "json:ot"', True),
        ('post = "/json/token", json = {}', False),
        ('post = "/json/elsewhere", json = {}, success = "json:go[0]"', False),
    ],
)
def test_the_ends_of_an_action(make: Make, end: str, ends: bool) -> None:
    adapter = make(f"deposit = {{ {end} }}\nopen_account = {{ {end} }}")
    for act in (
        lambda: adapter.deposit(PERSON, "http://odd.example/?token=t0", "5"),
        lambda: adapter.open_account(PERSON, "http://odd.example/?token=t0"),
    ):
        if ends:
            act()
        else:
            with pytest.raises(AdapterError, match="did not end on the success URL"):
                act()


def test_a_second_screen_is_opened_in_the_same_browser_and_the_first_one_is_filled_in(
    make: Make, seen: list[Any], odd: tuple[str, list[Any]]
) -> None:
    steps = '[{ open = "{screen_url}" }, { post = "/csrf", json = {} }, { post = "/json/url", json = {} }]'
    adapter = make(f'csrf = {{ find = "css:meta@content", header = "X-CSRF" }}\nsign_up = {steps}')
    assert adapter.offers("sign_up_beside")
    ended = adapter.sign_up_beside(PERSON, f"{odd[0]}/csrf/meta", f"{odd[0]}/csrf/cookie")
    opened = [one["path"] for one in adapter.surroundings.trace.since(0) if one["method"] == "GET"]
    assert ended == f"{SUCCESS}?token=t1"
    assert [one.rpartition("/csrf/")[2] for one in opened] == ["meta", "cookie"]
    assert seen == [("c1", "c%201", odd[0]), {}]


def test_a_second_screen_leaves_the_token_in_the_cookie_that_both_share(
    make: Make, seen: list[Any], odd: tuple[str, list[Any]]
) -> None:
    steps = '[{ open = "{screen_url}" }, { post = "/csrf", json = {} }, { post = "/json/url", json = {} }]'
    adapter = make(f'csrf = {{ find = "cookie:XSRF-TOKEN", header = "X-CSRF" }}\nsign_up = {steps}')
    adapter.sign_up_beside(PERSON, f"{odd[0]}/idle", f"{odd[0]}/csrf/cookie")
    assert seen[0] == ("c 1", "c%201", odd[0])


@pytest.mark.parametrize("steps", ['{ post = "/json/url", json = {} }', '{ open = "{screen_url}" }'])
def test_no_second_screen_where_no_step_before_the_last_opens_the_first(make: Make, steps: str) -> None:
    adapter = make(f"sign_up = {steps}")
    assert not adapter.offers("sign_up_beside")
    with pytest.raises(NotOffered):
        adapter.sign_up_beside(PERSON, "http://odd.example/a", "http://odd.example/b")


@pytest.mark.parametrize(
    ("finders", "kind"),
    [
        ('partner_id = "css:.none", level = "css:b"', NoIdentifier),
        ('link = "css:a@href"', NoIdentifier),
        ('partner_id = "css:.none"', AdapterError),
        ('link = "css:.none", level = "css:i"', AdapterError),
    ],
)
def test_a_record_without_an_identifier_is_told_from_no_record(
    make: Make, finders: str, kind: type[AdapterError]
) -> None:
    adapter = make(f'level_names = {{ user = "PERSON" }}\nreferral_link = {{ open = "/contacts", {finders} }}')
    with pytest.raises(AdapterError) as problem:
        adapter.referral_link(PERSON)
    assert problem.type is kind


@pytest.mark.parametrize("shown", ["i***@example.net", "in•••ed@example.net", "mailto:i**d@example.net"])
def test_masked_addresses_are_the_file_s_trouble_and_not_the_broker_s(shown: str) -> None:
    with pytest.raises(Misdeclared, match="which is masked; people are told apart by their addresses"):
        Referral.shown(shown, None)
    assert Referral.shown("a.b_c@example.net", None).email == "a.b_c@example.net"


def test_json_is_typed_and_what_the_screen_lacks_is_left_out(make: Make, seen: list[Any]) -> None:
    adapter = make(
        'sign_up = { post = "/json/url", json = { n = 1, yes = true, user = "{user_id:int}", '
        'partnerId = "{query.partnerId}", lang = "{query.lang}", deep = { mail = "{email}" } } }'
    )
    adapter.sign_up(PERSON, "http://odd.example/?partnerId=%C3%A9+%2B1")
    assert seen == [{"n": 1, "yes": True, "user": 41, "partnerId": "é +1", "deep": {"mail": PERSON.email}}]
    sent = adapter.surroundings.trace.since(0)[-1]
    assert sent["details"]["request"]["body"]["partnerId"] == "é +1"


@pytest.mark.parametrize(
    ("find", "value"),
    [("css:meta[name=csrf-token]@content", "c1"), ("cookie:XSRF-TOKEN", "c 1"), ("json:csrf", "c1")],
)
def test_csrf_tokens_go_back_as_a_header(make: Make, seen: list[Any], find: str, value: str, odd: Any) -> None:
    where = "json" if find.startswith("json") else "meta"
    steps = f'register_client = [{{ open = "/csrf/{where}" }}, {{ post = "/csrf", json = {{}} }}]'
    make(f'csrf = {{ find = "{find}", header = "X-CSRF" }}\n{steps}').register_client(PERSON)
    assert seen == [(value, "c%201", odd[0])]


@pytest.mark.parametrize(
    ("declared", "pages"),
    [
        (f'{{ get = "/list/json?page={{page}}", {ROWS} }}', 4),
        (f'{{ get = "/list/missing-after?page={{page}}", {ROWS} }}', 4),
        (f'{{ get = "/list/json?page={{page}}", pages = "json:pages", {ROWS} }}', 4),
        (f'{{ get = "/list/json?page={{page}}", next = "json:more", {ROWS} }}', 4),
        (f'{{ get = "/list/json", query = {{ offset = "{{offset}}" }}, {ROWS} }}', 4),
        (f'{{ get = "/list/json?after={{cursor}}", next = "json:next", {ROWS} }}', 4),
        (f'{{ get = "/list/json", next = "json:url", {ROWS} }}', 4),
        (f'{{ get = "/list/ignores-page?page={{page}}", {ROWS} }}', 1),
        (f'{{ get = "/list/link-header", next = "header:Link", {ROWS} }}', 4),
        (f'{{ get = "/list/link-header?page={{page}}", next = "header:link", {ROWS} }}', 4),
        ('{ open = "/list/html", rows = "css:tr.row", email = "css:td", next = "css:a[rel=next]@href" }', 4),
        ('{ open = "/list/loops", rows = "css:tr.row", email = "css:td", next = "css:a[rel=next]@href" }', 4),
    ],
)
def test_all_pages_of_a_list(make: Make, declared: str, pages: int) -> None:
    adapter = make(f"{LOG_IN}referrals = {declared}")
    assert [one.email for one in adapter.referrals(PERSON)] == EMAILS
    assert adapter.pages_of_last_list() == pages
    assert not adapter.list_opens_without_login()


def test_a_page_that_fails_is_not_the_end_of_the_list(make: Make) -> None:
    with pytest.raises(AdapterError, match="saw 500"):
        make(f'{LOG_IN}referrals = {{ get = "/list/broken-second?page={{page}}", {ROWS} }}').referrals(PERSON)


@pytest.mark.parametrize(
    ("style", "rows", "is_open"),
    [
        ("login-page", 'rows = "css:tr.row", email = "css:td"', False),
        ("html", 'rows = "css:tr.row", email = "css:td"', False),
        ("html-open", 'rows = "css:tr.row", email = "css:td"', True),
        ("nobodys", 'rows = "css:tr.row", email = "css:td"', True),
        ("please", 'rows = "css:tr.row", email = "css:td"', False),
        ("empty", ROWS, False),
        ("refused", ROWS, False),
        ("json", ROWS, False),
        ("json-open", ROWS, True),
    ],
)
def test_a_list_that_opens_without_log_in(make: Make, style: str, rows: str, is_open: bool) -> None:
    adapter = make(f'{LOG_IN}referrals = {{ open = "/list/{style}", {rows} }}')
    adapter.referrals(PERSON)
    assert adapter.list_opens_without_login() is is_open


def test_a_log_in_does_not_carry_the_token_of_the_one_before(make: Make, seen: list[Any]) -> None:
    adapter = make(LOG_IN)
    adapter.log_in(PERSON)
    adapter.log_in(PERSON)
    assert seen == [None, None]


def test_a_stranger_has_no_credentials_in_the_address_either(make: Make) -> None:
    login = 'log_in = { post = "/login", save = { session_key = "json:key" } }\n'
    adapter = make(
        f'{login}referrals = {{ get = "/list/json", headers = {{ X-Key = "{{session_key}}" }}, {ROWS} }}'
    )
    adapter.referrals(PERSON)
    assert not adapter.list_opens_without_login()


def test_a_log_in_among_the_steps_of_the_list_does_not_open_it(make: Make) -> None:
    steps = f'[{{ post = "/login", fields = {{ p = "{{password}}" }} }}, {{ get = "/list/json", {ROWS} }}]'
    adapter = make(f"referrals = {steps}")
    assert len(adapter.referrals(PERSON)) == 2
    assert not adapter.list_opens_without_login()


@pytest.mark.parametrize(
    ("keys", "url", "partner_id"),
    [
        ('link = "json:link", id_in_link = "utm"', "https://odd.example/go/IB-1?utm=x", "x"),
        ('link = "json:link", id_in_link = "/"', "https://odd.example/go/IB-1?utm=x", "IB-1"),
        ('link = "json:link", partner_id = "json:id"', "https://odd.example/go/IB-1?utm=x", "IB-1"),
        ("partner_id = 're:IB-\\d'", "", "IB-1"),
    ],
)
def test_links_and_identifiers(make: Make, keys: str, url: str, partner_id: str) -> None:
    link = make(f'referral_link = {{ get = "/code", {keys} }}').referral_link(PERSON)
    assert (link.url, link.partner_id) == (url, partner_id)


def test_a_link_without_its_parameter_tells_which_there_are(make: Make) -> None:
    with pytest.raises(AdapterError, match=r"has no parameter partnerId, but the parameters utm; .* id_in_link"):
        make('referral_link = { get = "/code", link = "json:link" }').referral_link(PERSON)


@pytest.mark.parametrize(
    ("link", "reached"), [("in-the-mail", "/deep/reached?k=1"), ("beside", "/deep/reached?k=2")]
)
def test_a_link_of_a_page_leads_where_a_browser_would_go(
    make: Make, seen: list[Any], odd: Any, link: str, reached: str
) -> None:
    steps = f'reset_password = [{{ open = "{odd[0]}/deep/mail" }}, {{ click = "css:#{link}" }}]'
    make(steps, f"{odd[0]}/area").reset_password(PERSON, "new")
    assert seen == [reached]


def test_an_address_may_be_that_of_a_mailto_link(make: Make) -> None:
    listing = 'referrals = { open = "/contacts", rows = "css:tr", email = "css:a@href" }'
    assert [one.email for one in make(LOG_IN + listing).referrals(PERSON)] == ["m+0@example.net"]


@pytest.mark.parametrize(
    ("names", "level"), [('{ user = "person" }', "user"), ('{ account = "PERSON" }', "account")]
)
def test_a_level_is_read_by_its_name(make: Make, names: str, level: str) -> None:
    assert make(LEVEL % names).referral_link(PERSON).level == level


def test_a_level_that_has_no_name_is_a_fault_of_the_declaration(make: Make) -> None:
    with pytest.raises(Misdeclared, match="level finds 'PERSON', which is neither 'P' nor 'A' of level_names"):
        make(LEVEL % '{ user = "P", account = "A" }').referral_link(PERSON)


def test_cookies_hold_a_session_and_web_leads_away(make: Make) -> None:
    adapter = make('log_in = { post = "/login" }\nopen_web = { open = "/web" }')
    assert adapter.open_web(PERSON) == "http://app.example/app/odd/info?token=t1"


def test_steps_of_one_level(make: Make, seen: list[Any]) -> None:
    adapter = make(
        'level_names = { account = "ACC" }\nregister_partner = [{ post = "/json/url", json = { l = "{level}" } }, '
        '{ when = "account", post = "/json/token", json = { more = "{login}" } }]'
    )
    adapter.register_partner(PERSON, Level.USER)
    adapter.register_partner(PERSON, Level.ACCOUNT)
    assert seen == [{"l": "user"}, {"l": "ACC"}, {"more": "33"}]


def test_commands_and_mail(make: Make, tmp_path: Path) -> None:
    adapter = make(
        "advance_clock = { command = \"echo '{seconds}' > clock\" }\n"
        'reset_password = [{ mail = "{email}.txt", save = { reset = "re:http://\\\\S+" } }, { open = "{reset}" }]'
    )
    adapter.advance_clock(7)
    assert (tmp_path / "clock").read_text().strip() == "7"
    (tmp_path / f"{PERSON.email}.txt").write_text(
        f"Hello, {adapter.surroundings.base_url.replace('http', 'go http')}/idle"
    )
    adapter.reset_password(PERSON, "new")
    with pytest.raises(AdapterError, match=r"save\.reset"):
        adapter.reset_password(Person("x@example.net", "a", "b", "Pw-1"), "new")
    with pytest.raises(AdapterError, match="ended with code 3: no"):
        make('restart = { command = "echo no; exit 3" }').restart()


def test_what_is_not_declared_is_not_offered(make: Make) -> None:
    adapter = make('sign_up = { open = "/" }')
    assert adapter.offers("sign_up_client")
    assert not adapter.offers("list_opens_without_login")
    with pytest.raises(NotOffered):
        adapter.deposit(PERSON, "http://odd.example/", "1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('sign_upp = { open = "/" }', "adapter.sign_upp is no key .* did you mean sign_up"),
        ("sign_up = []", "adapter.sign_up has no step"),
        ('sign_up = "x"', r'adapter.sign_up, step 1 must be a table such as \{ open = "/login" \}'),
        ('sign_up = { opn = "/" }', "must do exactly one of open, submit"),
        ('sign_up = { open = "/", post = "/" }', "it has open and post"),
        ('sign_up = { open = "/", jsn = {} }', "step 1: jsn is no key"),
        ("sign_up = { submit = [] }", "submit must be a table of fields"),
        ('sign_up = { open = "/{emial}" }', r"nothing gives \{emial\} a value; did you mean email"),
        ('sign_up = { open = "/", when = "trader" }', "when must be user, account, or a finder"),
        ('sign_up = { open = "/", expect = { code = 1 } }', "expect.code is no key"),
        ('referrals = { open = "/", rows = "css:tr" }', "the last step lacks email"),
        ('referral_link = { open = "/" }', "the last step lacks link"),
        (
            'referrals = { open = "/", rows = "cookie:x", email = "css:a" }',
            "adapter.referrals.rows must be a finder",
        ),
        ('csrf = { find = "css:a" }', "adapter.csrf must have find"),
        ('headers = { A = "{tokn}" }', r"adapter.headers: nothing gives \{tokn\} a value"),
        ('level_names = { trader = "x" }', "adapter.level_names.trader is no key"),
        ('sign_up = { mail = "x" }', "mail needs save"),
    ],
)
def test_a_declaration_that_cannot_be_is_told(make: Make, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        make(text)


def test_a_log_in_that_fails_at_status_200_is_told(make: Make) -> None:
    referrals = f'referrals = {{ get = "/list/json", {ROWS} }}'
    with pytest.raises(AdapterError, match="ended on a page that asks for a password"):
        make(f'log_in = {{ open = "/redirect-to-login" }}\n{referrals}').referrals(PERSON)
    with pytest.raises(AdapterError, match="no list, but a log-in form"):
        make(referrals).referrals(PERSON)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        (
            '{ get = "/list/json", rows = "json:items", email = "json:mail" }',
            "email json:mail finds nothing in the row",
        ),
        (
            f'{{ get = "/list/json?page={{page}}", pages = "json:url", {ROWS} }}',
            "pages finds '/list/json.*no number of",
        ),
        (
            f'{{ get = "/list/json", next = "json:next", {ROWS} }}',
            "next finds 2, which is no address; if it is a cur",
        ),
        (f'{{ get = "/list/refused-open", expect = 401, {ROWS} }}', "expected the status 401, saw 200"),
        (f'{{ get = "/list/broken-second", next = "json:url", {ROWS} }}', "page 2 of the list: 500 at .*: oops"),
    ],
)
def test_a_list_that_cannot_be_read_tells_why(make: Make, declared: str, reason: str) -> None:
    with pytest.raises(AdapterError, match=reason):
        make(f"{LOG_IN}referrals = {declared}").referrals(PERSON)


def test_a_list_without_end_is_left(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_MOST_PAGES", 3)
    with pytest.raises(AdapterError, match="the list does not end: page 4 is 200 at"):
        make(f'{LOG_IN}referrals = {{ get = "/list/json", next = "json:url", {ROWS} }}').referrals(PERSON)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('referral_link = { open = "/", link = "css:a", id_in_link = 7 }', "id_in_link must be str, got 7"),
        (f'referrals = {{ open = "/", first_page = "1", {ROWS} }}', "first_page must be int, got '1'"),
        ('sign_up = { open = "/", query = "a=b" }', "query must be a table, got 'a=b'"),
        ('sign_up = { post = "/", fields = "a=b" }', "fields must be a table, got 'a=b'"),
        ('sign_up = { open = "/", expect = [200] }', r"expect must be a part of the URL, .*got \[200\]"),
        ('sign_up = { open = "/", expect = true }', "expect must be a part of the URL, .*got True"),
        ('sign_up = { open = "/", expect = { status = "200" } }', "expect.status must be int, got '200'"),
        ("headers = { A = 1 }", "adapter.headers must be a table of texts"),
        ('kind = "ftp"', "adapter.kind must be http, browser, python or manual, got 'ftp'"),
    ],
)
def test_a_declaration_of_the_wrong_kind_is_told(make: Make, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        make(text)


def test_a_mail_in_quoted_printable_is_read(make: Make, tmp_path: Path, seen: list[Any], odd: Any) -> None:
    steps = '[{ mail = "mail.txt", save = { reset = "re:http://\\\\S+" } }, { open = "{reset}" }]'
    (tmp_path / "mail.txt").write_text(
        "Content-Transfer-Encoding: quoted-printable\n\nOpen " + f"{odd[0]}/deep/rea=\nched?k=3D7"
    )
    make(f"reset_password = {steps}").reset_password(PERSON, "new")
    assert seen == ["/deep/reached?k=7"]


def test_web_is_where_the_page_says_or_nowhere(make: Make, odd: Any) -> None:
    web = 'open_web = {{ open = "/deep/mail", web = "css:{}@href" }}'
    assert make(web.format("#in-the-mail")).open_web(PERSON) == f"{odd[0]}/deep/reached?k=1"
    with pytest.raises(AdapterError, match=r"adapter.open_web did not lead away from the broker: 200 at"):
        make(web.format("#nowhere")).open_web(PERSON)


def test_a_restart_is_waited_for(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    restart = 'restart = { command = "true" }\nreset = { command = "true" }'
    make(restart).restart()
    make(restart).reset()
    monkeypatch.setattr(http_module, "_UP_SECONDS", 0.1)
    with pytest.raises(Unreachable):
        make(restart, "http://127.0.0.1:1").restart()


def test_an_action_may_end_on_a_page_of_the_brokers_own(make: Make) -> None:
    make('deposit = { open = "/contacts", expect = { text = "Level: PERSON" } }').deposit(PERSON, "http://x/", "5")
    with pytest.raises(AdapterError, match="expected the text 'Level: TRADER', saw 200"):
        make('deposit = { open = "/contacts", expect = { text = "Level: TRADER" } }').deposit(
            PERSON, "http://x/", "5"
        )


@pytest.mark.parametrize(
    ("declared", "act", "reason"),
    [
        (
            'advance_clock = { open = "/a/{email}" }',
            lambda adapter: adapter.advance_clock(1),
            r"\{email\} has no value here, because this is not about a person",
        ),
        (
            'change_partner_id = { open = "/a/{ctid_trader_account_id}" }',
            lambda adapter: adapter.change_partner_id(PERSON),
            f"cTrader knows no ctid_trader_account_id of {PERSON.email}",
        ),
        (
            'change_partner_id = { open = "/idle", headers = { X-Key = "{amount}" } }',
            lambda adapter: adapter.change_partner_id(PERSON),
            r"\{amount\} has no value here",
        ),
    ],
    ids=["no person", "unknown to cTrader", "a header"],
)
def test_a_value_that_is_not_there_is_told(
    make: Make, declared: str, act: Callable[[HttpAdapter], None], reason: str
) -> None:
    with pytest.raises(AdapterError, match=reason):
        act(make(f"{LOG_IN}{declared}"))


@pytest.mark.parametrize(
    ("address", "reached"), [("./reached?k=9", "/deep/reached?k=9"), ("deep/reached?k=8", "/deep/reached?k=8")]
)
def test_an_address_may_be_relative_to_the_page_or_to_the_broker(
    make: Make, seen: list[Any], address: str, reached: str
) -> None:
    steps = f'[{{ open = "/deep/mail" }}, {{ open = "{address}" }}]'
    make(f"reset_password = {steps}").reset_password(PERSON, "new")
    assert seen == [reached]


def test_a_link_whose_path_is_empty_has_no_last_segment(make: Make) -> None:
    with pytest.raises(NoIdentifier, match="has no path whose last segment is an identifier"):
        make('referral_link = { open = "/deep/root", link = "css:a@href", id_in_link = "/" }').referral_link(
            PERSON
        )

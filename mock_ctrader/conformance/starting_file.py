"""The starting broker.toml that `mock-ctrader adapter init` writes, one for each kind of adapter."""

_HEAD = """\
# broker.toml: how mock-ctrader verifies your broker. All keys: docs/broker-toml.md
# Then: mock-ctrader adapter check --config broker.toml

[broker]
name = "Northwind"
screen_url = "http://127.0.0.1:9000/auth/login"   # your login/signup screen (section 7.1)
crm_url = "http://127.0.0.1:9000"                 # base of your calls 4.1-4.5 (7.2); a path prefix is fine
levels = ["user", "account"]                      # where your partner programme attaches identifiers

[mock]   # what your broker is configured with; the harness runs the mock with these values
url = "http://127.0.0.1:8080"                     # where your broker sends the calls 3.x
broker_crm_name = "NORTHWINDCRM"
broker_names = ["northwind"]
manager_login = 4410
manager_password = "secret"                       # or "${NORTHWIND_PASSWORD}", from the environment
crm_password = "secret"                           # the password of call 4.1
success_url = "http://127.0.0.1:8080/app/northwind/success"

"""
_BODIES = {
    "http": """\
[adapter]   # your broker's verbs: each is a step, or a list of steps
kind = "http"

# Forms: open a page, then say what a person types and ticks. Hidden fields, CSRF tokens and cookies go along.
sign_up = [
  { open = "{screen_url}" },
  { submit = { email = "{email}", password = "{password}", first_name = "{first_name}", terms = true } },
  # { submit = { currency = "EUR" } },            # a second page, if there is one
]
log_in = [
  { open = "/login" },
  { submit = { email = "{email}", password = "{password}" }, expect = "/area" },
]
register_client = [                               # on the website, without the application (flow 2)
  { open = "/register" },
  { submit = { email = "{email}", password = "{password}", first_name = "{first_name}" } },
]
register_partner = [{ open = "/area/partner" }, { submit = { level = "{level}" } }]
referral_link = { open = "/area/partner", link = "css:a.referral@href" }

[adapter.referrals]
open = "/area/referrals"
rows = "css:table tbody tr"
email = "css:td:nth-child(1)"
next = "css:a[rel=next]@href"

# A JSON API instead: post, get, put ... with json, and what is saved from an answer.
# headers = { Authorization = "Bearer {token}" }              (in [adapter])
# [adapter.log_in]
# post = "/api/login"
# json = { email = "{email}", password = "{password}" }
# save = { token = "json:token" }
# [adapter.referrals]
# get = "/api/referrals?page={page}"
# rows = "json:items"
# email = "json:email"
""",
    "browser": """\
[adapter]   # your broker's verbs in a real Chromium: each is a list of steps with CSS selectors
kind = "browser"

sign_up = [
  { open = "{screen_url}" },
  { fill = { "#email" = "{email}", "#password" = "{password}" }, check = "#terms", click = "button[type=submit]" },
  # { select = { "#currency" = "EUR" }, click = "button[type=submit]" },       # a second page, if there is one
]
log_in = [
  { open = "/login" },
  { fill = { "#email" = "{email}", "#password" = "{password}" }, click = "button[type=submit]", expect = "/area" },
]
register_client = [                               # on the website, without the application (flow 2)
  { open = "/register" },
  { fill = { "#email" = "{email}", "#password" = "{password}" }, click = "button[type=submit]", expect = "/area" },
]
register_partner = [
  { open = "/area/partner" },
  { check = "[name=level][value={level}]", click = "button[type=submit]" },
]
referral_link = { open = "/area/partner", link = "a.referral@href" }   # id_in_link = "/", if it is in the path

[adapter.referrals]
open = "/area/referrals"
rows = "table tbody tr"
email = "td:nth-child(1)"
next = "a[rel=next]"                              # what is clicked
""",
    "python": """\
[adapter]
kind = "python"
# A class of your own in a module beside this file (my_adapter.py), derived from
# mock_ctrader.conformance.adapter.Adapter: one method for each verb your broker has.
class = "my_adapter:NorthwindAdapter"
""",
    "manual": """\
[adapter]
kind = "manual"   # you act, the harness watches and ticks the stages off
""",
}
_TAIL = """
[verify]
patience = 5.0                                    # seconds to wait for what your broker does by itself

[screens]
languages = ["en"]                                # two-letter codes your login/signup screen speaks
"""


def starting_file(kind: str) -> str:
    """The text of a starting file for a kind of adapter: http, browser, python or manual."""
    return _HEAD + _BODIES[kind] + _TAIL

"""The values that the features name in words."""

import json
from typing import Any

from tests.features.scene import UNKNOWN_ID, Scene
from tests.support import md5

_FIXED: dict[str, Any] = {
    "an empty text": "",
    "a blank text": "   ",
    "a text of 1 character": "x",
    "a text of 255 characters": "x" * 255,
    "a text of 256 characters": "x" * 256,
    "a text of 255 emoji": "\U0001f600" * 255,
    "a text with a line break": "one\ntwo",
    "a text with a NUL": "one\x00two",
    "a text with half a character": "one\ud800two",
    "nothing": None,
    "an integer": 7,
    "a negative integer": -1,
    "zero": 0,
    "a number beyond 64 bits": 2**63,
    "a list": ["IB-2"],
    "an object": {"partnerId": "IB-2"},
    "an unknown id": UNKNOWN_ID,
    "the hash of another text": md5("another text"),
}


def value_of(words: str, scene: Scene) -> Any:
    """What the words stand for: a named value, or JSON as it stands."""
    if words in _FIXED:
        return _FIXED[words]
    sandbox = scene.broker.sandbox
    user_id = scene.people["Ines"].user_id if "Ines" in scene.people else None
    email = scene.people["Ines"].email if "Ines" in scene.people else ""
    of_the_scene = {
        "the brokerCrmName in lower case": sandbox["brokerCrmName"].lower(),
        "the brokerCrmName with a space": sandbox["brokerCrmName"] + " ",
        "the brokerName in lower case": sandbox["brokerNames"][0].lower(),
        "the manager's login as a text": str(sandbox["managerLogin"]),
        "the hash in upper case": md5(sandbox["managerPassword"]).upper(),
        "the password itself": sandbox["managerPassword"],
        "the address of Ines": email,
        "the address of Ines in upper case": email.upper(),
        "the address of Rui": scene.people["Rui"].email if "Rui" in scene.people else "",
        "the userId as a float": float(user_id or 0),
        "the userId with a fraction": f"{user_id}.0",
        "the userId with a sign": f"+{user_id}",
        "the userId with a space": f" {user_id}",
    }
    return of_the_scene[words] if words in of_the_scene else json.loads(words)

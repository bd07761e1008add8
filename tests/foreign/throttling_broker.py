"""Quayside Markets behind a limit: of the requests to one place two of three, all, or the nth alone, are 429."""

import itertools

from flask import Response, request

from tests.foreign import forms_broker

_PLACE, _RETRY_AFTER = forms_broker.ENV["THROTTLED"], forms_broker.ENV["RETRY_AFTER"]
_NTH = int(forms_broker.ENV.get("NTH", 0))
_count = itertools.count()


@forms_broker.app.before_request
def throttle() -> Response | None:
    if f"{request.method} {request.path}" != _PLACE:
        return None
    number = next(_count)
    if number + 1 != _NTH if _NTH else _RETRY_AFTER == "0" and number % 3 == 2:
        return None
    if not _RETRY_AFTER:
        return Response("<p role=alert>not you</p>", 403)
    return Response("<p role=alert>slow down</p>", 429, {"Retry-After": _RETRY_AFTER})


if __name__ == "__main__":
    forms_broker.main()

"""Whether crm_url is a CRM's at all: where nothing of it is there, no verdict would say anything of the broker."""

from mock_ctrader.conformance.crm_client import PATHS, CrmAnswer, CrmClient

# what a server says of an address that it does not have
_NOWHERE = (404, 405)
_ELSEWHERE = range(300, 400)
_OTHERS = {"4.2": {"code": "x"}, "4.3": {"accessToken": "x"}, "4.4": {"userId": 1}}


def crm_url_problem(crm: CrmClient) -> str | None:
    """Why crm_url cannot be that of calls 4.1 to 4.5; None if it may well be.

    The right password is asked with first. A CRM that lacks this one call is still known by the others, which must
    refuse a call without crmApiToken (section 4): only an address at which none of them is there is a wrong one.

    Raises: Unreachable: nothing answers there.
    """
    first = crm.authenticate()
    if not _nothing_there(first) or not all(_nothing_there(crm.ask(call, body)) for call, body in _OTHERS.items()):
        return None
    what = "a page" if first.is_page else "a redirect" if first.status in _ELSEWHERE else "nothing to be found"
    return (
        f"broker.crm_url looks wrong, for none of the calls 4.1 to 4.4 is there: POST {crm.base}{PATHS['4.1']} is "
        f"answered {first.status}, {what}. Either let crm_url be the address that stands before "
        f"{PATHS['4.1']}, prefix included, or let your broker serve the calls there"
    )


def _nothing_there(answer: CrmAnswer) -> bool:
    return answer.status in (*_NOWHERE, *_ELSEWHERE) or answer.is_page

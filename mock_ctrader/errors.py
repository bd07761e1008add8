"""The documented errors of calls 3.x: one constructor each, naming its source.

Status and code follow section 9 of the vendor's document where it gives them; the pairing of the remaining
codes with statuses is our ruling (E-1, E-2, E-11), because the vendor publishes codes without statuses.
"""


class CTraderError(Exception):
    """A refusal as cTrader words it: HTTP status, `errorCode` and a description naming field and value."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(f"{status} {code}: {description}")
        self.status = status
        self.code = code
        self.description = description

    def envelope(self) -> dict[str, dict[str, str]]:
        """The nested error body observed in client code (E-2)."""
        return {"error": {"errorCode": self.code, "description": self.description}}


def invalid_request(description: str) -> CTraderError:
    """Missing or malformed key, or ids that do not belong together: section 9, E-3, E-9, E-11."""
    return CTraderError(400, "INVALID_REQUEST", description)


def email_exists(email: str, key: str = "email") -> CTraderError:
    """Calls 3.2 and 3.10 for a known address: code from client code, status by E-19."""
    return CTraderError(400, "CH_EMAIL_ALREADY_EXISTS", f"{key}: a user with {email!r} already exists")


def not_enough_money(login: int, held: int, asked: int) -> CTraderError:
    """A withdrawal of more than there is: code from the WebServices documents, status by section 9's table."""
    return CTraderError(
        400, "NOT_ENOUGH_MONEY", f"preciseAmount: trader {login} has {held} units, {asked} were to be withdrawn"
    )


def bad_amount(key: str, description: str) -> CTraderError:
    """An amount that cannot be booked: code from the WebServices documents, status by section 9's table."""
    return CTraderError(400, "CHANGE_BALANCE_BAD_AMOUNT", f"{key}: {description}")


def frequency_exceeded(limit: int) -> CTraderError:
    """The hourly number is used up: code from the WebServices documents, status by E-17."""
    return CTraderError(
        429, "REQUEST_FREQUENCY_EXCEEDED", f"token: more than {limit} requests in this hour; GET is not limited"
    )


def plant_invalid(broker_name: str, known: list[str]) -> CTraderError:
    """`brokerName` is not on this plant: WebServices error codes."""
    return CTraderError(
        400,
        "CH_PLANT_INVALID",
        f"brokerName: {broker_name!r} is not on this plant, which has {', '.join(known)}",
    )


def already_linked(login: int) -> CTraderError:
    """The trading account has a user already: meaning from the WebServices documents, name ours (section 3.4)."""
    return CTraderError(
        400, "CH_TRADER_ACCOUNT_ALREADY_LINKED", f"traderLogin: trader {login} is already linked to a user"
    )


def wrong_password(login: int) -> CTraderError:
    """`traderPasswordHash` is not that of the account: code documented in WS, use here ours (section 3.4)."""
    return CTraderError(
        400, "WRONG_PASSWORD", f"traderPasswordHash: not the MD5 of the password of trader {login}"
    )


def token_refused() -> CTraderError:
    """Query parameter `token` missing or unknown: E-1. The value is a secret and is not repeated."""
    return CTraderError(401, "CH_CLIENT_AUTH_FAILURE", "token: missing, or not a manager token issued by call 3.1")


def manager_refused(login: object) -> CTraderError:
    """Call 3.1 with wrong credentials: section 3.1, mirror of the documented rule for 4.1."""
    return CTraderError(
        403, "CH_CLIENT_AUTH_FAILURE", f"login or hashedPassword: no manager {login!r} with this password"
    )


def insufficient_permissions(disabled: list[str], manager_login: int) -> CTraderError:
    """A broker of this CRM is disabled for the manager: section 9, E-11."""
    return CTraderError(
        403,
        "CH_INSUFFICIENT_PERMISSIONS",
        f"brokerCrmName: manager {manager_login} has {', '.join(disabled)} in manager.disabledBrokerName",
    )


def broker_not_found(asked: str, here: str) -> CTraderError:
    """Unknown `brokerCrmName`: code from WS, status by E-11."""
    return CTraderError(404, "CH_BROKER_NOT_FOUND", f"brokerCrmName was {asked!r}; this manager's CRM is {here!r}")


def user_not_found(user_id: int) -> CTraderError:
    """Unknown `userId`: code and the first words as seen in client code, status by section 3.6."""
    return CTraderError(404, "ENTITY_NOT_FOUND", f"Can't find user with id={user_id} (userId)")


def account_not_found(ctid_trader_account_id: int) -> CTraderError:
    """Unknown `ctidTraderAccountId`: section 9's table."""
    return CTraderError(
        404,
        "ENTITY_NOT_FOUND",
        f"Can't find trader account with id={ctid_trader_account_id} (ctidTraderAccountId)",
    )


def trader_not_found(login: int, key: str = "traderLogin") -> CTraderError:
    """Unknown `login` or `traderLogin`: WebServices error codes."""
    return CTraderError(404, "TRADER_NOT_FOUND", f"{key}: can't find trader with login={login}")


def group_not_found(group_name: str, known: str) -> CTraderError:
    """Unknown `groupName`: WebServices error codes."""
    return CTraderError(
        404, "TRADER_GROUP_NOT_FOUND", f"groupName: no group {group_name!r}; this plant has {known!r}"
    )


def environment_not_found(name: str, known: list[str]) -> CTraderError:
    """Unknown `environmentName`: meaning from WS, name ours (section 3.4)."""
    return CTraderError(
        404, "CH_ENVIRONMENT_NOT_FOUND", f"environmentName: {name!r} is none of {', '.join(known)}"
    )


# Errors of our own control API, which cTrader does not have.


def sandbox_not_found(sandbox_id: str) -> CTraderError:
    """No such sandbox on this server."""
    return CTraderError(404, "SANDBOX_NOT_FOUND", f"sandboxId: no sandbox {sandbox_id!r}")


def sandbox_conflict(key: str, value: object, owner: str) -> CTraderError:
    """A value that tells sandboxes apart is in use."""
    return CTraderError(
        409,
        "SANDBOX_CONFLICT",
        f"{key}: {value!r} is in use by sandbox {owner}; choose another or delete that sandbox",
    )


def delivery_not_found(delivery_id: str) -> CTraderError:
    """No such webhook delivery in this sandbox."""
    return CTraderError(404, "DELIVERY_NOT_FOUND", f"deliveryId: no delivery {delivery_id!r}")


def fault_not_found(fault_id: str) -> CTraderError:
    """No such fault in this sandbox."""
    return CTraderError(404, "FAULT_NOT_FOUND", f"faultId: no fault {fault_id!r}")


def journey_not_found(journey_id: str) -> CTraderError:
    """No such journey in this sandbox."""
    return CTraderError(404, "JOURNEY_NOT_FOUND", f"journeyId: no journey {journey_id!r}")


def clock_too_far(milliseconds: int, furthest: int) -> CTraderError:
    """The clock of a sandbox would be too far ahead of the machine's."""
    description = f"milliseconds: the clock can be {furthest} ahead at most, got {milliseconds} more"
    return CTraderError(409, "CLOCK_CONFLICT", description)


def event_not_found(seq: int) -> CTraderError:
    """No such event in this sandbox's journal: it never was, or it is no longer kept."""
    return CTraderError(404, "EVENT_NOT_FOUND", f"seq: no event {seq} in the journal")


def action_not_found(action: str) -> CTraderError:
    """The inspector has no such form."""
    return CTraderError(404, "ACTION_NOT_FOUND", f"action: no action {action!r}")

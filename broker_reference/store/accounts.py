"""Trading accounts: what calls 3.3 and 3.4 answered, so that a broken-off flow goes on where it stopped."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from broker_reference.store.schema import accounts


@dataclass(frozen=True)
class Account:
    """One trading account. `ctid_trader_account_id` is the id of its link to the user (call 3.4)."""

    id: int
    login: int
    environment_name: str
    password_md5: str | None
    ctid_trader_account_id: int | None
    linked_at: int | None

    @property
    def linked(self) -> bool:
        """The account is linked to its user."""
        return self.linked_at is not None


_COLUMNS = (
    accounts.c.id,
    accounts.c.login,
    accounts.c.environment_name,
    accounts.c.password_md5,
    accounts.c.ctid_trader_account_id,
    accounts.c.linked_at,
)


def first_submit(client_id: int) -> str:
    """Return what stands for the submit of user creation, of which a client has one (section 5.3 stage 9)."""
    return f"first-{client_id}"


def of_client(connection: Connection, client_id: int) -> Account | None:
    """Return the client's first account, linked or not."""
    return opened_by(connection, client_id, first_submit(client_id))


def opened_by(connection: Connection, client_id: int, submit: str) -> Account | None:
    """Return the client's account that one submit has opened, linked or not."""
    row = connection.execute(
        select(*_COLUMNS).where(accounts.c.client == client_id, accounts.c.opened_by == submit)
    ).one_or_none()
    return None if row is None else Account(**row._mapping)


def linked_of_client(connection: Connection, client_id: int) -> list[Account]:
    """Return the client's accounts that are linked to the user, the first one first."""
    rows = connection.execute(
        select(*_COLUMNS)
        .where(accounts.c.client == client_id, accounts.c.linked_at.is_not(None))
        .order_by(accounts.c.id)
    )
    return [Account(**row._mapping) for row in rows]


def add(
    connection: Connection,
    client_id: int,
    *,
    opened_by: str,
    login: int,
    environment_name: str,
    password_md5: str,
    now: int,
) -> None:
    """Store an account that call 3.3 has created for one submit."""
    connection.execute(
        insert(accounts).values(
            client=client_id,
            opened_by=opened_by,
            login=login,
            environment_name=environment_name,
            password_md5=password_md5,
            opened_at=now,
        )
    )


def mark_linked(connection: Connection, account_id: int, ctid_trader_account_id: int | None, now: int) -> None:
    """Store what call 3.4 answered and forget the account's password hash, which has no further use."""
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(ctid_trader_account_id=ctid_trader_account_id, linked_at=now, password_md5=None)
    )

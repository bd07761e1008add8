"""People that several plans need: somebody who signed up, a partner with a link."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_bdd import given

from mock_ctrader.conformance.adapter import AdapterError, NotOffered, Unjudgeable
from mock_ctrader.conformance.drive import Bench
from mock_ctrader.conformance.findings import Findings
from mock_ctrader.conformance.scene import Member, Scene


@pytest.fixture(scope="session")
def scene(bench: Bench) -> Scene:
    """The application, the broker and people in front of them."""
    return Scene(bench)


@contextmanager
def needed(findings: Findings, what: str) -> Iterator[None]:
    """What a scenario only starts from: if the broker cannot do it, the scenario is blocked, not failed."""
    try:
        yield
    except (NotOffered, Unjudgeable):
        raise
    except AdapterError as problem:
        findings.block(what, str(problem))


@given("a user who has just signed up", target_fixture="member")
def fresh_user(scene: Scene, findings: Findings) -> Member:
    """The success URL with its one-time token is not opened yet."""
    with needed(findings, "sign-up"):
        return scene.sign_up(finish=False)


@given("two users who have just signed up", target_fixture="members")
def two_fresh_users(scene: Scene, findings: Findings) -> list[Member]:
    """As above, twice."""
    with needed(findings, "sign-up"):
        return [scene.sign_up(finish=False) for _ in range(2)]


@given("a user who has signed up to stay logged in", target_fixture="member")
def signed_up_user(scene: Scene, findings: Findings) -> Member:
    """Signed in to the application."""
    with needed(findings, "sign-up"):
        return scene.sign_up()


@given("a user who is a partner of the broker", target_fixture="partner")
@given("a partner with a link", target_fixture="partner")
def partner_with_link(scene: Scene, findings: Findings) -> Member:
    """The link is the application's and carries the partnerId."""
    with needed(findings, "partner"):
        return scene.partner()


@given("another partner with a link", target_fixture="other_partner")
def other_partner_with_link(scene: Scene, findings: Findings) -> Member:
    """Somebody else."""
    with needed(findings, "partner"):
        return scene.partner()


@given("two partners with a link each", target_fixture="partners")
def two_partners(scene: Scene, findings: Findings) -> list[Member]:
    """Two people, two links."""
    with needed(findings, "partner"):
        return [scene.partner() for _ in range(2)]


@given("a person who signed up by the link", target_fixture="member")
def invited_person(scene: Scene, partner: Member, findings: Findings) -> Member:
    """Attributed to the partner and listed."""
    with needed(findings, "sign-up"):
        member = scene.sign_up(link=partner.link)
    if scene.times_listed(partner, member) != [1]:
        findings.block("attribution", "the person is not in the partner's list to begin with")
    return member

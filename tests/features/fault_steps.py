"""Steps of planted faults."""

from pytest_bdd import given, parsers, then

from tests.features.scene import Scene
from tests.support import TIMEOUT


@given(parsers.re(r"the next call (?P<call>3\.\d+) fails (?P<phase>before|after) it is handled"))
def plant_an_answer(scene: Scene, call: str, phase: str) -> None:
    planted = scene.control.http.post(
        f"{scene.control.url}/sandboxes/{scene.broker.sandbox['id']}/faults",
        json={"call": call, "kind": "answer", "status": 503, "phase": phase},
        timeout=TIMEOUT,
    )
    assert planted.status_code == 201, planted.text


@then("Ines has a partnerId")
def has_a_partner_id(scene: Scene) -> None:
    assert scene.partner_id_of("Ines") is not None


@then(parsers.re(r"the journal tells of a planted fault that was (?P<missed>not )?applied"))
def journal_tells_of_a_fault(scene: Scene, missed: str | None) -> None:
    events = scene.control.events(scene.broker.sandbox["id"])
    told = [event["details"]["fault"] for event in events if "fault" in event["details"]]
    assert [(one["kind"], one["applied"]) for one in told] == [("answer", missed is None)]

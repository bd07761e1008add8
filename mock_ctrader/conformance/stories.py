"""What was played, told for the reports: one file per journey, since workers are processes of their own."""

import json
from pathlib import Path
from typing import Any

from mock_ctrader.conformance.played import Library, Played


def journey_event(played: Played) -> dict[str, Any]:
    """A journey as an event of the run's stream, with the journal events that show it."""
    wanted = {seq for stage in played.journey["stages"] for seq in stage["events"]}
    return {
        "type": "journey",
        "flow": played.journey["flow"],
        "level": played.level,
        "partner_id": played.journey["partnerId"],
        "stages": played.journey["stages"],
        "events": [event for seq, event in sorted(played.events.items()) if seq in wanted],
    }


def keep_journeys(library: Library, folder: Path) -> None:
    """Write what was played into a folder."""
    for played in library.all():
        name = f"journey-{played.journey['flow']}-{played.level}.json"
        (folder / name).write_text(json.dumps(journey_event(played)), encoding="utf-8")


def kept_journeys(folder: Path) -> list[dict[str, Any]]:
    """Read what `keep_journeys` wrote, by flow and level."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("journey-*.json"))]

"""Reports: every one is made from a run's stream of events, and from nothing else."""

EVENTS_FILE = "events.ndjson"
FILES = {"html": "report.html", "junit": "junit.xml", "cucumber": "cucumber.json", "markdown": "summary.md"}
"""The formats of reports, and the file that each is written to."""

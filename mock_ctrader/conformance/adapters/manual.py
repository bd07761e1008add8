"""The manual adapter: a person acts on the broker, the harness watches the journal and asks what it cannot see.

It has no verbs. The flow is played by `mock_ctrader.conformance.manual.ManualDrive`; plans that need verbs are
skipped.
"""

from functools import cached_property
from typing import Any

from mock_ctrader.conformance.adapter import Adapter, Surroundings
from mock_ctrader.conformance.broker_file import check_key
from mock_ctrader.conformance.dialogue import Dialogue, TerminalDialogue

_KEYS = ("kind", "base_url")


class ManualAdapter(Adapter):
    """Somebody at a terminal. `ended` is set once that person wants no more."""

    def __init__(
        self, table: dict[str, Any], surroundings: Surroundings, dialogue: Dialogue | None = None
    ) -> None:
        """Args: table: `[adapter]`. dialogue: with whom; default: whoever sits at the terminal.

        Raises: SettingsError: the table has a key that this kind does not know.
        """
        super().__init__(surroundings)
        for key in table:
            check_key(key, _KEYS, "adapter.")
        self._given = dialogue
        self.ended = False

    @cached_property
    def dialogue(self) -> Dialogue:
        """With whom. Raises: SettingsError: nobody sits there."""
        return self._given or TerminalDialogue()

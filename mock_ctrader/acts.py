"""What people do in the cTrader application: the acts it journals and the journeys read.

The real application speaks a proprietary protocol (section 5.3 stage 15, E-23), so these acts are ours.
"""

from enum import StrEnum


class Act(StrEnum):
    """One kind of act; its value stands in the event's details under `act`."""

    NEW_CTID_ASKED = "new_ctid_asked"
    SCREEN_OPENED = "screen_opened"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    PARTNER_ID_LEARNED = "partner_id_learned"
    ACTION_STARTED = "action_started"
    LOG_OUT_NOT_TOLD = "log_out_not_told"
    LINK_ASKED = "link_asked"
    LINK_BUILT = "link_built"
    LINK_SHOWN = "link_shown"
    LINK_CLICKED = "link_clicked"


TITLES = {
    Act.NEW_CTID_ASKED: "asks to create a new cTID",
    Act.SCREEN_OPENED: "opens the broker's login/signup screen",
    Act.SIGNED_IN: "is signed in",
    Act.SIGN_IN_FAILED: "could not be signed in",
    Act.PARTNER_ID_LEARNED: "learns the partnerId",
    Act.ACTION_STARTED: "opens the broker's screen of an InApp action",
    Act.LOG_OUT_NOT_TOLD: "is logged out, but the CRM could not be told",
    Act.LINK_ASKED: "asks for a link",
    Act.LINK_BUILT: "builds the link",
    Act.LINK_SHOWN: "shows the link",
    Act.LINK_CLICKED: "opens a link",
}

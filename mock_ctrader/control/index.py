"""The page at the server's root: where to go from here."""

from flask import Blueprint, Response, render_template

from mock_ctrader.control.service import Control
from mock_ctrader.sandboxes import app_url


def blueprint(control: Control) -> Blueprint:
    """One page that lists the sandboxes with their applications; it shows no secret."""
    pages = Blueprint("index", __name__, template_folder="templates")

    @pages.get("/")
    def index() -> Response:
        sandboxes = [
            (sandbox, [(name, app_url(control.base_url, name)) for name in sandbox.broker_names])
            for sandbox in control.all()
        ]
        return Response(render_template("index.html", sandboxes=sandboxes, base_url=control.base_url))

    return pages

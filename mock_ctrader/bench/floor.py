"""Our floor: the same Flask and the same granian with the same settings, and an answer that never changes."""

import sys

from flask import Flask, Response

from mock_ctrader.serving import serve_wsgi


def floor_app() -> Flask:
    """Calls 3.6 and 3.7 as constants."""
    app = Flask("floor")

    @app.route("/cid/oauth2/ctid/referral", methods=["PUT", "GET"])
    def constant() -> Response:
        return Response('{"userId": 51362648}', content_type="application/json")

    return app


if __name__ == "__main__":
    serve_wsgi("mock_ctrader.bench.floor:floor_app", "127.0.0.1", int(sys.argv[1])).serve()

"""A small county, and programs that stand where the services do."""

import sys

COUNTY = """
code: "620102"
name: {zh: 城关区, en: Chengguan}
divisions: [{code: "620102001000", name: 酒泉路街道, kind: street}]
systems: [{name: grid, title: 网格}]
scope: {categories: [roads]}
"""
STAND_IN = """
import http.server, os, signal, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(os.environ["YISHI_PORT"])), Health).serve_forever()
"""


def silent(_: str) -> None:
    """Tell nobody."""


def stand_in(_: str) -> list[str]:
    """Tell how a stand-in is run."""
    return [sys.executable, "-c", STAND_IN]

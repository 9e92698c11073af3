"""A faithful Strava on loopback, for the demo, the tests and anyone without a public address.

Not affiliated with Strava. `World` is the state, `create_sandbox` the Flask app on it, `serve_sandbox` puts
it on a port. It knows nothing of the service.
"""

from integrations.strava.sandbox.app import create_sandbox
from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.command import main
from integrations.strava.sandbox.history import load_history
from integrations.strava.sandbox.limits import Limits
from integrations.strava.sandbox.presets import PRESETS, finish
from integrations.strava.sandbox.runners import synthetic_runner
from integrations.strava.sandbox.server import SandboxServer, serve_sandbox
from integrations.strava.sandbox.world import World

__all__ = [
    "PRESETS",
    "Athlete",
    "Limits",
    "SandboxServer",
    "World",
    "create_sandbox",
    "finish",
    "load_history",
    "main",
    "serve_sandbox",
    "synthetic_runner",
]

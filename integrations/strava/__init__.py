"""Strava behind the service's ports."""

from integrations.strava.client import StravaSource
from integrations.strava.hook import StravaHook

__all__ = ["StravaHook", "StravaSource"]

"""The push subscription: where it points, and making, showing and ending it."""

from service.bootstrap import read_keys, wire
from service.pipeline.watch import hook_url, start_watching, stop_watching
from service.settings import Settings, read_settings


def url() -> str:
    settings = read_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return hook_url(settings.url, read_keys(settings))


def subscribe() -> str:
    settings = _configured()
    tools = wire(settings)
    subscription_id = start_watching(tools)
    return (
        f"subscription {subscription_id} points at {hook_url(settings.url, tools.keys)}\n"
        "Set AFTERRUN_POLL_MINUTES=0 to stop polling."
    )


def view() -> str:
    held = wire(_configured()).hooks.current()
    return f"subscription {held.id} points at {held.callback_url}" if held else "no subscription"


def delete() -> str:
    ended = stop_watching(wire(_configured()))
    return f"subscription {ended} ended" if ended else "there was no subscription"


def _configured() -> Settings:
    settings = read_settings()
    settings.require_strava()
    return settings

"""What the dashboard weighs on the wire in all, compressed, at the first visit."""

from bench.browser import wire_bytes
from bench.full_cache import ten_years
from bench.promise import Measured, at_most

ASKED_KB = 60.0


def measure() -> Measured:
    with ten_years(kept=False) as home:
        found = wire_bytes(home.client, "/progress", home.cookie)
    parts = ", ".join(
        f"{path.rpartition('/')[2]} {size / 1000:.1f}"
        for path, size in sorted(found.items(), key=lambda part: -part[1])[:5]
    )
    detail = f"{len(found)} files with gzip; {parts} kB"
    return at_most("dashboard_bytes", sum(found.values()) / 1000, "kB", ASKED_KB, detail)

"""The sandbox on a port of this machine."""

import logging
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

from waitress.server import create_server

from integrations.strava.sandbox.app import create_sandbox
from integrations.strava.sandbox.world import World

THREADS = 12  # hanging answers hold one each

log = logging.getLogger(__name__)


class SandboxServer:
    """A running sandbox; also a context manager that stops it."""

    def __init__(self, world: World, host: str, port: int) -> None:
        self.world = world
        listener = socket.create_server((host, port))
        self.port = int(listener.getsockname()[1])
        self._server: Any = create_server(
            create_sandbox(world),
            sockets=[listener],
            threads=THREADS,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._run, name="sandbox-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and everything open. Harmless to repeat."""
        self.world.close()
        if self._thread.is_alive():
            # An answer on its way out may have the loop close everything before we pull: the trigger is gone.
            with suppress(OSError):
                self._server.trigger.pull_trigger(self._close_sockets)
            self._thread.join(timeout=5)

    def __enter__(self) -> "SandboxServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        self._server.run()
        self._server.task_dispatcher.shutdown(timeout=2)

    def _close_sockets(self) -> None:
        """Runs in the server's own thread, whose loop ends when nothing is open any more."""
        self._server.asyncore.close_all(self._server._map)


def serve_sandbox(world: World, host: str = "127.0.0.1", port: int = 0) -> SandboxServer:
    """Start the sandbox in a thread; port 0 takes a free one. Raises OSError if the port is taken."""
    server = SandboxServer(world, host, port)
    log.info("sandbox listens on %s", server.url)
    return server

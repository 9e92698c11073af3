"""Many keep-alive connections that each send one request after the other, with as little of our own time as
Python allows.
"""

import socket
from collections.abc import Callable
from threading import Barrier, Thread
from time import perf_counter

HOST = "127.0.0.1"
LENGTH = b"content-length:"


def post(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def send(port: int, connections: int, seconds: float, make: Callable[[], bytes]) -> list[float]:
    """Seconds from each request to its answer. Raises RuntimeError where one is not a 200."""
    latencies: list[list[float]] = [[] for _ in range(connections)]
    refused: list[str] = []
    together = Barrier(connections)

    def work(mine: list[float]) -> None:
        with socket.create_connection((HOST, port), timeout=10) as wire:
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            together.wait()
            until = perf_counter() + seconds
            while (began := perf_counter()) < until and not refused:
                wire.sendall(make())
                status = _answer(wire)
                mine.append(perf_counter() - began)
                if b" 200 " not in status:
                    refused.append(status.decode(errors="replace"))

    threads = [Thread(target=work, args=(mine,), daemon=True) for mine in latencies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=seconds + 15)
    if refused:
        raise RuntimeError(f"not answered with 200: {refused[0]}")
    return [latency for mine in latencies for latency in mine]


def _answer(wire: socket.socket) -> bytes:
    """The status line; the rest is read and left."""
    content = b""
    while b"\r\n\r\n" not in content:
        content += _more(wire)
    head, _, rest = content.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    missing = next((int(line[len(LENGTH) :]) for line in lines if line.startswith(LENGTH)), 0) - len(rest)
    while missing > 0:
        missing -= len(_more(wire))
    return head.split(b"\r\n")[0]


def _more(wire: socket.socket) -> bytes:
    received = wire.recv(65_536)
    if not received:
        raise RuntimeError("the connection was closed")
    return received

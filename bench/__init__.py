"""What the product promises, measured: ``./run bench [NAME ...] [--json FILE]``. Loopback only."""

"""The runner's own files as a way in."""

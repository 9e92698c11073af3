"""The pipeline over a recorded past: its own steps, on a clock that is set from due moment to due moment."""

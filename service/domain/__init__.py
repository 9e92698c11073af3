"""What a run, a day, a week and a session are. Pure: values in, values out; no I/O, clock or framework."""

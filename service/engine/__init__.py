"""What carries the work: drain one athlete's rows, and the clock that finds who has some."""

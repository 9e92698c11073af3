"""Afterrun: a strength routine for runners, asked for when it fits."""

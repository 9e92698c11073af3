"""Exercise figures: one skeleton, posed, projected and drawn as SVG. Pure: no files, no clock."""

from service.web.figures.draw import figure, mirrors
from service.web.figures.frames import Frames, frames
from service.web.figures.scenes import SCENES

__all__ = ["SCENES", "Frames", "figure", "frames", "mirrors"]

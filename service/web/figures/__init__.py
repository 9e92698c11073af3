"""Exercise figures: one skeleton, posed, projected and drawn as SVG. Pure: no files, no clock."""

from service.web.figures.draw import figure
from service.web.figures.scenes import SCENES

__all__ = ["SCENES", "figure"]

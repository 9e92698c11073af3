"""The body as a list of parts, from back to front, for each view."""

from dataclasses import dataclass

from service.web.figures.model import FOOT, FOREARM, SHANK, THIGH, TRUNK, UPPER_ARM


@dataclass(frozen=True, slots=True)
class Part:
    """Outlines laid along the line from one joint to another, back to front."""

    start: str
    end: str
    outlines: tuple[tuple[str, str], ...]  # (name in SHAPES, paint)
    length: float | None = None  # of the bone; None: the outline only turns, it is never shortened


Parts = tuple[Part, ...]


def _arm(side: str, skin: str, sleeve: str) -> Parts:
    shoulder, elbow, wrist = f"{side}shoulder", f"{side}elbow", f"{side}wrist"
    return (
        Part(shoulder, elbow, (("upper-arm", skin),), UPPER_ARM),
        Part(elbow, wrist, (("forearm", skin),), FOREARM),
        Part(shoulder, elbow, (("sleeve", sleeve),), UPPER_ARM),
    )


def _thigh(side: str, view: str, *outlines: tuple[str, str]) -> Part:
    seen = tuple((f"{name}-{view}", paint) for name, paint in outlines)
    return Part(f"{side}hip", f"{side}knee", seen, THIGH)


def _shank(side: str, view: str, skin: str) -> Part:
    return Part(f"{side}knee", f"{side}ankle", ((f"shank-{view}", skin),), SHANK)


def _head(view: str, neck: str, *, bun: bool = True) -> Part:
    face = (("neck", "neck"), ("head", "skin"), ("hair", "hair"), ("band", "band"))
    outlines = (("bun", "hair"), *face) if bun else face
    return Part(neck, "crown", tuple((f"{name}-{view}", paint) for name, paint in outlines))


def _trunk(view: str, hip: str, shoulder: str) -> Part:
    return Part(hip, shoulder, ((f"trunk-{view}", "tee"), (f"pelvis-{view}", "shorts")), TRUNK)


def _shoe(view: str, ankle: str, toe: str, paint: str) -> Part:
    return Part(ankle, toe, ((f"shoe-{view}", paint), (f"sole-{view}", "sole")))


def _cuff(band: str) -> Parts:
    """A band above the knees seen from the side."""
    return (Part("hip", "knee", ((f"cuff-{band}", f"{band}-band"),), THIGH),) if band else ()


def _ribbon(band: str) -> Parts:
    """A band above the knees across both thighs, the longer the farther they part."""
    return (Part("band_low", "band_high", ((f"ribbon-{band}", f"{band}-band"),), 1.0),) if band else ()


_NEAR_ARM = _arm("", "skin", "sleeve")
_FAR_ARM = _arm("far_", "skin-far", "sleeve-far")
_FREE_LEG_SIDE = (
    _shoe("side", "free_ankle", "free_toe", "shoe-far"),
    _shank("free_", "side", "skin-far"),
    _thigh("free_", "side", ("thigh", "skin-far"), ("shorts", "shorts-far")),
)
_WORKING_LEG_SIDE = (
    _shoe("side", "ankle", "toe", "shoe"),
    _shank("", "side", "skin"),
    _thigh("", "side", ("thigh", "skin")),
)
_SHORTS_SIDE = _thigh("", "side", ("shorts", "shorts"))

UPRIGHT_SIDE: Parts = (
    *_FAR_ARM,
    *_FREE_LEG_SIDE,
    *_WORKING_LEG_SIDE,
    _head("side", "shoulder"),
    _trunk("side", "hip", "shoulder"),
    _SHORTS_SIDE,
    *_NEAR_ARM,
)


def on_back(band: str = "") -> Parts:
    return (
        *_FREE_LEG_SIDE,
        _head("side", "nape", bun=False),
        *_WORKING_LEG_SIDE,
        *_cuff(band),
        _trunk("side", "hip", "shoulder"),
        _SHORTS_SIDE,
        *_NEAR_ARM,
    )


def on_side(band: str = "") -> Parts:
    return (
        *_FAR_ARM[:2],
        Part("free_ankle", "free_toe", (("foot-oblique", "shoe-far"),), FOOT),
        _shank("free_", "front", "skin-far"),
        _thigh("free_", "front", ("thigh", "skin-far"), ("shorts", "shorts-far")),
        _head("front", "chest"),
        _trunk("front", "pelvis", "chest"),
        Part("ankle", "toe", (("foot-oblique", "shoe"),), FOOT),
        _shank("", "front", "skin"),
        _thigh("", "front", ("thigh", "skin"), ("shorts", "shorts")),
        *_ribbon(band),
        *_NEAR_ARM,
    )


def upright_front(*, far_hand_in_front: bool = False, band: str = "") -> Parts:
    return (
        *(() if far_hand_in_front else _FAR_ARM),
        _shoe("front", "free_sole", "free_toe", "shoe-far"),
        _shank("free_", "front", "skin-far"),
        _thigh("free_", "front", ("thigh", "skin-far"), ("shorts", "shorts-far")),
        _shoe("front", "sole", "toe", "shoe"),
        _shank("", "front", "skin"),
        _thigh("", "front", ("thigh", "skin")),
        *_ribbon(band),
        _head("front", "chest"),
        _thigh("", "front", ("shorts", "shorts")),
        _trunk("front", "pelvis", "chest"),
        *(_FAR_ARM if far_hand_in_front else ()),
        *_NEAR_ARM,
    )

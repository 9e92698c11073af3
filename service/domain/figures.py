"""The figures of a runner that judgements rest on, each as a sentence with its numbers."""

from service.domain.activity import Reason
from service.domain.form import Form
from service.domain.told import NO_OFFSETS


def figures(form: Form) -> tuple[Reason, ...]:
    """As of the last run asked about. What is not known yet has no sentence."""
    top = form.heart_max
    found = [Reason("figure.runs", 0.0, {"runs": float(form.runs)})]
    facts: dict[str, float | str] = {"heart_max_bpm": top.bpm, "runs": float(top.runs)}
    found.append(Reason(f"figure.heart_max_{top.source}", 0.0, facts))
    if top.spiky:
        found.append(Reason("figure.spiky"))
    if form.quick_mps and form.usual_mps:
        paces = {"quick_s_per_km": 1000 / form.quick_mps, "usual_s_per_km": 1000 / form.usual_mps}
        found.append(Reason("figure.paces", 0.0, {**paces}))
    if form.usual_minutes:
        facts = {"usual_minutes": form.usual_minutes, "longest_minutes": form.longest_minutes}
        found.append(Reason("figure.minutes", 0.0, facts))
    if form.usual_score is not None:
        found.append(Reason("figure.score", 0.0, {"score": form.usual_score}))
    return (*found, *_moved(form))


def _moved(form: Form) -> list[Reason]:
    """Limits that the runner's corrections moved."""
    own, offsets = form.rules.effort, form.told.offsets
    found = []
    if offsets.pace_share != NO_OFFSETS.pace_share:
        facts = {
            "limit_share": own.pace.centre_share + offsets.pace_share,
            "own_share": own.pace.centre_share,
        }
        found.append(Reason("figure.moved_pace", 0.0, facts))
    if offsets.heart_share != NO_OFFSETS.heart_share:
        facts = {
            "limit_share": own.heart.centre_share + offsets.heart_share,
            "own_share": own.heart.centre_share,
        }
        found.append(Reason("figure.moved_heart", 0.0, facts))
    return found

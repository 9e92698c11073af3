"""The result of a played session comes in as JSON: at once, or days later, or twice."""

from flask import jsonify, request, url_for
from flask.typing import ResponseReturnValue

from service.pipeline.results import ResultRefused, store_result
from service.ports import Lane
from service.web import tongue
from service.web.door import tools, wake


def take(athlete_id: int, session_id: int) -> ResponseReturnValue:
    """What asking again would not change is told in one sentence, for the runner."""
    words = tongue.words()
    try:
        with tools().store.write() as session:
            body = request.get_json(silent=True)
            stored = store_result(session, tools(), athlete_id, session_id, body)
    except ResultRefused as refused:
        return jsonify(error=words(refused.key, **refused.facts)), 422
    except LookupError:
        return gone()
    wake()(athlete_id, Lane.LIVE)
    return jsonify(state=stored.state, today_url=url_for("today.show"))


def gone() -> ResponseReturnValue:
    return jsonify(error=tongue.words()("player.refused")), 404

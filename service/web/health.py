"""Is it alive: for whoever watches the process."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from service.store import athletes
from service.store.database import StoreUnavailable
from service.web.door import tools, web

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    try:
        with tools().store.read() as store:
            athletes.has_owner(store)
        engine = dict(web().engine_health())
    except (StoreUnavailable, SQLAlchemyError):  # the second: a file that is no database any more
        return jsonify(ok=False, db="not readable", engine=None), 503
    return jsonify(ok=True, db="ok", engine=engine)

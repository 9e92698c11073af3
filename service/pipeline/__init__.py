"""What happens to an activity, one file per arrow: receive, ingest or refresh, classify, plan, prompt,
deliver, log, amend, upload.
"""

from collections.abc import Mapping

from service.pipeline.amend import amend
from service.pipeline.classify import classify
from service.pipeline.deliver import deliver
from service.pipeline.ingest import follow_athlete_event, ingest
from service.pipeline.plan import plan
from service.pipeline.prompt import prompt
from service.pipeline.refresh import read_page
from service.pipeline.tools import Handler
from service.pipeline.upload import upload

HANDLERS: Mapping[str, Handler] = {
    "activity": ingest,
    "athlete_event": follow_athlete_event,
    "list": read_page,
    "classify": classify,
    "plan": plan,
    "prompt": prompt,
    "deliver": deliver,
    "amend": amend,
    "upload": upload,
}

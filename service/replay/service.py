"""One runner's own service: wired as bootstrap does, in memory, with a recorded past in place of Strava."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.fernet import Fernet

from integrations.files.past import NoSubscriptions, NoUploads, RecordedPast
from service.bootstrap import read_rules, read_words_and_routine
from service.domain.routine import Routine
from service.keys import Keys
from service.pipeline.connect import CONSENT_VERSION, SCOPES, complete
from service.pipeline.tools import Rules, Tools
from service.ports import Message
from service.store import prompts, schema
from service.store.database import Store
from service.words import Words

IN_MEMORY = "sqlite://"
NOWHERE = "http://afterrun.invalid"  # of links that nobody follows


@dataclass
class SetClock:
    """Stands still until it is set; never goes back."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at.astimezone(UTC)

    def set(self, at: datetime) -> None:
        self.at = max(self.at, at)


@dataclass
class Phone:
    """A Channel that only tells whether it has rung."""

    rung: int = field(default=0)

    def send(self, message: Message) -> str:
        self.rung += 1
        return ""

    def change(self, handle: str, message: Message) -> None:
        """Never asked for: there is no handle."""

    def picked_up(self) -> bool:
        """Whether it has rung since it was last asked."""
        rung, self.rung = self.rung, 0
        return rung > 0


def wire_past(past: RecordedPast, clock: SetClock, phone: Phone, settle: timedelta) -> Tools:
    """The caller closes the store."""
    rules, words, routine = _config()
    store = Store(IN_MEMORY, remembers=True)
    schema.bring_up_to_date(store)
    return Tools(
        store=store,
        keys=Keys([Fernet.generate_key().decode()]),
        clock=clock,
        source=past,
        uploads=NoUploads(),
        hooks=NoSubscriptions(),
        open_channel=lambda _kind, _address: phone,
        rules=rules,
        routine=routine,
        words=words,
        public_url=NOWHERE,
        settle=settle,
    )


@lru_cache
def _config() -> tuple[Rules, Words, Routine]:
    words, routine = read_words_and_routine()
    return read_rules(), words, routine


def join(tools: Tools) -> int:
    """Connect, with a channel to be asked over; the account's number."""
    arrival = complete(
        tools,
        code="recorded",
        scope=",".join(SCOPES),
        signed_in_as=None,
        may_create=True,
        timezone="UTC",
        consent_version=CONSENT_VERSION,
    )
    with tools.store.write() as session:
        prompts.add_channel(
            session,
            tools.keys,
            athlete_id=arrival.athlete_id,
            kind="phone",
            label="phone",
            address="phone",
            now=tools.clock(),
        )
    return arrival.athlete_id

"""Put a service together as bootstrap does, but with what a test hands in."""

from datetime import timedelta

from service.bootstrap import read_rules, read_words_and_routine
from service.keys import Keys
from service.pipeline.tools import Tools
from service.ports import ActivitySource, Channel, Clock, HookSubscriptions
from service.store.database import Store
from service.store.tables import Base
from tests.fakes import FakeUploads

KEY = "0123456789abcdef0123456789abcdef0123456789A="  # 32 bytes, for tests only


def a_store(url: str) -> Store:
    store = Store(url)
    Base.metadata.create_all(store.engine)
    return store


def make_tools(
    store: Store, *, clock: Clock, source: ActivitySource, channel: Channel, hooks: HookSubscriptions
) -> Tools:
    words, routine = read_words_and_routine()
    return Tools(
        store=store,
        keys=Keys([KEY]),
        clock=clock,
        source=source,
        uploads=FakeUploads(),
        hooks=hooks,
        open_channel=lambda _kind, _address: channel,
        rules=read_rules(),
        routine=routine,
        words=words,
        public_url="http://afterrun.test",
        settle=timedelta(seconds=90),
    )

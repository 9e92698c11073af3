"""What every step of the pipeline may use; wired once, in bootstrap."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from service.domain.adherence import AdherenceRules
from service.domain.asking import AskRules
from service.domain.fitness import ScreeningRules
from service.domain.mileage import MileageRules
from service.domain.pain import PainRules
from service.domain.planner import PlanRules
from service.domain.play import ResultRules
from service.domain.progression import ProgressionRules
from service.domain.prompting import PromptRules
from service.domain.questions import QuestionRules
from service.domain.reconcile import ReconcileRules
from service.domain.routine import DoseRules, Routine
from service.domain.rules import Rules as EffortRules
from service.keys import Keys
from service.ports import ActivitySource, Channel, Clock, HookSubscriptions, StrengthUploads
from service.store.database import Store
from service.store.work import Job
from service.words import Words


@dataclass(frozen=True, slots=True)
class Rules:
    """config/rules.toml, parsed."""

    effort: EffortRules
    plan: PlanRules
    prompt: PromptRules
    ask: AskRules
    question: QuestionRules
    reconcile: ReconcileRules
    dose: DoseRules
    screening: ScreeningRules
    progression: ProgressionRules
    result: ResultRules
    adherence: AdherenceRules
    mileage: MileageRules
    pain: PainRules


@dataclass(frozen=True, slots=True)
class Tools:
    store: Store
    keys: Keys
    clock: Clock
    source: ActivitySource
    uploads: StrengthUploads
    hooks: HookSubscriptions
    open_channel: Callable[[str, str], Channel]  # (kind, address); raises DeliveryError for a bad address
    rules: Rules
    routine: Routine
    words: Words
    public_url: str  # without a slash at the end
    settle: timedelta  # how long an event rests before it is read: the record grows for a minute or two


# A handler looks and calls first, outside any transaction, and returns what to write.
# The engine runs that in one transaction with the row's own end, so both happen or neither.
Commit = Callable[[Session], None]
Handler = Callable[[Job, Tools], Commit]


def nothing(_session: Session) -> None:
    """The Commit of a handler that found nothing to write."""

"""What would follow if a version came into force, for the kinds whose consequences lie with contacts and deals."""

from leads.consequences import (
    definitions,
    funnel,
    personas,
    procedures,
    published,
    responsibilities,
    rules,
    statuses,
    terms,
)
from lifecycle.consequences import provide, provide_followed
from lifecycle.funnel import provide as provide_obstacle
from lifecycle.funnel import provide_counting


def provide_consequences() -> None:
    provide("funnel", funnel.consequences)
    provide_obstacle(funnel.in_the_way)
    provide_counting(funnel.standing)
    provide("stage", definitions.consequences)
    provide_followed("stage", published.followed)
    provide("status", statuses.consequences)
    provide("rule", rules.consequences)
    provide("term", terms.consequences)
    provide("persona", personas.consequences)
    provide("procedure", procedures.consequences)
    provide("responsibility", responsibilities.consequences)

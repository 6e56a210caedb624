"""What would follow if a version came into force, for the kinds whose consequences lie with contacts and deals."""

from leads.consequences import definitions, personas, procedures, responsibilities, rules, statuses, terms
from lifecycle.consequences import provide


def provide_consequences() -> None:
    provide("stage", definitions.consequences)
    provide("status", statuses.consequences)
    provide("rule", rules.consequences)
    provide("term", terms.consequences)
    provide("persona", personas.consequences)
    provide("procedure", procedures.consequences)
    provide("responsibility", responsibilities.consequences)

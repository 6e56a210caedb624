"""The glossary of a new installation: every stage, status and figure on the screen, and the words between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from accounts.models import Side
from lifecycle.keys import DealStageKey, FigureKey, StageKey, StatusKey

MARKETING, SALES = Side.MARKETING.value, Side.SALES.value


@dataclass(frozen=True)
class DefaultTerm:
    """One entry; `covers` is the stage, status or figure whose label on the screen it explains."""

    slug: str
    name_en: str
    name_fr: str
    sentence_en: str
    sentence_fr: str
    covers: str = ""
    side: str = ""
    formula: str = ""
    formula_fr: str = ""
    synonyms: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()


def _stage(
    key: str,
    side: str,
    name: tuple[str, str],
    sentence: tuple[str, str],
    *,
    synonyms: tuple[str, ...] = (),
    forbidden: tuple[str, ...] = (),
) -> DefaultTerm:
    slug = name[0].lower().replace(" ", "-")
    covers = f"stage:{key}"
    return DefaultTerm(slug, *name, *sentence, covers, side, synonyms=synonyms, forbidden=forbidden)


def _status(key: str, name: tuple[str, str], sentence: tuple[str, str]) -> DefaultTerm:
    slug = "status-" + key.replace("_", "-")
    return DefaultTerm(slug, *name, *sentence, covers=f"status:{key}", side=SALES)


def _deal(key: str, name: tuple[str, str], sentence: tuple[str, str]) -> DefaultTerm:
    return DefaultTerm(f"deal-{key}", *name, *sentence, covers=f"deal:{key}", side=SALES)


def _figure(
    key: str,
    name: tuple[str, str],
    sentence: tuple[str, str],
    formula: tuple[str, str],
    *,
    side: str = "",
    synonyms: tuple[str, ...] = (),
) -> DefaultTerm:
    slug, about = key.replace("_", "-"), f"kpi:{key}"
    english, french = formula
    return DefaultTerm(
        slug, *name, *sentence, about, side, synonyms=synonyms, formula=english, formula_fr=french
    )


STAGES: Final = (
    _stage(
        StageKey.SUBSCRIBER,
        MARKETING,
        ("Subscriber", "Inscrit"),
        (
            "A contact of whom little more than the e-mail address is known.",
            "Un contact dont on ne connaît guère que l’adresse e-mail.",
        ),
    ),
    _stage(
        StageKey.LEAD,
        MARKETING,
        ("Lead", "Lead"),
        (
            "A contact whose name, e-mail and company are known, given by the person or by a named source.",
            "Un contact dont on connaît le nom, l’e-mail et la société, donnés par la personne ou par une source "
            "identifiée.",
        ),
        forbidden=("prospect",),
    ),
    _stage(
        StageKey.MARKETING_QUALIFIED,
        MARKETING,
        ("Marketing qualified lead", "Lead qualifié par le marketing (MQL)"),
        (
            "A contact that fits our target and shows by its behaviour that it is ready to talk to sales.",
            "Un contact qui correspond à notre cible et dont le comportement montre qu’il est prêt à parler aux "
            "ventes.",
        ),
        synonyms=("MQL",),
        forbidden=("hot lead", "prospect chaud"),
    ),
    _stage(
        StageKey.SALES_QUALIFIED,
        SALES,
        ("Sales qualified lead", "Lead qualifié par les ventes (SQL)"),
        (
            "A contact accepted by sales, reached in a two-way exchange, whose answers to budget, authority, need "
            "and timing are known well enough to name a project.",
            "Un contact accepté par les ventes, joint dans un vrai échange, dont on connaît assez le budget, la "
            "décision, le besoin et l’échéance pour nommer un projet.",
        ),
        synonyms=("SQL",),
        forbidden=("hot lead", "prospect chaud"),
    ),
    _stage(
        StageKey.OPPORTUNITY,
        SALES,
        ("Opportunity", "Opportunité"),
        (
            "A contact to whom a quote was sent for a deal that is still open. An SQL has a project; an opportunity "
            "has our price for it.",
            "Un contact à qui un devis est parti pour une affaire encore en cours. Un SQL a un projet ; une "
            "opportunité a notre prix pour ce projet.",
        ),
    ),
    _stage(
        StageKey.CUSTOMER,
        SALES,
        ("Customer", "Client"),
        ("A contact with whom a deal is won.", "Un contact avec qui une affaire est gagnée."),
    ),
    _stage(
        StageKey.PROMOTER,
        SALES,
        ("Promoter", "Ambassadeur"),
        (
            "A customer who would recommend us: 9 or 10 at the last NPS survey.",
            "Un client qui nous recommanderait : 9 ou 10 à la dernière enquête NPS.",
        ),
    ),
)

STATUSES: Final = (
    _status(
        StatusKey.NEW,
        ("New", "Nouveau"),
        ("Nobody has done anything yet.", "Personne n’a encore rien entrepris."),
    ),
    _status(
        StatusKey.IN_PROGRESS,
        ("In progress", "En cours"),
        (
            "Somebody is at work: a call, a message or a meeting has taken place.",
            "Quelqu’un s’en occupe : un appel, un message ou un rendez-vous a eu lieu.",
        ),
    ),
    _status(
        StatusKey.UNQUALIFIED,
        ("Unqualified", "Hors cible"),
        (
            "Out of our target, for the reason given; erased later as the rulebook says.",
            "En dehors de notre cible, pour le motif donné ; effacé plus tard selon le règlement.",
        ),
    ),
    _status(
        StatusKey.BAD_TIMING,
        ("Bad timing", "Mauvais moment"),
        (
            "Qualified and spoken to, but not now; comes back on the day noted.",
            "Qualifié et joint, mais pas maintenant ; revient au jour noté.",
        ),
    ),
    _status(
        StatusKey.GONE_DARK,
        ("Gone dark", "Sans réponse"),
        (
            "Silent after the number of attempts that the contract asks for.",
            "Sans nouvelles après le nombre de tentatives que le contrat demande.",
        ),
    ),
    _status(
        StatusKey.LOST,
        ("Lost", "Perdu"),
        ("Said no, for the reason given.", "A dit non, pour le motif donné."),
    ),
)

DEALS: Final = (
    _deal(
        DealStageKey.QUALIFIED,
        ("Qualified deal", "Affaire qualifiée"),
        (
            "A project is named, with somebody who decides; no quote has been sent.",
            "Un projet est nommé, avec une personne qui décide\u202f; aucun devis n’est parti.",
        ),
    ),
    _deal(
        DealStageKey.QUOTE,
        ("Quote sent", "Devis envoyé"),
        (
            "The first quote is with the customer; the day it was sent stays on record.",
            "Le premier devis est chez le client\u202f; le jour de son envoi reste noté.",
        ),
    ),
    _deal(
        DealStageKey.NEGOTIATION,
        ("Negotiation", "Négociation"),
        (
            "Price or terms are talked about; a quote may be sent again without going back.",
            "Le prix ou les conditions se discutent\u202f; un devis peut repartir sans retour en arrière.",
        ),
    ),
    _deal(
        DealStageKey.WON,
        ("Deal won", "Affaire gagnée"),
        (
            "The customer has signed; its amount counts as revenue on the day it was closed.",
            "Le client a signé\u202f; le montant compte dans le chiffre d’affaires au jour de la clôture.",
        ),
    ),
    _deal(
        DealStageKey.LOST,
        ("Deal lost", "Affaire perdue"),
        (
            "The customer has said no or has gone silent, for the reason given; it may be opened again.",
            "Le client a dit non ou ne répond plus, pour le motif donné\u202f; elle peut être rouverte.",
        ),
    ),
)

FIGURES: Final = (
    _figure(
        FigureKey.NEW_REVENUE,
        ("New revenue", "Nouveau chiffre d’affaires"),
        (
            "The amount of the deals won in the period: the one figure both teams are judged by. Other currencies "
            "count at the rate of the day of the win; a deal without a rate is not counted, and said.",
            "Le montant des affaires gagnées dans la période : le seul chiffre sur lequel les deux équipes sont "
            "jugées. Les autres devises comptent au taux du jour du gain ; une affaire sans taux n’est pas comptée, "
            "et c’est dit.",
        ),
        (
            "Σ amount, at the newest rate of the closing date, of deals with closing date in the period and stage won",
            "Σ montants, au dernier taux connu à la date de clôture, des affaires gagnées dont la clôture tombe dans "
            "la période",
        ),
    ),
    _figure(
        FigureKey.OBJECTIVE,
        ("Objective", "Objectif"),
        (
            "The revenue that both teams set out to win, month by month; what is expected by today follows the working "
            "days that have passed.",
            "Le chiffre d’affaires que les deux équipes se sont donné, mois par mois\u202f; ce qui est attendu à ce "
            "jour suit les jours ouvrés écoulés.",
        ),
        (
            "Σ objectives of the months that the period touches; expected by today: × working days passed ÷ working "
            "days",
            "Σ objectifs des mois que la période touche\u202f; attendu à ce jour\u202f: × jours ouvrés écoulés ÷ "
            "jours ouvrés",
        ),
    ),
    _figure(
        FigureKey.FORECAST,
        ("Forecast", "Prévision"),
        (
            "What the month may close at: what is won, and what earlier months still won from the same working day on. "
            "Eight months in ten would have ended inside the band. Other currencies count at the rate of each win.",
            "Ce que le mois peut atteindre : ce qui est gagné, et ce que les mois précédents gagnaient encore à partir "
            "du même jour ouvré. Huit mois sur dix auraient fini dans la bande. Les autres devises comptent au taux de "
            "chaque gain.",
        ),
        (
            "won so far + median (1st to 9th decile) of what up to 12 earlier months won after the same working day",
            "gagné à ce jour + médiane (du 1er au 9e décile) de ce que les mois précédents, 12 au plus, ont gagné "
            "après le même jour ouvré",
        ),
    ),
    _figure(
        FigureKey.DEALS_WON,
        ("Deals won", "Affaires gagnées"),
        ("Deals closed as won in the period.", "Affaires conclues et gagnées dans la période."),
        (
            "count of deals with closing date in the period and stage won",
            "nombre d’affaires gagnées dont la clôture tombe dans la période",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.MARKETING_SHARE,
        ("Revenue from marketing", "Chiffre d’affaires venu du marketing"),
        (
            "The share of the new revenue whose contact came first by a source of marketing.",
            "La part du nouveau chiffre d’affaires dont le contact est venu d’abord par une source du marketing.",
        ),
        (
            "new revenue of contacts whose first source is marketing’s ÷ new revenue",
            "nouveau chiffre d’affaires des contacts dont la première source est du marketing ÷ nouveau chiffre "
            "d’affaires",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.LEADS,
        ("New leads", "Nouveaux leads"),
        (
            "Contacts that became a lead, or more, for the first time in the period.",
            "Contacts devenus lead, ou davantage, pour la première fois dans la période.",
        ),
        (
            "count of contacts whose first entry into Lead or beyond lies in the period",
            "nombre de contacts dont la première entrée en Lead, ou au-delà, tombe dans la période",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.MQL_DELIVERED,
        ("MQL delivered", "MQL livrés"),
        (
            "Contacts that came into MQL, and so from marketing to sales, for the first time in the period.",
            "Contacts entrés en MQL, et donc passés du marketing aux ventes, pour la première fois dans la période.",
        ),
        (
            "count of contacts whose first entry into MQL lies in the period",
            "nombre de contacts dont la première entrée en MQL tombe dans la période",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.MQL_ACCEPTED,
        ("Accepted by sales", "Acceptés par les ventes"),
        (
            "Of the handoffs of the period that were decided, the share that sales accepted.",
            "Parmi les transmissions décidées de la période, la part que les ventes ont acceptée.",
        ),
        ("accepted ÷ (accepted + refused + recycled)", "acceptés ÷ (acceptés + refusés + recyclés)"),
        side=MARKETING,
    ),
    _figure(
        FigureKey.REFUSALS_ANSWERED,
        ("Refusals answered", "Refus répondus"),
        (
            "Of the refusals whose delay has run out, the share that marketing answered in time.",
            "Parmi les refus dont le délai est échu, la part à laquelle le marketing a répondu à temps.",
        ),
        (
            "answered in time ÷ (answered in time + answered late + overdue)",
            "répondus à temps ÷ (répondus à temps + répondus en retard + échus sans réponse)",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.FIRST_CONTACT,
        ("Contacted in time", "Contactés à temps"),
        (
            "Of the handoffs that were due, the share with a first contact before the deadline.",
            "Parmi les transmissions échues, la part jointe une première fois avant l’échéance.",
        ),
        (
            "clocks due in the period and stopped in time by an exchange ÷ (those + those whose deadline passed)",
            "comptes à rebours à échéance dans la période et arrêtés à temps par un échange ÷ (ceux-là + ceux dont "
            "l’échéance est passée)",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.ATTEMPTS,
        ("Attempts before Gone dark", "Tentatives avant « Sans réponse »"),
        (
            "Of the contacts set to Gone dark, the share that had the agreed number of attempts before.",
            "Parmi les contacts passés à « Sans réponse », la part qui avait reçu le nombre convenu de tentatives.",
        ),
        (
            "gone dark with enough attempts ÷ gone dark",
            "«\u202fSans réponse\u202f» après assez de tentatives ÷ «\u202fSans réponse\u202f»",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.REFUSAL_REASON,
        ("Refusals with a reason", "Refus motivés"),
        (
            "Of the refusals, the share with a typed reason.",
            "Parmi les refus, la part qui porte un motif de la liste.",
        ),
        ("refusals with a reason ÷ refusals", "refus avec motif ÷ refus"),
        side=SALES,
    ),
    _figure(
        FigureKey.FUNNEL,
        ("Funnel", "Entonnoir"),
        (
            "How many contacts reached each stage, one after the other, and in what time.",
            "Combien de contacts ont atteint chaque étape, l’une après l’autre, et en combien de temps.",
        ),
        (
            "count of contacts by furthest stage reached; median of the time between entries",
            "nombre de contacts par étape la plus avancée\u202f; médiane du temps d’une entrée à la suivante",
        ),
    ),
    _figure(
        FigureKey.CONVERSION_RATE,
        ("Conversion rate", "Taux de conversion"),
        (
            "The share of the contacts of one step that reached the next.",
            "La part des contacts d’une étape qui ont atteint la suivante.",
        ),
        (
            "reached the next step ÷ reached the step, with its 95% interval (Wilson)",
            "ont atteint l’étape suivante ÷ ont atteint l’étape, avec l’intervalle à 95\u00a0% (Wilson)",
        ),
    ),
    _figure(
        FigureKey.VELOCITY,
        ("Velocity", "Vitesse"),
        (
            "The time from one step to the next: half of the contacts took less, half more.",
            "Le temps d’une étape à la suivante : la moitié des contacts a mis moins, l’autre plus.",
        ),
        (
            "median of (entry into the next step − entry into the step)",
            "médiane de (entrée dans l’étape suivante − entrée dans l’étape)",
        ),
    ),
    _figure(
        FigureKey.SPEED_TO_LEAD,
        ("Speed to lead", "Délai du premier contact"),
        (
            "The working time from the handoff to the first contact.",
            "Le temps ouvré de la transmission au premier contact.",
        ),
        (
            "median of working minutes used by stopped first-contact clocks",
            "médiane des minutes ouvrées écoulées quand le compte à rebours du premier contact s’arrête",
        ),
        side=SALES,
        synonyms=("Speed to first contact",),
    ),
    _figure(
        FigureKey.BREACHES,
        ("Breaches", "Manquements"),
        (
            "Deadlines that passed in the period, each with one cause.",
            "Échéances passées dans la période, chacune avec une seule cause.",
        ),
        (
            "count of clocks whose due moment passed while they ran",
            "nombre de comptes à rebours dont l’échéance est passée pendant qu’ils couraient",
        ),
    ),
    _figure(
        FigureKey.COVERAGE,
        ("Nobody left behind", "Personne d’oublié"),
        (
            "Open leads without an owner, without a first touch or past their deadline; the aim is none.",
            "Leads en cours sans responsable, sans premier contact ou en retard ; le but est zéro.",
        ),
        ("unassigned + untouched + overdue", "sans responsable + pas encore joints + en retard"),
    ),
    _figure(
        FigureKey.UNASSIGNED,
        ("Without an owner", "Sans responsable"),
        ("Handoffs that wait for a rep.", "Transmissions qui attendent d’être attribuées."),
        ("count of open handoffs without a rep", "nombre de transmissions en cours sans responsable"),
    ),
    _figure(
        FigureKey.UNTOUCHED,
        ("Not touched yet", "Pas encore joints"),
        (
            "Handoffs with a rep, without a first contact and still inside their time.",
            "Transmissions attribuées, sans premier contact et encore dans leur délai.",
        ),
        (
            "count of assigned handoffs whose clock runs and is not due",
            "nombre de transmissions attribuées dont le compte à rebours court et n’est pas échu",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.OVERDUE,
        ("Past the deadline", "En retard"),
        (
            "Handoffs whose deadline has passed without a first contact.",
            "Transmissions dont l’échéance est passée sans premier contact.",
        ),
        (
            "count of running clocks that are due",
            "nombre de comptes à rebours qui courent encore après l’échéance",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.SILENT,
        ("Silent for 14 days", "Silencieux depuis 14 jours"),
        (
            "SQL and opportunities with whom nobody has exchanged anything for 14 days, and the amount of their open "
            "deals.",
            "SQL et opportunités avec qui personne n’a rien échangé depuis 14 jours, et le montant de leurs affaires "
            "en cours.",
        ),
        (
            "count of contacts in SQL or opportunity without a human touchpoint for 14 days",
            "nombre de contacts en SQL ou Opportunité sans interaction humaine depuis 14 jours",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.MISSING_DEALS,
        ("Without a deal", "Sans affaire"),
        (
            "Contacts in the stage from which the rulebook wants a deal, or beyond it, who have none.",
            "Contacts à l’étape dès laquelle le règlement veut une affaire, ou au-delà, qui n’en ont pas.",
        ),
        (
            "count of contacts in or beyond the stage of the rule, in an open status, without a deal that is open or "
            "won",
            "nombre de contacts à l’étape de la règle ou au-delà, au statut ouvert, sans affaire en cours ni gagnée",
        ),
        side=SALES,
    ),
    _figure(
        FigureKey.ATTRIBUTED_REVENUE,
        ("Revenue by source", "Chiffre d’affaires par source"),
        (
            "Won revenue, given to the source or campaign that brought the contact first. Other currencies count at "
            "the rate of the day of the win; deals without a rate are said beside the sum.",
            "Le chiffre gagné, rapporté à la source ou à la campagne qui a amené le contact en premier. Les autres "
            "devises comptent au taux du jour du gain ; les affaires sans taux sont signalées à côté de la somme.",
        ),
        (
            "Σ amount of won deals, at the rate of their closing date, by the contact’s first source",
            "Σ montants des affaires gagnées, au taux de leur date de clôture, par première source du contact",
        ),
    ),
    _figure(
        FigureKey.COST,
        ("Cost", "Coût"),
        (
            "What the campaigns of the period cost, spread evenly over their days.",
            "Ce qu’ont coûté les campagnes de la période, réparti également sur leurs jours.",
        ),
        (
            "Σ campaign cost × days in the period ÷ days of the campaign",
            "Σ coût de la campagne × jours dans la période ÷ jours de la campagne",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.ACQUISITION_COST,
        ("Acquisition cost", "Coût d’acquisition"),
        ("What one won deal cost.", "Ce qu’a coûté une affaire gagnée."),
        ("cost ÷ deals won", "coût ÷ affaires gagnées"),
    ),
    _figure(
        FigureKey.RETURN_ON_COST,
        ("Return", "Retour"),
        (
            "What was won beyond the cost, for each unit of cost.",
            "Ce qui a été gagné au-delà du coût, par unité de coût.",
        ),
        ("(revenue − cost) ÷ cost", "(chiffre d’affaires − coût) ÷ coût"),
    ),
    _figure(
        FigureKey.FIT,
        ("Fit", "Adéquation"),
        (
            "How well a contact matches our target, from 0 to 100, by the rules both teams signed.",
            "À quel point un contact correspond à notre cible, de 0 à 100, selon les règles signées des deux équipes.",
        ),
        (
            "Σ points of the fit rules that hold, within their caps",
            "Σ points des règles d’adéquation remplies, dans leurs plafonds",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.ENGAGEMENT,
        ("Engagement", "Engagement"),
        (
            "How much a contact has turned to us lately, from 0 to 100; it fades with time.",
            "À quel point un contact s’est tourné vers nous récemment, de 0 à 100 ; s’estompe avec le temps.",
        ),
        (
            "Σ points of the touches × ½^(age ÷ half-life), within their caps",
            "Σ points des interactions × ½^(âge ÷ demi-vie), dans leurs plafonds",
        ),
        side=MARKETING,
    ),
    _figure(
        FigureKey.ADHERENCE,
        ("Adherence", "Suivi"),
        (
            "In how many cases of the last 13 weeks a procedure was followed, as the rule or clause that it names "
            "counts them; or, by its criteria, for how many of the contacts there now.",
            "Dans combien de cas des 13 dernières semaines une procédure a été suivie, comme les compte la règle ou la "
            "clause qu’elle nomme\u202f; ou, par ses critères, pour combien des contacts qui s’y trouvent.",
        ),
        (
            "cases kept ÷ cases, with the Wilson interval at 95 %; none below 20 cases",
            "cas suivis ÷ cas, avec l’intervalle de Wilson à 95\u00a0%\u202f; aucun taux sous 20 cas",
        ),
    ),
    _figure(
        FigureKey.TACTIC_RESULT,
        ("Result of a tactic", "Résultat d’une tactique"),
        (
            "Of the contacts to whom a tactic was applied, how many reached the next stage in time, beside those of "
            "the cell to whom it was not. Nobody drew lots: it shows what happened, not why.",
            "Parmi les contacts auxquels une tactique a été appliquée, combien ont atteint à temps l’étape suivante, à "
            "côté de ceux de la case auxquels elle ne l’a pas été. Rien n’est tiré au sort\u202f: on voit ce qui s’est "
            "passé, non pourquoi.",
        ),
        (
            "contacts with a further stage within N days ÷ contacts, from the first application or from the entry "
            "into the cell; 180 days looked back, the last N left out",
            "contacts passés à une étape plus avancée en N jours ÷ contacts, depuis la première application ou "
            "l’entrée dans la case\u202f; sur 180 jours, sans les N derniers",
        ),
    ),
)

WORDS: Final = (
    DefaultTerm(
        "contact",
        "Contact",
        "Contact",
        "A person we know. One record for life, whatever the stage.",
        "Une personne que nous connaissons. Une seule fiche, à vie, quelle que soit l’étape.",
    ),
    DefaultTerm(
        "touchpoint",
        "Touchpoint",
        "Interaction",
        "Anything that happened between a contact and us, on any channel, of either team.",
        "Tout ce qui s’est passé entre un contact et nous, sur tout canal, de l’une ou l’autre équipe.",
        synonyms=("touch",),
    ),
    DefaultTerm(
        "handoff",
        "Handoff",
        "Transmission",
        "The moment an MQL passes from marketing to a rep, who accepts, refuses or recycles it.",
        "Le moment où un MQL passe du marketing aux ventes, qui l’acceptent, le refusent ou le recyclent.",
    ),
    DefaultTerm(
        "refusal",
        "Refusal",
        "Refus",
        "A handoff that sales gives back with a typed reason, to which marketing answers.",
        "Une transmission que les ventes rendent avec un motif de la liste, à laquelle le marketing répond.",
        side=SALES,
        forbidden=("rejection", "rejet"),
    ),
    DefaultTerm(
        "recycling",
        "Recycling",
        "Recyclage",
        "Giving a contact back to marketing because the moment is not right, with the day to come back.",
        "Rendre un contact au marketing parce que le moment ne convient pas, avec le jour de reprise.",
        side=SALES,
    ),
    DefaultTerm(
        "clock",
        "Clock",
        "Compte à rebours",
        "A promise to one lead that runs in working time and stops at a logged exchange with an outcome.",
        "Une promesse faite à un lead, qui court en temps ouvré et s’arrête à un échange noté avec son résultat.",
    ),
    DefaultTerm(
        "tactic",
        "Tactic",
        "Tactique",
        "What both teams agreed to do with contacts in one cell of the matrix of target and readiness.",
        "Ce que les deux équipes ont convenu de faire avec les contacts d’une case de la matrice cible et maturité.",
    ),
    DefaultTerm(
        "playbook",
        "Playbook",
        "Playbook",
        "What is done when a contact enters a stage, until when it moves on and what happens if it does not, as both "
        "teams agreed.",
        "Ce qui est fait quand un contact entre dans une étape, jusqu’à quand il avance et ce qui arrive sinon, comme "
        "les deux équipes l’ont convenu.",
    ),
    DefaultTerm(
        "persona",
        "Persona",
        "Persona",
        "A kind of buyer we aim at, described by both teams.",
        "Un type d’acheteur que nous visons, décrit par les deux équipes.",
        side=MARKETING,
    ),
)

TERMS: Final = STAGES + STATUSES + DEALS + FIGURES + WORDS

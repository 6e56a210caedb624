"""The words of the demo company: invented people, companies, campaigns and messages in English and French."""

from typing import Final

FIRST_FR: Final = (
    "Amélie Théo Camille Inès Lucas Chloé Hugo Manon Louis Sarah Jules Léa Adrien Clara Mathieu Pauline Antoine "
    "Juliette Nicolas Margaux Romain Élodie Julien Aurélie Thomas Céline Bastien Océane Maxime Noémie Rémi Solène "
    "Étienne Agathe Vincent Capucine Yanis Maëlle Cédric Bérénice Loïc Anaïs Gaël Hélène Joël Zoé"
).split()
LAST_FR: Final = (
    "Rousseau Lambert Perrin Fournier Girard Bonnet Dupuis Fontaine Chevalier Robin Masson Marchand Blanchard "
    "Garnier Faure Brunet Meunier Roux Leclerc Gauthier Barbier Renard Prévost Delmas Guérin Charpentier Lacroix "
    "Besnard Poulain Le-Goff Hervé Bouchard Delattre Vidal Pasquier Maillard Texier Coulon Allard Tessier"
).split()
FIRST_EN: Final = (
    "Oliver Emma Jack Grace Harry Sophie George Alice Edward Lucy Samuel Freya Daniel Ruth Peter Hannah Owen Megan "
    "Priya Aisha Callum Isla Rory Niamh Fergus Eilidh Tomas Jonas Sofia Lena Marco Elena Pieter Anke Lars Ingrid"
).split()
LAST_EN: Final = (
    "Grant Walker Hughes Bennett Foster Marsh Palmer Reid Shaw Turner Webb Nair Patel Kelly Murphy Doyle Fraser "
    "Almeida Weber Keller Brandt Vogel Rossi Conti Jansen Bakker Lindgren Holm Novak Kowalski Thornton Whitaker "
    "Ashdown Pemberton Calloway Radford"
).split()

COMPANY_HEADS: Final = (
    "Atlan Nord Verdi Fonda Kestrel Lumi Ponta Thorn Altiga Brisa Cima Delta Estua Ferro Garon Helio Ibera Juva "
    "Kalis Loire Mistra Nova Orba Pralo Quarto Rivo Sequa Terra Ursa Valo Westa Xylo Yser Zephi Arbo Celta Dora"
).split()
COMPANY_TAILS: Final = (
    "tech lis pack mont dale wick sson nova form bois chem plast agri log mec métal verre fresh".split()
)
FORMS_FR: Final = ("SA", "SAS", "Industries", "et Fils", "Groupe")
FORMS_EN: Final = ("Ltd", "Group", "GmbH", "Foods", "Works", "Packaging")

SECTORS: Final = (
    # sector, weight, whether our offer fits
    ("industry", 34, True),
    ("food", 18, True),
    ("logistics", 12, True),
    ("retail", 10, False),
    ("health", 8, True),
    ("services", 12, False),
    ("education", 6, False),
)
CITIES: Final = (
    ("Nantes", "FR"),
    ("Lyon", "FR"),
    ("Lille", "FR"),
    ("Toulouse", "FR"),
    ("Rennes", "FR"),
    ("Strasbourg", "FR"),
    ("Bordeaux", "FR"),
    ("Grenoble", "FR"),
    ("Paris", "FR"),
    ("Bruxelles", "BE"),
    ("Genève", "CH"),
    ("Manchester", "GB"),
    ("Leeds", "GB"),
    ("Bristol", "GB"),
    ("Dublin", "IE"),
    ("Hamburg", "DE"),
    ("Rotterdam", "NL"),
    ("Porto", "PT"),
)
DIAL: Final = {
    "FR": "+332405", "BE": "+322555", "CH": "+412255", "GB": "+441615", "IE": "+353155",
    "DE": "+494055", "NL": "+311055", "PT": "+351225",
}  # fmt: skip

JOBS: Final = (
    # function, seniority, English, French, weight
    ("operations", "head", "Head of Operations", "Directeur des opérations", 10),
    ("operations", "director", "Plant Director", "Direction d’usine", 9),
    ("operations", "manager", "Maintenance Manager", "Responsable maintenance", 10),
    ("energy", "manager", "Energy Manager", "Responsable énergie", 12),
    ("energy", "head", "Head of Sustainability", "Responsable développement durable", 7),
    ("purchasing", "manager", "Energy Buyer", "Acheteuse énergie", 9),
    ("finance", "director", "Finance Director", "Direction financière", 6),
    ("it", "director", "CTO", "Direction informatique", 6),
    ("it", "staff", "IT Technician", "Technicien informatique", 7),
    ("marketing", "staff", "Communications Officer", "Chargée de communication", 6),
    ("student", "staff", "Student engineer", "Stagiaire énergie", 5),
    ("operations", "staff", "Shift Supervisor", "Chef d’équipe", 13),
)

SOURCES: Final = (
    # key, English, French, side, weight, how warm the contacts are
    ("webinar", "Webinars", "Webinaires", "marketing", 17, 1.25),
    ("organic_search", "Organic search", "Recherche naturelle", "marketing", 25, 1.0),
    ("paid_search", "Paid search", "Recherche payante", "marketing", 17, 0.7),
    ("trade_show", "Trade shows", "Salons", "marketing", 9, 1.1),
    ("partner", "Partners", "Partenaires", "marketing", 6, 1.9),
    ("linkedin_ads", "LinkedIn Ads", "LinkedIn Ads", "marketing", 10, 0.5),
    ("referral", "Referrals", "Recommandations", "marketing", 7, 1.6),
    ("newsletter", "Newsletter", "Lettre d’information", "marketing", 6, 0.4),
    ("outbound", "Sales prospecting", "Prospection commerciale", "sales", 3, 1.0),
)

CAMPAIGNS: Final = (
    # name, source, months ago it starts, days it runs, cost in euros
    ("Webinar: reading a load curve", "webinar", 17, 40, 3_800),
    ("Salon Énergie & Usines", "trade_show", 15, 6, 19_500),
    ("Search: metering, spring", "paid_search", 14, 90, 11_200),
    ("LinkedIn: plant managers", "linkedin_ads", 13, 75, 8_600),
    ("Webinaire décret tertiaire", "webinar", 11, 45, 4_200),
    ("Partner days with Enexia", "partner", 10, 120, 3_000),
    ("Search: sub-metering, autumn", "paid_search", 9, 110, 13_900),
    ("Pollutec stand", "trade_show", 8, 7, 24_000),
    ("LinkedIn: energy buyers", "linkedin_ads", 6, 90, 7_900),
    ("Webinar: three plants, one plan", "webinar", 5, 60, 5_100),
    ("Search: ISO 50001", "paid_search", 4, 130, 14_800),
    ("Decree autumn", "webinar", 2, 80, 6_400),
    ("LinkedIn: finance directors", "linkedin_ads", 1, 50, 5_200),
)

DOWNLOADS: Final = (
    "ISO 50001 guide",
    "ROI calculator",
    "Case study: dairies",
    "Guide du comptage",
    "Tertiary decree in ten pages",
)
PAGES: Final = ("/metering", "/plants", "/case-studies", "/tertiary-decree", "/integrations", "/about")
WEBINARS: Final = (
    "Three plants, one meter plan",
    "Décret tertiaire\u202f: 2030, c’est demain",
    "Reading a load curve",
)
MESSAGES: Final = {
    "en": (
        "Price for 3 sites?",
        "We would like a demo for our two plants.",
        "3 plants, budget approved for next year.",
        "Can you read meters we already have?",
        "We are preparing ISO 50001, who can call us back?",
        "Looking for sub-metering before summer.",
    ),
    "fr": (
        "Prix pour 3 sites\u202f?",
        "Nous voudrions une démo pour nos deux usines.",
        "3 usines, budget voté pour l’an prochain.",
        "Pouvez-vous relever des compteurs déjà posés\u202f?",
        "Nous préparons l’ISO 50001, qui peut nous rappeler\u202f?",
        "Il nous faut du sous-comptage avant l’été.",
    ),
}
"""By the language of whoever writes."""
BUDGETS: Final = (
    "€80–120k, approved",
    "30 k€, à voter en mars",
    "Not set yet, CFO asks for a case",
    "€50k this year",
)
AUTHORITIES: Final = (
    "CFO decides",
    "La direction du site décide",
    "With the group in Hamburg",
    "Decides alone up to €40k",
)
NEEDS: Final = (
    "One metering plan for 3 plants",
    "Remplacer des relevés manuels",
    "Proof for ISO 50001",
    "Sub-metering of two lines",
)
TIMINGS: Final = ("Before summer", "Premier trimestre", "After the audit in March", "As soon as possible")
WON_REASONS: Final = (
    "Fast answer and one plan for all plants",
    "Reference in the same trade",
    "Prix par point de mesure",
)
NOTES: Final = (
    "No project this year, budget comes in March.",
    "Asked for two references.",
    "Rappeler après le comité.",
    "",
)

MOVED_BY_HAND = "Asked three questions after the webinar: worth a call"
"""Of the few whom the definition would not have let in."""

"""`./manage.py import_deals FILE --mapping mapping.json`"""

from leads.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "Import deals of known contacts from a CSV or XLSX file; twice changes nothing."
    kind = "deals"

"""`./manage.py import_contacts FILE --mapping mapping.json`"""

from leads.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "Import people from a CSV or XLSX file; importing the same file twice changes nothing."
    kind = "contacts"

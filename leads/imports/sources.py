"""Sources and campaigns by the names that files give them; those that do not exist are made."""

import re
from datetime import datetime
from itertools import chain, count

from leads.imports.headings import folded, known_by
from leads.models import Campaign, Source


class SourceBook:
    """Name as written → source. A key, an English or a French name is recognised; else a source is made."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        self._known: dict[str, int] = {}
        for source in Source.objects.all():
            for word in (source.name_fr, source.name_en, source.key):
                if word:
                    self._known[known_by(word)] = source.pk

    def id_of(self, name: str) -> int:
        if name not in self.ids:
            word = known_by(name)
            if word not in self._known:
                self._known[word] = self._made(name).pk
            self.ids[name] = self._known[word]
        return self.ids[name]

    def _made(self, name: str) -> Source:
        key = re.sub(r"[^a-z0-9]+", "_", folded(name)).strip("_")[:36]
        if not key[:1].isalpha():
            key = f"s_{key}"[:36].strip("_")
        taken = set(Source.objects.filter(key__startswith=key).values_list("key", flat=True))
        numbered = (f"{key}_{number}" for number in count(1))
        free = next(one for one in chain([key], numbered) if one not in taken)
        is_words = bool(folded(name)) and "_" in name and " " not in name
        label = name.replace("_", " ") if is_words else name
        first = label[:1].upper()  # of some letters two: "ß"
        return Source.objects.create(key=free, name_en=first + label[1:] if len(first) == 1 else label)


class CampaignBook:
    """Name as written → campaign, found by its name or its UTM value; else one is made under the source."""

    def __init__(self, *, at: datetime) -> None:
        self.ids: dict[str, int] = {}
        self._at = at
        self._known: dict[str, int] = {}
        for campaign in Campaign.objects.only("pk", "name", "utm"):
            for word in (campaign.utm, campaign.name):
                if word:
                    self._known[word.casefold()] = campaign.pk

    def id_of(self, name: str, *, source: int) -> int:
        if name not in self.ids:
            word = name.casefold()
            if word not in self._known:
                made = Campaign.objects.create(name=name, source_id=source, created_at=self._at)
                self._known[word] = made.pk
            self.ids[name] = self._known[word]
        return self.ids[name]

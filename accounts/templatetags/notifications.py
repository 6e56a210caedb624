"""The words of a notification, made for who reads it."""

from __future__ import annotations

from django import template

from accounts.models import Notification
from accounts.notifications import worded

register = template.Library()


@register.filter
def told(notification: Notification) -> str:
    """The sentence in the reader's language and time zone."""
    return worded(notification.text, notification.params)

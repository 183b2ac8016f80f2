"""The list of saved profiles: a name, where it leads, its environment, and whether it has edits that are not saved."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from broker_client.profile import Profile
from dashboard.look.theme import ENVIRONMENT_TONES
from dashboard.look.wording import DASH, visible
from dashboard.models.keyed_table import Column, KeyedTable


class ProfileLine(msgspec.Struct, frozen=True):
    """``key`` is the saved name; of a profile that was never saved it is empty."""

    key: str
    name: str
    environment: str
    address: str
    edited: bool = False


def profile_line(profile: Profile, edited: bool) -> ProfileLine:
    return ProfileLine(profile.name, profile.name, profile.environment, address_of(profile), edited)


def address_of(profile: Profile) -> str:
    """Host and port of the first service."""
    try:
        return urlsplit(profile.amqp_url or profile.redis_url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def profile_table() -> KeyedTable:
    """An empty model of :class:`ProfileLine`."""
    return KeyedTable(
        (
            Column("name", "Name", "strong", _name, lambda line: line.name, stretch=True, tip=_tip, width_hint=120),
            Column(
                "environment",
                "Environment",
                "pill",
                text=lambda line: line.environment.capitalize(),
                value=lambda line: line.environment,
                tone=lambda line: ENVIRONMENT_TONES.get(line.environment, "idle"),
                width_hint=126,
            ),
        ),
        lambda line: line.key,
    )


def _name(line: ProfileLine) -> str:
    return f"{visible(line.name) or 'New profile'}{' •' if line.edited else ''}"


def _tip(line: ProfileLine) -> str:
    edited = ", with changes that are not saved" if line.edited else ""
    return f"{visible(line.name)}: {visible(line.address) or DASH}{edited}"

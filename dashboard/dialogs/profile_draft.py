"""A profile while it is being typed: every field as its text, and what is wrong with it in words. PURE.

Nothing typed is lost: a draft that cannot be a profile yet stays a draft, with one sentence per field in trouble.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import ENVIRONMENTS, Profile, Secrets, derive_management_url, from_urls, redis_place
from dashboard.look.wording import sentences, visible

NAME_CHARS = 60


class Draft(msgspec.Struct, frozen=True):
    """The fields of the form. An empty ``management_url`` means: derived from the AMQP URL."""

    name: str = ""
    amqp_url: str = ""
    username: str = "guest"
    password: str = ""
    management_url: str = ""
    redis_url: str = ""
    redis_username: str = ""
    redis_password: str = ""
    environment: str = "development"
    read_only: bool = False
    ca_file: str = ""
    verify_tls: bool = True
    broker_redis_url: str = ""

    def __repr__(self) -> str:
        return f"Draft({self.name!r})"


class Split(msgspec.Struct, frozen=True):
    """A pasted URL without its user part, and that part."""

    url: str
    username: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Split({self.url!r})"


def draft_of(profile: Profile, secrets: Secrets) -> Draft:
    """The form of a saved profile; a management URL that can be derived is shown as derived."""
    derived = derived_url(profile.amqp_url)
    return Draft(
        name=profile.name,
        amqp_url=profile.amqp_url,
        username=profile.username,
        password=secrets.rabbitmq,
        management_url="" if profile.management_url == derived else profile.management_url,
        redis_url=profile.redis_url,
        redis_username=profile.redis_username,
        redis_password=secrets.redis,
        environment=profile.environment,
        read_only=profile.read_only,
        ca_file=profile.ca_file,
        verify_tls=profile.verify_tls,
        broker_redis_url=profile.broker_redis_url,
    )


def profile_of(draft: Draft) -> tuple[Profile, Secrets]:
    """The profile that a draft without trouble stands for. Trouble after all: :class:`BadInput`."""
    profile, _ = from_urls(draft.amqp_url.strip(), _management(draft), draft.redis_url.strip(), draft.name.strip())
    profile = msgspec.structs.replace(
        profile,
        username=draft.username,
        redis_username=draft.redis_username,
        environment=draft.environment,
        read_only=draft.read_only,
        ca_file=draft.ca_file.strip(),
        verify_tls=draft.verify_tls,
        broker_redis_url=redis_place(draft.broker_redis_url.strip()) if draft.broker_redis_url.strip() else "",
    )
    return profile, Secrets(draft.password, draft.redis_password)


def split_url(text: str) -> Split:
    """Take user and password out of a URL. A text that is no URL comes back as it is."""
    url = text.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return Split(text)
    user_part, at, place = parts.netloc.rpartition("@")
    if not at:
        return Split(url if parts.scheme else text)
    username, colon, password = user_part.partition(":")
    bare = urlunsplit((parts.scheme, place, parts.path, parts.query, parts.fragment))
    return Split(bare, unquote(username), unquote(password) if colon else None)


def derived_url(amqp_url: str) -> str:
    """The management URL that goes with an AMQP URL; empty when there is none to derive."""
    if not amqp_url.strip():
        return ""
    try:
        return derive_management_url(amqp_url.strip())
    except BadInput:
        return ""


def troubles(draft: Draft, taken: Collection[str] = ()) -> dict[str, str]:
    """What is wrong, by field; empty when the draft is a profile. ``taken`` are the names of other profiles."""
    found = {"name": _name_trouble(draft.name.strip(), taken)}
    if not draft.amqp_url.strip() and not draft.redis_url.strip():
        found["amqp_url"] = "Give the URL of a RabbitMQ, of a Redis, or of both."
    elif draft.amqp_url.strip():
        found["amqp_url"] = _url_trouble(amqp=draft.amqp_url.strip())
        if not found["amqp_url"] and draft.management_url.strip():
            found["management_url"] = _url_trouble(amqp=draft.amqp_url.strip(), management=draft.management_url.strip())
    if draft.redis_url.strip():
        found["redis_url"] = _url_trouble(redis=draft.redis_url.strip())
    if draft.broker_redis_url.strip():
        found["broker_redis_url"] = _broker_trouble(draft)
    if draft.environment not in ENVIRONMENTS:
        found["environment"] = f"One of: {', '.join(ENVIRONMENTS)}."
    for field in ("username", "password", "redis_username", "redis_password"):
        if "\0" in getattr(draft, field):
            found[field] = "This holds a zero byte, which no broker accepts."
    if draft.amqp_url.strip() and not draft.username:
        found["username"] = "RabbitMQ needs a user name."
    return {field: words for field, words in found.items() if words}


def _name_trouble(name: str, taken: Collection[str]) -> str:
    if not name:
        return "Give the profile a name."
    if len(name) > NAME_CHARS:
        return f"At most {NAME_CHARS} characters; this has {len(name)}."
    if visible(name) != name:
        return "The name holds characters that cannot be seen."
    return f"Another profile is named {name}." if name in taken else ""


def _url_trouble(amqp: str = "", management: str = "", redis: str = "") -> str:
    try:
        from_urls(amqp, management, redis, "draft")
    except BadInput as error:
        return sentences(error.why or error.what, error.remedy)
    return ""


def _broker_trouble(draft: Draft) -> str:
    if draft.amqp_url.strip():
        return "RabbitMQ is the broker here: leave one of the two out."
    if not draft.redis_url.strip():
        return "Give this one as the Redis URL, unless results are kept elsewhere."
    if "@" in draft.broker_redis_url:
        return "Leave user and password out: they are those of the Redis URL."
    return _url_trouble(redis=draft.broker_redis_url.strip())


def _management(draft: Draft) -> str:
    return draft.management_url.strip() or derived_url(draft.amqp_url)

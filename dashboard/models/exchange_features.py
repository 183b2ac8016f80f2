"""What is special about an exchange, as the short badges that operators know and the words behind each. PURE."""

from __future__ import annotations

from broker_client.rabbit.argument_catalogue import EXCHANGE_ARGUMENTS
from broker_client.rabbit.entities import Exchange
from broker_client.rabbit.topology import alternate_exchange
from dashboard.look.wording import DASH, visible
from dashboard.models.queue_features import Feature, setting_value

_ALTERNATE = "alternate-exchange"


def exchange_features(exchange: Exchange) -> tuple[Feature, ...]:
    """Durability first, then what it is for, then its arguments."""
    found: list[Feature] = []
    if exchange.durable is not None:
        words = "Durable: survives a restart of the broker" if exchange.durable else "Gone when the broker restarts"
        found.append(Feature("D" if exchange.durable else "T", words))
    if exchange.auto_delete:
        found.append(Feature("AD", "Auto-delete: gone when its last binding goes"))
    if exchange.internal:
        found.append(Feature("I", "Internal: only other exchanges may publish to it"))
    alternate = alternate_exchange(exchange)
    if alternate is not None:
        found.append(Feature("AE", f"What no binding takes goes to exchange {visible(alternate) or '(default)'}"))
    others = [name for name in exchange.arguments if name != _ALTERNATE]
    if others:
        told = ", ".join(f"{visible(name)} = {setting_value(exchange.arguments[name])}" for name in others)
        found.append(Feature("Args", told))
    return tuple(found)


def badges(features: tuple[Feature, ...]) -> str:
    """``D AE``; a dash for none."""
    return " ".join(feature.badge for feature in features) or DASH


def feature_words(features: tuple[Feature, ...]) -> str:
    """One line for each."""
    return "\n".join(f"{feature.badge}: {feature.words}" for feature in features)


def argument_meaning(name: str) -> tuple[str, str]:
    """Title and help of an exchange's argument; the name and nothing for one that is not known."""
    found = next((argument for argument in EXCHANGE_ARGUMENTS if argument.name == name), None)
    return (found.title, found.help) if found is not None else (visible(name), "")

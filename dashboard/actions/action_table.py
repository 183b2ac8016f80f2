"""Every action of the window in ONE table: words, icon, keys, what it needs. What it does is bound elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

NEEDS = {
    "profile": "Open a profile first.",
    "writable": "This profile is read-only: nothing on its brokers can be changed from here.",
    "undo": "There is nothing to undo.",
    "window": "Needs a window on the screen.",
}
"""Conditions that an action may need, with the sentence shown while it does not hold."""


@dataclass(frozen=True)
class ActionSpec:
    """``danger`` says exactly what will be lost, empty = harmless. ``in_palette``: listed by Ctrl+K."""

    id: str
    text: str
    icon: str
    keys: str = ""
    help: str = ""
    needs: tuple[str, ...] = ()
    danger: str = ""
    in_palette: bool = True


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("palette", "Find a queue, task or command", "search", "Ctrl+K", in_palette=False),
    ActionSpec("filter", "Filter this page", "filter", "/", "Put the keyboard into the filter of the page."),
    ActionSpec("refresh", "Refresh now", "refresh", "F5", "Ask every service at once.", needs=("profile",)),
    ActionSpec("pause", "Pause the view", "pause", "Space", "Hold the picture still; recording goes on.", ("profile",)),
    ActionSpec("theme", "Switch between dark and light", "sun", "Ctrl+T"),
    ActionSpec("rail", "Narrow or widen the navigation", "columns", "Ctrl+B"),
    ActionSpec("back", "Go back", "back", "Esc", "Close what is open, or return to the page before."),
    ActionSpec("shortcuts", "Keyboard shortcuts", "keyboard", "?"),
    ActionSpec("connect", "Open or edit a connection", "plug", "Ctrl+O"),
    ActionSpec("sandbox", "Start a sandbox", "sandbox", "", "A private RabbitMQ and Redis with demo traffic."),
    ActionSpec(
        "disconnect", "Close the connection", "close", "", "Stop watching; nothing on the broker changes.", ("profile",)
    ),
    ActionSpec(
        "declare_queue", "Declare a queue", "plus", "", "Classic, quorum or stream.", needs=("profile", "writable")
    ),
    ActionSpec(
        "declare_exchange", "Declare an exchange", "plus", "", "Of a type the broker offers.", ("profile", "writable")
    ),
    ActionSpec(
        "bind", "Add a binding", "link", "", "From an exchange to a queue or an exchange.", ("profile", "writable")
    ),
    ActionSpec(
        "purge_queue", "Purge the selected queue", "stop", "", "Asks before messages go.", ("profile", "writable")
    ),
    ActionSpec(
        "delete_queue", "Delete the selected queue", "trash", "", "Asks before it goes.", ("profile", "writable")
    ),
    ActionSpec("send_task", "Send a task", "plus", "", "To a queue of Celery's.", ("profile", "writable")),
    ActionSpec(
        "undo",
        "Undo the last change of a broker",
        "retry",
        "Ctrl+Z",
        "What was declared, bound or deleted from here.",
        ("profile", "writable", "undo"),
    ),
    ActionSpec(
        "whereis",
        "Where is a task?",
        "search",
        "Ctrl+F",
        "Paste any task's id: one verdict, and who says so.",
        ("profile",),
    ),
    ActionSpec("copy_address", "Copy the broker's address", "copy", "", "Without its password.", ("profile",)),
    ActionSpec("quit", "Quit Warren", "close", "Ctrl+Q"),
)

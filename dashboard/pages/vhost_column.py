"""The column that names the virtual host: shown only where it tells rows apart."""

from __future__ import annotations

from dashboard.pages.context import PageContext
from dashboard.widgets.data_table import DataTable


def mind_vhost_column(table: DataTable, context: PageContext) -> None:
    """Show the column ``vhost`` of ``table`` when there are several virtual hosts and all of them are looked at."""
    overview = context.store.state.overview
    several = overview is not None and len(overview.vhosts) > 1
    wanted = several and context.view.vhost is None
    if wanted != table.layout_of_columns.is_shown("vhost"):
        table.show_column("vhost", wanted)

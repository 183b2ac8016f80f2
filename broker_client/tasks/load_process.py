"""``python -m broker_client.tasks.load_process``: reads all stored results once, and hands them over decoded.

Started by :func:`broker_client.tasks.result_load.loaded_pages` where there are many, so that reading and decoding them
takes another processor than the one that folds. Its standard input brings the profile; its standard output carries
frames of :class:`ResultPage`, at last one without results. When anybody stops listening it ends.
"""

from __future__ import annotations

import gc
import os
import signal
import sys

from broker_client.errors import BrokerError
from broker_client.tasks.result_columns import ResultColumns, ResultPage
from broker_client.tasks.result_load import LoadOrder, orders, page_frame
from broker_client.tasks.result_scan import ResultScan


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    order: LoadOrder = orders.decode(sys.stdin.buffer.read())
    gc.disable()  # what a page consists of is gone with the page
    try:
        for page in ResultScan(order.profile, order.secrets).pages():
            _write(page)
        _write(ResultPage(ResultColumns([]), [], [], 0))
    except (BrokerError, BrokenPipeError):
        os._exit(1)


def _write(page: ResultPage) -> None:
    data = memoryview(page_frame(page))
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()

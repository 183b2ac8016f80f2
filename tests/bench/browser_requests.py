"""The requests a browser sends while the Queues page of RabbitMQ's own management web UI is open.

Read from ``main.js`` and ``dispatcher.js`` of the management plugin (3.10): every 5 s, on one kept connection, first
the page of queues (100 rows unless the user asks for more, at most 500; unsorted unless the user sorts; all vhosts),
then the list of vhosts. After 200 refreshes
the UI reloads itself and all its files; that, and the first load, are not counted here.
"""

from __future__ import annotations

import base64
import http.client
import threading

from broker_client.profile import Secrets

REFRESH_S = 5.0
DEFAULT_ROWS, MOST_ROWS = 100, 500
BY_DEPTH = "&sort=messages&sort_reverse=true"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


class BrowserOnQueuesPage:
    """Asks as one window with that page does, in a thread of its own, until it is closed."""

    def __init__(
        self, port: int, username: str, secrets: Secrets, *, page: int = 1, rows: int = DEFAULT_ROWS, order: str = ""
    ) -> None:
        credentials = base64.b64encode(f"{username}:{secrets.rabbitmq}".encode()).decode()
        queues = f"/api/queues?page={page}&page_size={rows}&name=&use_regex=false{order}&pagination=true"
        self._paths = (queues, "/api/vhosts")
        self._headers = {
            "Host": f"127.0.0.1:{port}",
            "Connection": "keep-alive",
            "sec-ch-ua-platform": '"Linux"',
            "authorization": f"Basic {credentials}",
            "x-vhost": "",
            "User-Agent": AGENT,
            "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
            "sec-ch-ua-mobile": "?0",
            "Accept": "*/*",
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
            "Referer": f"http://127.0.0.1:{port}/",
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Accept-Language": "en-US,en;q=0.9",
            "Cookie": f"auth={credentials}; m=2258:t",
        }
        self.refreshes = 0
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._refresh_on_and_on, name="browser", daemon=True)
        self._thread.start()

    def __enter__(self) -> BrowserOnQueuesPage:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._connection.close()

    def _refresh_on_and_on(self) -> None:
        while True:
            for path in self._paths:
                self._ask_again_if_dropped(path)
            self.refreshes += 1
            if self._closing.wait(REFRESH_S):
                return

    def _ask_again_if_dropped(self, path: str) -> None:
        """A server may drop a kept connection; a browser opens another one."""
        try:
            self._ask(path)
        except (ConnectionError, http.client.HTTPException):
            self._connection.close()
            self._ask(path)

    def _ask(self, path: str) -> None:
        self._connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"GET {path} answered {answer.status} {answer.reason}")

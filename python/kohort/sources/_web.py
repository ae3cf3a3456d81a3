"""One small function between kohort and the web, on the standard library.

`urllib` uses the certificates and the proxy of the machine, which a municipality's network often
needs; nothing has to be installed for it. What it lacks is here: a deadline for the whole answer, a
limit on its size, an answer that ends too early, waiting as told, and Ctrl-C within a fraction of a
second wherever the network hangs.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import queue
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from kohort._core import InvalidInput, __version__
from kohort.sources._cache import Cache
from kohort.support import _said

_POLL = 0.1  # seconds between looks for Ctrl-C
_AGAIN = (500, 502, 503, 504)
LONGEST_WAIT = 60.0  # seconds between two tries


@dataclass
class Web:
    """How a client asks: at what pace, with what patience, and where answers are kept.

    Parameters
    ----------
    where
        The client's name, with which its refusals begin.
    cache
        Answers kept on disk; None keeps none.
    offline
        Take answers from the cache alone.
    timeout
        Seconds that the server may be silent.
    deadline
        Seconds that one answer may take in all.
    limit
        Bytes that one answer may have.
    tries
        Times that a busy or failing server is asked.
    calls, window
        At most so many calls in any `window` seconds; 0 is no limit.
    """

    where: str
    cache: Cache | None = None
    offline: bool = False
    timeout: float = 30.0
    deadline: float = 300.0
    limit: int = 64 * 2**20
    tries: int = 5
    calls: int = 0
    window: float = 1.0
    _made: deque[float] = field(default_factory=deque, repr=False)
    _asked: list[tuple[str, bytes | None, Any]] | None = field(default=None, repr=False)
    _taken: list[tuple[str, bytes | None]] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def ask(self, address: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON at an address (a POST if there is a body), from the cache if it is there.

        What the web answers is kept at the end of the `understood` around it, not before.
        """
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        kept = None if self.cache is None else self.cache.get(address, data, any_age=self.offline)
        if kept is not None:
            self._taken.append((address, data))
            return kept
        if self.offline:
            _said.refuse(self.where, "E-WEB-OFFLINE", address=address)
        answer = _parsed(self.where, address, self._fetch(address, data))
        if self._asked is not None:
            self._asked.append((address, data, answer))
        return answer

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Answers asked for within are kept if all of it goes well.

        If it does not, what came from the cache is forgotten: the next call asks anew.
        """
        before, taken = self._asked, self._taken
        self._asked, self._taken = [], []
        try:
            yield
            for address, data, answer in self._asked:
                if self.cache is not None:
                    self.cache.put(address, data, answer)
        except InvalidInput:
            for address, data in self._taken:
                if self.cache is not None and not self.offline:
                    self.cache.forget(address, data)
            raise
        finally:
            self._asked, self._taken = before, taken

    def _fetch(self, address: str, data: bytes | None) -> bytes:
        host = _host(self.where, address)
        for attempt in range(1, self.tries + 1):
            self._pace()
            status, headers, content = self._once(address, data, host)
            if status == 200:
                return content
            if (status != 429 and status not in _AGAIN) or attempt == self.tries:
                break
            seconds = _told(headers.get("Retry-After"), 0.5 * 2.0**attempt)
            if seconds > LONGEST_WAIT:  # a server that wants to be left alone for long is
                break
            wait(seconds)
        if status == 429:
            _said.refuse(self.where, "E-WEB-BUSY", host=host, tries=attempt)
        _said.refuse(
            self.where, "E-WEB-STATUS", host=host, status=status, address=address,
            said=_reason(content),
        )  # fmt: skip

    def _pace(self) -> None:
        if not self.calls:
            return
        with self._lock:
            while len(self._made) >= self.calls:
                # a little longer than the window: what counts is when calls arrive
                left = self._made[0] + 1.05 * self.window - time.monotonic()
                if left <= 0:
                    self._made.popleft()
                else:
                    wait(left)
            self._made.append(time.monotonic())

    def _once(self, address: str, data: bytes | None, host: str) -> tuple[int, Any, bytes]:
        """One exchange, in a thread of its own, so that nothing there holds up Ctrl-C."""
        found: queue.Queue[Any] = queue.Queue()
        stop = threading.Event()
        ends = time.monotonic() + self.deadline

        def work() -> None:
            try:
                found.put(self._exchange(address, data, ends, stop))
            except BaseException as error:  # handed over to whoever waits
                found.put(error)

        threading.Thread(target=work, daemon=True, name="kohort-web").start()
        try:
            while True:
                try:
                    result = found.get(timeout=_POLL)
                    break
                except queue.Empty:
                    if time.monotonic() > ends + self.timeout:
                        result = TimeoutError()
                        break
        finally:
            stop.set()
        if isinstance(result, tuple):
            return result
        self._failed(result, host)

    def _exchange(
        self, address: str, data: bytes | None, ends: float, stop: threading.Event
    ) -> tuple[int, Any, bytes]:
        headers = {"Accept": "application/json", "User-Agent": f"kohort/{__version__}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(address, data=data, headers=headers)
        opener = urllib.request.build_opener(_Redirects(self.where, address))
        try:
            with opener.open(request, timeout=self.timeout) as answer:
                return 200, answer.headers, self._read(answer, ends, stop, self.limit)
        except urllib.error.HTTPError as error:
            with error:
                content = error.read(4096) if error.fp is not None else b""
            return error.code, error.headers, content

    def _read(self, answer: Any, ends: float, stop: threading.Event, limit: int) -> bytes:
        told = answer.headers.get("Content-Length", "")
        if told.isdigit() and int(told) > limit:
            raise _TooLarge
        parts, size = [], 0
        while part := answer.read1(1 << 16):
            size += len(part)
            parts.append(part)
            if size > limit:
                raise _TooLarge
            if stop.is_set() or time.monotonic() > ends:
                raise TimeoutError
        if told.isdigit() and size != int(told):
            raise http.client.IncompleteRead(b"", int(told) - size)
        return b"".join(parts)

    def _failed(self, error: BaseException, host: str) -> NoReturn:
        reason = getattr(error, "reason", error)
        if isinstance(error, _TooLarge):
            _said.refuse(self.where, "E-WEB-SIZE", host=host, limit=self.limit // 2**20)
        if isinstance(
            error, http.client.IncompleteRead | ConnectionResetError | ConnectionAbortedError
        ):
            _said.refuse(self.where, "E-WEB-CUT", host=host)
        if isinstance(error, TimeoutError) or isinstance(reason, TimeoutError | socket.timeout):
            _said.refuse(self.where, "E-WEB-SLOW", host=host, seconds=f"{self.timeout:g}")
        if isinstance(error, OSError | http.client.HTTPException):
            why = getattr(reason, "strerror", None) or type(reason).__name__
            _said.refuse(self.where, "E-WEB-REACH", host=host, why=why)
        raise error


class _TooLarge(Exception):
    pass


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow within the organisation that was asked; never from https to http."""

    def __init__(self, where: str, address: str) -> None:
        self._where, self._address = where, address

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if not same_place(self._address, newurl):
            fp.close()
            _said.refuse(
                self._where, "E-WEB-ELSEWHERE", host=_site(newurl), asked=_site(self._address)
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def same_place(asked: str, given: str) -> bool:
    """Whether an address that a server gave is of the organisation that was asked."""
    ours, theirs = urllib.parse.urlsplit(asked), urllib.parse.urlsplit(given)
    if ours.scheme != theirs.scheme:
        return False
    a, b = (ours.hostname or ""), (theirs.hostname or "")
    if a == b:
        return ours.port == theirs.port
    named = not any(part.replace(".", "").isdigit() for part in (a, b))  # no numeric addresses
    return named and a.split(".")[-2:] == b.split(".")[-2:] and ours.port == theirs.port


def wait(seconds: float) -> None:
    """Sleep, in pieces that Ctrl-C ends on every platform."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        time.sleep(min(left, _POLL))


def _told(header: str | None, otherwise: float) -> float:
    """Seconds that a server asks us to wait: a number, or a day and time."""
    if header is None:
        return otherwise
    text = header.strip()
    if text.isdigit():
        return float(text)
    try:
        until = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return otherwise
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _host(where: str, address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        _said.refuse(where, "E-WEB-ADDRESS", address=_site(address))
    return parts.hostname


def _site(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}"


def _reason(content: bytes) -> str:
    """What the server says of its refusal, short and without markup."""
    try:
        said = json.loads(content)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    text = next(
        (said[k] for k in ("detail", "title", "message") if isinstance(said.get(k), str)), ""
    )
    return f" ({text[:200]})" if text else ""


def _parsed(where: str, address: str, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        _said.refuse(where, "E-WEB-CUT", host=_site(address))

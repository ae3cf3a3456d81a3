"""Kolada and SCB on this machine: a real HTTP server that answers in their documented shapes.

Figures are published ones (data/published) where there are such, else made by a formula. What goes
wrong is asked for with `faults`.
"""

from __future__ import annotations

import json
import math
import threading
import time
import urllib.parse
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import kohort as kh
from kohort import datasets

AGES = [str(age) for age in range(100)] + ["100+"]


def real_figures():
    """(kpi, municipality, year, gender) to figure, as Kolada published them."""
    table = datasets.published("kolada_n21704_2023")
    codes = [line.split(",")[1] for line in lines_of("kolada_n21704_2023")]
    rows = zip(table["kpi"], codes, table["period"], table["gender"], table["value"], strict=True)
    return {(k, m, int(y), g): float(v) for k, m, y, g, v in rows}


def lines_of(name):
    lines = datasets.path("published/" + name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")][1:]


class Statistics:
    """Both services; `calls` has when each address was asked for."""

    def __init__(self, *, per_page=5000, count="total", figures=None, faults=(), persons=None):
        self.per_page, self.count, self.faults = per_page, count, dict(faults)
        self.figures = real_figures() if figures is None else figures
        self.persons = persons or invented_persons
        self.calls, self.max_cells, self.pace = [], 150_000, 0
        self.retry_after = "1"
        self._lock = threading.Lock()

    def fault(self, name):
        """Whether a fault is due; each is due as many times as was asked for."""
        with self._lock:
            left = self.faults.get(name, 0)
            self.faults[name] = left - 1
            return left > 0

    # Kolada v3 ---------------------------------------------------------------------------------

    def kolada(self, path, query):
        parts = [urllib.parse.unquote(part) for part in path]
        if parts[0] in ("data", "oudata"):
            asked = {k: v.split(",") for k, v in zip(parts[1::2], parts[2::2], strict=True)}
            if any(len(ids) > 25 for ids in asked.values()):
                return 400, {"detail": "at most 25 ids in a segment"}
            place = "municipality" if parts[0] == "data" else "ou"
            values = self.entries(asked, place)
        elif parts[0] == "kpi":
            known = {"N21704": "Invånare 80+ med hemtjänst", "N15033": "Elever i åk 9"}
            values = [{"id": i, "title": known[i]} for i in parts[1].split(",") if i in known]
        elif parts[0] == "municipality_groups":
            values = [{"id": "G176769", "title": "Liknande kommuner äldreomsorg, Östersund, 2024"}]
            values = [v for v in values if v["id"] in parts[1].split(",")]
        elif parts[0] == "ou":
            values = [{"id": i, "title": "Boende"} for i in parts[1].split(",") if i[-1] != "9"]
        else:
            return 404, {"detail": "no such path"}
        page = int(query.get("page", ["1"])[0])
        first = (page - 1) * self.per_page
        shown = values[first : first + self.per_page]
        more = first + self.per_page < len(values)
        told = {"total": len(values), "page": len(shown), "none": None}[self.count]
        following = f"{self.address}/v3/{'/'.join(path)}?page={page + 1}&per_page={self.per_page}"
        if self.fault("elsewhere"):
            following, more = "http://localhost.example/v3/data", True
        if self.fault("ring"):
            following, more = f"{self.address}/v3/{'/'.join(path)}?per_page=5000", True
        answer = {"values": shown, "count": told, "next_url": following if more else None}
        if self.fault("no second page"):
            answer["next_url"] = None
        return 200, answer

    def entries(self, asked, place):
        years = [int(y) for y in asked.get("year", sorted({key[2] for key in self.figures}))]
        found = []
        for kpi in asked["kpi"]:
            for code in asked[place]:
                for year in years:
                    cells = [
                        {
                            "gender": gender, "status": "", "isdeleted": False,
                            "count": 7 if code.startswith("G") else 1,
                            "value": self.figures.get((kpi, code, year, gender)),
                        }
                        for gender in "TKM"
                        if (kpi, code, year, gender) in self.figures
                    ]  # fmt: skip
                    if cells:
                        found.append({"kpi": kpi, place: code, "period": year, "values": cells})
        return found

    # PxWebApi 2 --------------------------------------------------------------------------------

    def scb(self, path, query, body):
        if path == ["config"]:
            limits = {"maxCallsPerTimeWindow": self.pace, "timeWindow": 1}
            limits["maxDataCells"] = self.max_cells
            return 200, {"apiVersion": "2.2.0", "license": "CC0", **limits}
        if path == ["tables"]:
            number = int(query["pageNumber"][0])
            tables = [{"id": "TAB638"}, {"id": "TAB6008"}, {"id": "TAB6471"}]
            page = {"pageNumber": number, "pageSize": 2, "totalElements": 3, "totalPages": 2}
            return 200, {"tables": tables[2 * number - 2 : 2 * number], "page": page}
        if path[0] == "codelists":
            return 200, {"id": path[1], "values": [{"code": "80", "label": "80 år"}]}
        table = path[1]
        axes = AXES.get(table)
        if axes is None:
            return 404, {"title": "Not Found", "detail": "no such table"}
        if path[2] == "metadata":
            return 200, cube(table, axes)
        chosen = dict(axes)
        given = {s["variableCode"]: s["valueCodes"] for s in body["selection"]} if body else {
            axis: query[f"valueCodes[{axis}]"][0].split(",")
            for axis in axes
            if f"valueCodes[{axis}]" in query
        }  # fmt: skip
        for axis in list(axes):
            if axis not in given:
                del chosen[axis]
                continue
            wrong = [code for code in given[axis] if code not in axes[axis]]
            if wrong:
                return 400, {"title": "Bad Request", "detail": f"no value {wrong[0]}"}
            chosen[axis] = given[axis]
        if math.prod(map(len, chosen.values())) > self.max_cells:
            return 403, {"title": "Forbidden", "detail": "too many cells"}
        answer = cube(table, chosen)
        order = list(chosen)
        values = []
        for at in range(math.prod(answer["size"])):
            place, left = {}, at
            for axis in reversed(order):
                left, i = divmod(left, len(chosen[axis]))
                place[axis] = chosen[axis][i]
            values.append(self.persons(table, place))
        answer["value"] = values[:-1] if self.fault("cell missing") else values
        return 200, answer


AXES = {
    "TAB638": {
        "Region": ["00", "01", "0180", "2380"], "Civilstand": ["OG", "G", "SK", "ÄNKL"],
        "Alder": [*AGES, "tot"], "Kon": ["1", "2"], "ContentsCode": ["BE0101N1", "BE0101N2"],
        "Tid": [str(year) for year in range(1968, 2025)],
    },
    "TAB6008": {
        "Region": ["01", "0180", "2380"], "InrikesUtrikes": ["13", "23", "83"],
        "Kon": ["1", "2"], "Alder": AGES, "ContentsCode": ["000005RC"],
        "Tid": [str(year) for year in range(2024, 2071)],
    },
    "TAB6471": {
        "Region": ["2380"], "Alder": [*AGES, "80-84", "100+10"], "Kon": ["TotSa", "1", "2"],
        "ContentsCode": ["000007SF"], "Tid": ["2025M11", "2025M12", "2026M01"],
    },
}  # fmt: skip
LABELS = {"BE0101N1": "Folkmängd", "BE0101N2": "Folkökning", "000005RC": "Antal", "83": "totalt"}


def cube(table, axes):
    return {
        "version": "2.0", "class": "dataset", "label": f"Folkmängd ({table})", "source": "SCB",
        "updated": "2024-06-11T06:00:00Z", "id": list(axes),
        "size": [len(codes) for codes in axes.values()],
        "role": {"time": ["Tid"], "metric": ["ContentsCode"]},
        "note": ["Cell Key Method"] if table == "TAB6471" else [],
        "dimension": {
            axis: {
                "label": axis.lower(),
                "category": {
                    "index": {code: i for i, code in enumerate(codes)},
                    "label": {code: LABELS.get(code, code) for code in codes},
                },
                "extension": {"elimination": axis in ("Civilstand", "InrikesUtrikes", "Kon")},
            }
            for axis, codes in axes.items()
        },
    }  # fmt: skip


def invented_persons(table, place):
    """A smooth municipality; from 2025 on with noise that does not add up."""
    age = int(place["Alder"].split("-")[0].rstrip("+").split("+")[0])
    year = int(place["Tid"][:4])
    base = 900 * math.exp(-(((age - 60) / 20) ** 2)) * (1 + 0.01 * (year - 2014))
    share = {"1": 0.47, "2": 0.53}.get(place.get("Kon"), 1.0)
    noise = (7 * age + year) % 3 - 1 if table == "TAB6471" else 0
    return max(0, round(base * share) + noise)


def refused(call):
    """Code and words of a refusal that speaks both languages."""
    with pytest.raises(kh.InvalidInput) as refusal:
        call()
    (finding, *_) = refusal.value.findings
    assert finding.code == refusal.value.code
    assert finding.message_sv
    assert finding.message_sv != finding.message
    return refusal.value.code, str(refusal.value)


@contextmanager
def serving(service):
    """The service on a free port of the loopback interface, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer(None)

        def do_POST(self):
            size = int(self.headers["Content-Length"])
            self.answer(json.loads(self.rfile.read(size)))

        def answer(self, body):
            parts = urllib.parse.urlsplit(self.path)
            service.calls.append((time.monotonic(), self.path, body))
            if service.fault("429"):
                return self.send(429, b"{}", {"Retry-After": service.retry_after})
            if service.fault("500"):
                return self.send(500, b'{"title": "Internal Server Error"}')
            if service.fault("silence"):
                time.sleep(3)
            query = urllib.parse.parse_qs(parts.query)
            path = parts.path.strip("/").split("/")
            if path[0] == "v3":
                status, said = service.kolada(path[1:], query)
            else:
                status, said = service.scb(path[2:], query, body)
            content = json.dumps(said, ensure_ascii=False).encode("utf-8")
            if service.fault("cut short"):  # fewer bytes than were told
                return self.send(status, content[: len(content) // 2], told=len(content))
            if service.fault("half a document"):
                return self.send(status, content[: len(content) // 2])
            if service.fault("not JSON"):
                return self.send(status, b"<html>maintenance</html>")
            if service.fault("too large"):
                return self.send(status, b" " * 4_000_000)
            if service.fault("redirect"):
                return self.send(302, b"", {"Location": "http://192.0.2.1/elsewhere"})
            if service.fault("drip"):  # a byte now and then: never silent, never done
                return self.drip(content)
            return self.send(status, content)

        def send(self, status, content, headers=(), told=None):
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content) if told is None else told))
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            if told is not None:
                self.close_connection = True

        def drip(self, content):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for i in range(60):
                    self.wfile.write(content[i : i + 1])
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                pass
            self.close_connection = True

        def log_message(self, *arguments):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *arguments):
            pass  # clients that have seen enough hang up

    server = Server(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""Kolada against a real HTTP server in its documented shapes, and from saved answers."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from loopback import Statistics, lines_of, real_figures, refused, serving

import kohort as kh
from kohort.sources import kolada, kolada_ids
from kohort.sources.kolada import Kolada

FIVE = ["0180", "0580", "1280", "1480", "2480"]


def many():
    """Two sexes and all, 40 places, 30 years: more than a segment holds, more than a page."""
    places = list(kolada_ids.municipalities())[30:70]
    years = range(1994, 2024)
    return {
        (kpi, place, year, sex): len(kpi + sex) + int(place) / 100 + year
        for kpi in ("N21704", "N23801") for place in places for year in years for sex in "TKM"
    }  # fmt: skip


def client(service, **options):
    return Kolada(service.address + "/v3", **{"cache": None} | options)


def test_the_published_figures_come_back_as_they_are():
    with serving(Statistics()) as service:
        found = client(service).data("N21704", ["Stockholm", "0580"], 2023)
    assert found.value("N21704", "Stockholm", 2023) == 21.88749
    assert found.value("N21704", "0180", 2023, "women") == 25.688929
    assert found.series("N21704", "Linköping") == {2023: 6.067015}
    assert found.attribution == "Källa: Kolada"
    assert "Källa: Kolada" in str(found)
    assert "Källa: Kolada" in found._repr_html_()
    assert len(found.to_frame("pandas")) == 6
    assert len(found.summary("polars")) == 1
    with pytest.raises(ValueError, match="read-only"):
        found["value"][0] = 1
    code, words = refused(lambda: found.value("N21704", "0180", 2020))
    assert code == "E-KOLADA-MISSING"
    assert "2023" in words


@pytest.mark.parametrize("count", ["total", "page", "none"])
def test_long_requests_are_split_paged_and_put_together(count):
    figures = many()
    places = list(dict.fromkeys(key[1] for key in figures))
    with serving(Statistics(figures=figures, per_page=100, count=count)) as service:
        steps = []
        mine = client(service, progress=lambda done, total: steps.append((done, total)))
        found = mine.data(["N21704", "N23801"], places, range(1994, 2024))
        asked = {path.split("?")[0] for _, path, _ in service.calls}
    assert len(asked) == 4  # 40 places and 30 years, at most 25 in a segment
    assert len(found) == len(figures)
    assert steps[-1] == (4, 4)
    for kpi, place, year, sex in list(figures)[::977]:
        who = {"T": "all", "K": "women", "M": "men"}[sex]
        assert found.value(kpi, place, year, who) == figures[kpi, place, year, sex]


def test_a_second_page_that_is_missing_is_found_by_the_count():
    figures = many()
    with serving(Statistics(figures=figures, faults={"no second page": 1})) as service:
        whole = client(service).data("N21704", "0139", range(1994, 2019))
    assert len(whole) == 75  # all on one page: nothing is missing then
    places = list(dict.fromkeys(key[1] for key in figures))[:20]
    with serving(
        Statistics(figures=figures, per_page=100, faults={"no second page": 1})
    ) as service:
        code, words = refused(lambda: client(service).data("N21704", places, range(1994, 2019)))
    assert code == "E-TRUNCATED"
    assert "100 rows are there, 500 there should be" in words


def test_behind_a_full_page_without_a_pointer_the_next_is_asked_for(monkeypatch):
    monkeypatch.setattr(kolada, "PER_PAGE", 50)
    figures = many()
    places = list(dict.fromkeys(key[1] for key in figures))[:4]
    faults = {"no second page": 1}
    with serving(Statistics(figures=figures, per_page=50, count="none", faults=faults)) as service:
        found = client(service).data("N21704", places, range(1994, 2019))
    assert len(found) == 4 * 25 * 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("cut short", "E-WEB-CUT"),
        ("half a document", "E-WEB-CUT"),
        ("not JSON", "E-WEB-CUT"),
        ("too large", "E-WEB-SIZE"),
        ("silence", "E-WEB-SLOW"),
        ("drip", "E-WEB-SLOW"),
        ("redirect", "E-WEB-ELSEWHERE"),
        ("elsewhere", "E-WEB-ELSEWHERE"),
        ("ring", "E-WEB-LOOP"),
    ],
)
def test_what_goes_wrong_has_a_name_in_both_languages(fault, code):
    with serving(Statistics(faults={fault: 9})) as service:
        mine = client(service, timeout=0.4)
        mine._web.limit, mine._web.deadline = 2_000_000, 0.6
        began = time.monotonic()
        assert refused(lambda: mine.data("N21704", FIVE, 2023))[0] == code
        assert time.monotonic() - began < 3


def test_a_busy_server_is_left_alone_as_long_as_it_asks():
    with serving(Statistics(faults={"429": 1})) as service:
        found = client(service).data("N21704", "0180", 2023)
        times = [at for at, _, _ in service.calls]
    assert len(found) == 3
    assert len(times) == 2
    assert min(np.diff(times)) >= 0.95  # Retry-After: 1
    with serving(Statistics(faults={"429": 9})) as service:
        mine = client(service)
        mine._web.tries = 1
        assert refused(lambda: mine.data("N21704", "0180", 2023))[0] == "E-WEB-BUSY"


def test_a_wait_may_be_told_as_a_time_and_a_long_one_is_not_sat_through():
    with serving(Statistics(faults={"429": 1})) as service:
        service.retry_after = "Wed, 21 Oct 2015 07:28:00 GMT"  # over already
        assert len(client(service).data("N21704", "0180", 2023)) == 3
    with serving(Statistics(faults={"429": 1})) as service:
        service.retry_after = "3600"
        began = time.monotonic()
        assert refused(lambda: client(service).data("N21704", "0180", 2023))[0] == "E-WEB-BUSY"
        assert time.monotonic() - began < 1


def test_a_server_that_fails_for_a_moment_is_asked_again_and_one_that_refuses_is_not():
    with serving(Statistics(faults={"500": 1})) as service:
        assert len(client(service).data("N21704", "0180", 2023)) == 3
    with serving(Statistics()) as service:
        code, words = refused(lambda: client(service)._web.ask(service.address + "/v3/nothing"))
        assert len(service.calls) == 1
    assert code == "E-WEB-STATUS"
    assert "404" in words
    assert "no such path" in words


def test_nobody_listening_and_addresses_that_are_none():
    with serving(Statistics()) as service:
        address = service.address
    assert refused(lambda: Kolada(address, cache=None).data("N21704", "0180"))[0] == "E-WEB-REACH"
    for wrong in ("file:///etc/passwd", "ftp://example.org", "https://me:secret@example.org"):
        code, words = refused(lambda a=wrong: Kolada(a, cache=None).data("N21704", "0180"))
        assert code == "E-WEB-ADDRESS"
        assert "secret" not in words


@pytest.mark.parametrize(
    "invented", [f"N0040{i}" for i in range(4, 10)] + ["N00410", "N00411", "x"]
)
def test_invented_ids_are_refused(invented):
    with serving(Statistics()) as service:
        code, _ = refused(lambda: client(service).data(invented, "0180"))
        assert not any("/data/" in path for _, path, _ in service.calls)
    assert code == "E-KOLADA-ID"


def test_a_refused_id_comes_with_those_like_it_and_all_at_once():
    with serving(Statistics()) as service:
        with pytest.raises(kh.InvalidInput) as refusal:
            client(service).data(["N21740", "hemtjänst 80+"], ["0180", "Östersnud", "9999"])
        assert len(refusal.value.findings) == 4
        assert "N21704" in refusal.value.findings[0].message
        assert "2380 Östersund" in refusal.value.findings[2].message_sv
        # outside the shipped catalogue Kolada's own is asked
        assert len(client(service).data("N15033", "0180", 2023)) == 0


def test_figures_of_groups_missing_and_withdrawn_ones_say_so():
    figures = {("N21704", "G176769", 2023, "T"): 12.5, ("N21704", "2380", 2023, "T"): None}
    with serving(Statistics(figures=figures)) as service:
        found = client(service).data("N21704", ["G176769", "2380", "0180"], 2023)
    codes = {f.code: f for f in found.findings}
    assert set(codes) == {"I-KOLADA-GROUP", "W-KOLADA-NULL", "W-KOLADA-NONE"}
    assert "unweighted means" in codes["I-KOLADA-GROUP"].message
    assert "ovägda medelvärden" in codes["I-KOLADA-GROUP"].message_sv
    assert "0180" in codes["W-KOLADA-NONE"].message
    assert found.series("N21704", "2380") == {}  # a missing figure is no zero
    gone = {"kpi": "N21704", "municipality": "0180", "period": 2023}
    cell = {"gender": "T", "count": 1, "status": "", "value": 1.0, "isdeleted": True}
    made = kolada.KoladaData.made([{"values": [gone | {"values": [cell]}]}])
    assert len(made) == 0
    assert made.findings[0].code == "I-KOLADA-DELETED"


def test_units_have_figures_too():
    with serving(Statistics(figures={("N21704", "V15E018000101", 2023, "T"): 3.0})) as service:
        found = client(service).unit_data("N21704", "V15E018000101", 2023)
        assert found.value("N21704", "V15E018000101", 2023) == 3.0
        assert (
            refused(lambda: client(service).unit_data("N21704", "V15E018000109"))[0]
            == "E-KOLADA-ID"
        )


def test_answers_are_kept_and_serve_without_a_connection(tmp_path):
    with serving(Statistics()) as service:
        first = client(service, cache=tmp_path).data("N21704", FIVE, 2023)
        calls = len(service.calls)
        again = client(service, cache=tmp_path).data("N21704", FIVE, 2023)
        assert len(service.calls) == calls
        address = service.address
    offline = Kolada(address + "/v3", cache=tmp_path, offline=True)
    later = offline.data("N21704", FIVE, 2023)
    for found in (again, later):
        assert found["value"].tolist() == first["value"].tolist()
    code, words = refused(lambda: offline.data("N21704", FIVE, 2022))
    assert code == "E-WEB-OFFLINE"
    assert "/year/2022" in words
    for file in tmp_path.iterdir():  # a spoilt file is no answer, and no accident
        file.write_text("{")
    assert refused(lambda: offline.data("N21704", FIVE, 2023))[0] == "E-WEB-OFFLINE"


def test_the_platform_has_a_folder_for_caches(monkeypatch):
    folder = kolada.cache_of("platform", 30).folder
    assert folder.is_absolute()
    assert "kohort" in folder.parts
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    with pytest.raises(ImportError, match=r"kohort\[web\]"):
        Kolada()
    assert Kolada(cache=None).address == kolada.ADDRESS


def test_saved_answers_are_read_in_any_order_and_a_missing_one_is_found(tmp_path):
    figures = many()
    places = list(dict.fromkeys(key[1] for key in figures))[:20]
    for count in ("total", "page"):
        with serving(Statistics(figures=figures, per_page=200, count=count)) as service:
            mine = client(service)
            whole = mine.data(["N21704", "N23801"], places, range(1994, 2010))
            (link,) = mine.links(["N21704", "N23801"], places, range(1994, 2010))
            pages = mine._chain(link)
        assert len(pages) == 4
        files = [tmp_path / f"{i}.json" for i in range(4)]
        for file, page in zip(files, pages, strict=True):
            file.write_text("\ufeff" + json.dumps(page), encoding="utf-8")
        found = kolada.read(*files[::-1])
        assert found["value"].tolist() == whole["value"].tolist()
        for lacking in range(4):
            some = [file for i, file in enumerate(files) if i != lacking]
            if lacking in (0, 2) and count == "page":
                continue  # nothing in the others tells of a first page, or of the last but one
            assert refused(lambda f=some: kolada.read(*f))[0] == "E-TRUNCATED"
        whole.save(tmp_path / "kept.json")
        kept = kolada.read(tmp_path / "kept.json")
        assert kept["value"].tolist() == whole["value"].tolist()


@pytest.mark.parametrize(
    "content",
    ["[]", "{}", '{"values": 3}', '{"values": [{"kpi": "N21704"}], "count": 1}', "x", "[" * 99999,
     '{"values": [], "count": "many"}', '{"values": [], "count": 3, "next_url": 5}'],
)  # fmt: skip
def test_files_that_are_no_answers_are_refused(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    assert refused(lambda: kolada.read(tmp_path / "x.json"))[0] in ("E-WEB-FORM", "E-WEB-CUT")
    assert refused(lambda: kolada.read(tmp_path / "y.json"))[0] == "E-FILE"


def test_two_answers_that_contradict_each_other_are_refused():
    def page(value):
        cell = {"gender": "T", "count": 1, "status": "", "value": value, "isdeleted": False}
        entry = {"kpi": "N21704", "municipality": "0180", "period": 2023, "values": [cell]}
        return {"values": [entry]}

    assert len(kolada.KoladaData.made([page(1.0), page(1.0)])) == 1
    assert refused(lambda: kolada.KoladaData.made([page(1.0), page(2.0)]))[0] == "E-KOLADA-TWICE"


def test_ctrl_c_ends_a_hanging_request_within_a_second():
    source = (
        "import sys\n"
        "from kohort.sources.kolada import Kolada\n"
        "print('asking', flush=True)\n"
        "try:\n    Kolada(sys.argv[1] + '/v3', cache=None).data('N21704', '0180', 2023)\n"
        "except KeyboardInterrupt:\n    print('stopped', flush=True)\n"
    )
    with serving(Statistics(faults={"silence": 9})) as service:
        run = subprocess.Popen(
            [sys.executable, "-c", source, service.address],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": str(Path(kh.__file__).parents[1])},
        )  # fmt: skip
        assert run.stdout.readline() == "asking\n"
        while not service.calls:
            time.sleep(0.01)
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=10)
        assert time.monotonic() - began < 1
    assert said == "stopped\n"


def test_the_shipped_catalogue_is_kolada_s():
    assert len(kolada_ids.kpis()) == len(lines_of("kolada_kpis"))
    places = kolada_ids.municipalities()
    assert len(places) == 312
    assert places["0000"] == "Riket"
    assert places["0114"] == "Upplands Väsby"  # a leading zero is part of a code
    assert kolada_ids.code_of("Östersunds kommun") in ("2380", "Östersunds kommun")
    assert {key[0] for key in real_figures()} == {"N21704"}
    assert not any(math.isnan(v) for v in real_figures().values())


def test_only_what_was_understood_is_kept(tmp_path, monkeypatch):
    from kohort.sources._web import Web

    figure = {"gender": "T", "count": 1, "status": "", "value": 21.9}
    row = {"kpi": "N21704", "municipality": "0180", "period": 2023, "values": [figure]}
    good = {"values": [row], "count": 1, "next_url": None}
    login = {"detail": "log in please"}
    cut = good | {"count": 7}
    odd = good | {"values": [row | {"values": [figure | {"value": "21,9"}]}]}
    calls = []
    for number, bad in enumerate((login, cut, odd)):
        client = Kolada(cache=tmp_path / str(number))
        answers = iter([bad, good])

        def fetch(web, address, data, answers=answers):
            calls.append(address)
            return json.dumps(next(answers)).encode()

        monkeypatch.setattr(Web, "_fetch", fetch)
        with pytest.raises(kh.InvalidInput):
            client.data("N21704", "0180", [2023])
        for _ in range(2):  # asked for anew, and then kept
            assert client.data("N21704", "0180", [2023]).value("N21704", "0180", 2023) == 21.9
    assert len(calls) == 6


def test_a_page_may_be_told_of_without_the_servers_name(monkeypatch):
    from kohort.sources._web import Web

    figure = {"gender": "T", "count": 1, "status": "", "value": 1.0}
    rows = [
        {"kpi": "N21704", "municipality": "0180", "period": y, "values": [figure]}
        for y in (2022, 2023)
    ]
    pages = iter([
        {"values": rows[:1], "count": 2, "next_url": "/v3/data?page=2"},
        {"values": rows[1:], "count": 2, "next_url": None},
    ])  # fmt: skip
    calls = []

    def fetch(web, address, data):
        calls.append(address)
        return json.dumps(next(pages)).encode()

    monkeypatch.setattr(Web, "_fetch", fetch)
    assert len(Kolada("https://api.kolada.se/v3", cache=None).data("N21704", "0180")) == 2
    assert calls[1] == "https://api.kolada.se/v3/data?page=2"

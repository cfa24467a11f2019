"""The client, against a small server on this machine."""

import sys
import threading
import time
from collections import Counter

import pytest

from spatial_pretrain.data_engine.teacher.endpoint import Endpoint, Request
from tests.spatial_pretrain.data_engine.teacher.chat_server import served
from vst_robot.errors import DataError, InputError, UnavailableError


def requests(number):
    return [
        Request(id=str(k), body={"model": "m", "messages": [{"role": "user", "content": str(k)}]})
        for k in range(number)
    ]


def test_many_at_a_time_but_not_more():
    running, most, lock = [0], [0], threading.Lock()

    def answer(body):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return 200, body["messages"][0]["content"] * 2

    with served(answer) as url:
        replies = list(Endpoint(url=url, concurrency=3).replies(requests(9)))
    assert {reply.id: reply.text for reply in replies} == {str(k): str(k) * 2 for k in range(9)}
    assert 1 < most[0] <= 3


def test_a_busy_server_is_asked_again():
    asked = Counter()

    def answer(body):
        name = body["messages"][0]["content"]
        asked[name] += 1
        return (200, "fine") if asked[name] == 3 else (429, "busy")

    with served(answer) as url:
        replies = list(Endpoint(url=url, concurrency=2, retries=2).replies(requests(2)))
    assert [reply.text for reply in replies] == ["fine", "fine"] and asked == {"0": 3, "1": 3}


def test_one_bad_request_does_not_stop_the_others():
    with served(lambda body: (400, "no") if body["messages"][0]["content"] == "1" else (200, "")) as url:
        errors = {reply.id: reply.error for reply in Endpoint(url=url).replies(requests(2))}
        assert errors == {"0": "empty answer", "1": "refused by the endpoint (400)"}
        generate = Endpoint(url=url).generator("m", temperature=0, max_tokens=5)
        with pytest.raises(DataError, match="no answer from m: empty answer"):
            generate([{"role": "user", "content": "0"}])


@pytest.mark.parametrize(("status", "advice"), [(401, "OPENAI_API_KEY"), (404, "check --model"), (503, "try again")])
def test_a_server_that_refuses_all(status, advice):
    with served(lambda body: (status, "no")) as url, pytest.raises(UnavailableError, match=advice):
        list(Endpoint(url=url, retries=0).replies(requests(3)))


def test_no_server():
    with pytest.raises(UnavailableError, match="start the server"):
        list(Endpoint(url="http://127.0.0.1:9/v1", retries=0).replies(requests(1)))
    with pytest.raises(InputError, match="must be a URL"):
        Endpoint(url="localhost:8000")


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(UnavailableError, match=r"pip install 'vst-robot\[teacher\]'"):
        list(Endpoint(url="http://127.0.0.1:9/v1").replies(requests(1)))

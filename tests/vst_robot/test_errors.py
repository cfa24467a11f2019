import pytest

from vst_robot.errors import (
    DataError,
    InputError,
    UnavailableError,
    VstRobotError,
    missing_extra,
    unknown_name,
)


def test_a_misspelt_name_is_answered_with_the_nearest_one() -> None:
    error = unknown_name("suite", "libero_spacial", ["libero_spatial", "libero_goal"])
    assert isinstance(error, InputError)
    assert str(error) == (
        "unknown suite 'libero_spacial': did you mean 'libero_spatial'? known: libero_goal, libero_spatial"
    )


def test_a_name_like_no_other_is_answered_with_the_list() -> None:
    assert str(unknown_name("suite", "zzz", iter(["b", "a"]))) == "unknown suite 'zzz': known: a, b"


def test_a_missing_package_is_answered_with_the_command_that_brings_it() -> None:
    error = missing_extra("torch", "train", "fine-tuning")
    assert isinstance(error, UnavailableError)
    assert str(error).endswith("pip install 'vst-robot[train]'")
    assert "fine-tuning needs the package 'torch'" in str(error)


@pytest.mark.parametrize(
    ("kind", "family"), [(InputError, ValueError), (DataError, ValueError), (UnavailableError, RuntimeError)]
)
def test_families(kind: type[Exception], family: type[Exception]) -> None:
    assert issubclass(kind, VstRobotError)
    assert issubclass(kind, family)

import errno

import pytest

from spatial_pretrain.checkpoints import (
    STAGING,
    claim_run,
    clear_staging,
    full_disk_as_error,
    latest_checkpoint,
    publish,
    steps_of,
)
from vst_robot.errors import DataError, InputError, UnavailableError


def stage(folder, steps):
    staged = folder / STAGING / f"checkpoint-{steps}"
    staged.mkdir(parents=True)
    (staged / "trainer_state.json").write_text("{}")
    return staged


def test_published_checkpoints_replace_older_ones(tmp_path) -> None:
    for steps in (5, 10, 15):
        publish(stage(tmp_path, steps), tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-15"]
    assert steps_of(latest_checkpoint(tmp_path)) == 15


def test_half_a_checkpoint_is_never_the_latest(tmp_path) -> None:
    publish(stage(tmp_path, 5), tmp_path, keep=2)
    stage(tmp_path, 10)
    (tmp_path / "checkpoint-20").mkdir()
    assert steps_of(latest_checkpoint(tmp_path)) == 5
    clear_staging(tmp_path)
    assert not (tmp_path / STAGING).exists()


def test_no_checkpoint(tmp_path) -> None:
    assert latest_checkpoint(tmp_path / "none") is None
    with pytest.raises(DataError):
        steps_of(tmp_path / "checkpoint-x")


def test_a_run_is_claimed_once(tmp_path) -> None:
    claim_run(tmp_path, {"seed": 1, "betas": (0.9, 0.99)})
    claim_run(tmp_path, {"seed": 1, "betas": (0.9, 0.99)})
    with pytest.raises(InputError, match="seed = 1, not 2"):
        claim_run(tmp_path, {"seed": 2, "betas": (0.9, 0.99)})


@pytest.mark.parametrize("wrapped", [True, False])
def test_full_disk(tmp_path, wrapped) -> None:
    stage(tmp_path, 5)
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(UnavailableError, match="no space left"), full_disk_as_error(tmp_path):
        if not wrapped:
            raise full
        try:
            raise full
        except OSError as error:
            raise RuntimeError("writer failed") from error
    assert not (tmp_path / STAGING).exists()


def test_other_errors_pass(tmp_path) -> None:
    with pytest.raises(KeyError), full_disk_as_error(tmp_path):
        raise KeyError("x")

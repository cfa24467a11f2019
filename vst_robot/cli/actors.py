"""What `--policy` may name."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from action_tokenizer import LIBERO_ACTION_NAMES, LIBERO_GRIPPER, ActionStatistics
from vst_robot.errors import DataError, InputError, unknown_name
from vst_robot.interfaces import ExpertFactory, Policy

Actor = Policy | ExpertFactory
SHIPPED = ("vst-nano-libero",)


@dataclass(frozen=True, kw_only=True)
class LoadedActor:
    """Something that acts, and the start states that it must not be evaluated on."""

    acting: Actor
    training_start_hashes: frozenset[str] = frozenset()


def load_actor(name: str, *, seed: int, device: str) -> LoadedActor:
    """Loads a policy by name, folder or hub id.

    Raises:
        InputError: There is nothing of that name.
        DataError: Half a checkpoint folder, or a policy of another robot.
    """
    if name == "scripted":
        from envs.experts import scripted

        return LoadedActor(acting=scripted())
    if name == "random":
        from policies.fake import RandomPolicy

        return LoadedActor(acting=RandomPolicy(action_dim=7, horizon=1, seed=seed))
    return _learned(policy_folder(name), device)


def quieten_transformers() -> None:
    """No progress bars for files that are loaded in a second, no load reports beside our own error."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()


def _learned(folder: Path, device: str) -> LoadedActor:
    from policies import manifest

    # Before torch is loaded: half a folder, or a policy of another robot, is refused at once.
    _check_robot(folder, manifest.load(folder).action_codec.statistics)
    from policies.vla import VlaPolicy

    quieten_transformers()
    policy = VlaPolicy.load(folder, device=device)
    return LoadedActor(acting=policy, training_start_hashes=frozenset(policy.manifest.start_hashes))


def _check_robot(folder: Path, statistics: ActionStatistics) -> None:
    theirs = (*statistics.names, statistics.gripper_polarity)
    libero = (*LIBERO_ACTION_NAMES, LIBERO_GRIPPER)
    if theirs != libero:
        raise DataError(
            f"{folder / 'vla.json'} has statistics of another robot ({'; '.join(theirs)}), "
            f"LIBERO's arm takes ({'; '.join(libero)}): name a policy that was trained on LIBERO"
        )


def policy_folder(name: str) -> Path:
    """The folder of a shipped policy, a local one, or a snapshot of a hub repository."""
    if name in SHIPPED:
        return Path(str(files("policies") / "weights" / name))
    if Path(name).is_dir():
        return Path(name)
    if name.count("/") == 1 and not name.startswith((".", "/")):
        return _snapshot(name)
    if "/" in name:
        raise InputError(f"no policy folder '{name}': name a folder with vla.json, or a hub id such as owner/name")
    raise unknown_name("policy", name, (*SHIPPED, "scripted", "random"))


def _snapshot(hub_id: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        return Path(snapshot_download(hub_id, allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.txt"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError, OSError) as error:
        raise InputError(
            f"no policy folder '{hub_id}', and the hub does not give one ({type(error).__name__}): "
            "check the name and the network"
        ) from error

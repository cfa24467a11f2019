"""The three formats behind one door: a folder's format is recognised by what lies in it."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from policies.demos import layout, robot_file
from policies.demos.declaration import GripperPolarity, SetDeclaration, SetHints
from policies.demos.interface import Demonstrations, DemonstrationWriter, Format
from policies.demos.store import MANIFEST_NAME, DemonstrationStore
from policies.demos.streamed import StreamedSet
from vst_robot.errors import DataError, InputError, missing_extra
from vst_robot.types import Orientation, Task

UNFINISHED = ".partial"
"""What a folder's name ends with while a conversion works on it."""
EXTRA = "data"
PACKAGES: dict[Format, tuple[str, ...]] = {
    "hdf5": (),
    "rlds": ("tensorflow", "tensorflow_datasets"),
    "lerobot": ("pyarrow", "av"),
}
"""What a format needs besides h5py."""


def open_demonstrations(
    folder: Path | str,
    *,
    tasks: Sequence[Task] = (),
    only: Sequence[Task] | None = None,
    orientation: Orientation | None = None,
    gripper: GripperPolarity | None = None,
    robot: Path | str | None = None,
    libero: bool = False,
) -> Demonstrations:
    """Opens a set of any format.

    Args:
        folder: Where it lies. An empty or absent folder is an empty HDF5 set.
        tasks: Known tasks, to name those of sets by others.
        only: Tasks to read; None reads all that are there.
        orientation: Orientation of the pictures, for sets that do not declare it.
        gripper: Polarity of the gripper, likewise.
        robot: File that names the dimensions of another robot; left out, `robot.toml` in the folder if it is there.
        libero: Whether the set is known to be of LIBERO's robot, whatever it calls the dimensions.

    Raises:
        InputError: What is told contradicts the set.
        DataError: The set is damaged, unfinished or of no format that is known.
        UnavailableError: Reading the format needs a package that is not installed.
    """
    folder = Path(folder)
    found = recognise(folder) or "hdf5"
    require_packages(found, f"reading {folder}")
    said = robot_file.load(folder, robot)
    hints = SetHints(tasks=tasks, orientation=orientation, gripper=gripper, robot=said, libero=libero)
    if found == "lerobot":
        from policies.demos.lerobot.reading import LeRobotFolder

        return StreamedSet(LeRobotFolder(folder, hints), only=only)
    if found == "rlds":
        from policies.demos.rlds.reading import RldsFolder

        return StreamedSet(RldsFolder(folder, hints), only=only)
    if said is not None or _holds_another_robot(folder, libero=libero):
        from policies.demos.robomimic import RobomimicFolder

        return StreamedSet(RobomimicFolder(folder, hints), only=only)
    if gripper == "openvla":
        raise InputError(f"{folder}: LIBERO's HDF5 files have LIBERO's gripper (-1 open, +1 closed); drop the flag")
    return DemonstrationStore(folder, tasks=tasks, only=only, orientation=orientation)


def recognise(folder: Path) -> Format | None:
    """The format of a folder by its contents; None if it holds no demonstrations.

    Raises:
        DataError: It is an unfinished conversion, or holds more than one format.
    """
    if folder.name.endswith(UNFINISHED):
        raise DataError(
            f"{folder} is an unfinished conversion; run the same 'vst-robot demos convert' again first "
            "('regenerate', if that made it)"
        )
    signs: dict[Format, bool] = {
        "lerobot": (folder / "meta" / "info.json").is_file(),
        "rlds": rlds_root(folder) is not None,
        "hdf5": any(folder.glob("*.hdf5"))
        or (folder / MANIFEST_NAME).is_file()
        or any(folder.glob("parts/*/demo_*.hdf5")),
    }
    found: list[Format] = [name for name, sign in signs.items() if sign]
    if len(found) > 1:
        raise DataError(f"{folder} holds {' and '.join(found)} at once; keep every set in a folder of its own")
    return found[0] if found else None


def _holds_another_robot(folder: Path, *, libero: bool) -> bool:
    """Whether a folder of HDF5 files is not for `DemonstrationStore`, which knows LIBERO's layout alone."""
    paths = sorted(folder.glob("*.hdf5"))
    if libero or not paths or (folder / MANIFEST_NAME).is_file() or (folder / "parts").is_dir():
        return False
    if not all(path.name.endswith(layout.SUFFIX) for path in paths):
        return True
    from policies.demos.robomimic import is_another_robot

    return is_another_robot(paths[0])


def rlds_root(folder: Path) -> Path | None:
    """Where `dataset_info.json` and `features.json` lie: in the folder, or in its newest version folder."""
    for root in (folder, *sorted(folder.glob("[0-9]*.[0-9]*.[0-9]*"), reverse=True)):
        if (root / "dataset_info.json").is_file() and (root / "features.json").is_file():
            return root
    return None


def new_writer(found: Format, folder: Path, declaration: SetDeclaration) -> DemonstrationWriter:
    """A writer for a folder; it continues behind what is whole there.

    Raises:
        UnavailableError: Writing the format needs a package that is not installed.
    """
    require_packages(found, f"writing {found}")
    if found == "lerobot":
        from policies.demos.lerobot.writing import LeRobotWriter

        return LeRobotWriter(folder, declaration)
    if found == "rlds":
        from policies.demos.rlds.writing import RldsWriter

        return RldsWriter(folder, declaration)
    from policies.demos.hdf5_set import Hdf5Writer

    return Hdf5Writer(folder, declaration)


def require_packages(found: Format, purpose: str) -> None:
    """Finds out whether a format's packages are installed, without importing them.

    Raises:
        UnavailableError: Names the package and the extra that brings it.
    """
    for package in PACKAGES[found]:
        if importlib.util.find_spec(package) is None:
            raise missing_extra(package, EXTRA, purpose)

"""Pictures that are rendered when somebody looks."""

from collections.abc import Callable, Iterator, Mapping

from vst_robot.errors import InputError
from vst_robot.types import Picture


class LazyImages(Mapping[str, Picture]):
    """Camera name → picture of one control step, rendered at first access and kept.

    The simulator moves on: a camera that nobody looked at before the next step is lost, and asking for it
    then is an error instead of a picture of another moment. Pickling keeps what was rendered.

    Args:
        cameras: Names that may be asked for.
        render: Renders one camera's picture of the simulator's present state.
    """

    def __init__(self, cameras: tuple[str, ...], render: Callable[[str], Picture]) -> None:
        self._cameras = cameras
        self._render: Callable[[str], Picture] | None = render
        self._pictures: dict[str, Picture] = {}

    def expire(self) -> None:
        """Called by the environment before it moves on."""
        self._render = None

    def __getitem__(self, camera: str) -> Picture:
        if camera not in self._pictures:
            if camera not in self._cameras:
                raise KeyError(camera)
            if self._render is None:
                raise InputError(f"camera '{camera}' was asked for after the next step or reset: look before stepping")
            self._pictures[camera] = self._render(camera)
        return self._pictures[camera]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cameras)

    def __len__(self) -> int:
        return len(self._cameras)

    def __reduce__(self) -> tuple[type, tuple[dict[str, Picture]]]:
        return dict, (self._pictures,)

"""Layouts written by hand."""

from spatial_pretrain.data_engine.layout import Layout, LayoutCamera, LayoutObject

UPRIGHT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
TURNED_RIGHT = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0))
"""Looks along the first camera's x axis."""

K = ((100.0, 0.0, 50.0), (0.0, 100.0, 50.0), (0.0, 0.0, 1.0))


def camera(position_m=(0.0, 0.0, 0.0), R=UPRIGHT, **changes):
    return LayoutCamera(position_m=position_m, R_level_camera=R, K=K, size_px=(100, 100), hfov_deg=53.13, **changes)


def thing(instance, name, centre_m, *, size_m=(0.4, 0.4, 0.4), seen=(True, True), points_px=(None, None), R=UPRIGHT):
    return LayoutObject(
        instance=instance,
        name=name,
        label=name,
        centre_m=centre_m,
        size_m=size_m,
        R_level_box=R,
        has_front=False,
        in_frames=seen,
        glimpsed=seen,
        points_px=points_px,
        boxes_px=(None, None),
    )


def layout(*objects, cameras=None, **roles):
    cameras = cameras or (camera(), camera((1.0, 0.0, 1.0), TURNED_RIGHT))
    return Layout(frames=(0, 1), levelled=True, cameras=cameras, objects=objects, roles=roles)

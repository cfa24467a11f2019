import pytest

from eval_libero.protocols import PROTOCOLS, get_protocol
from vst_robot.errors import InputError


def test_vst_is_what_the_release_does():
    vst = get_protocol("vst")
    suites = ("libero_spatial", "libero_object", "libero_goal", "libero_10", "libero_90")
    assert [vst.step_limit(suite) for suite in suites] == [220, 280, 300, 520, 400]
    assert (vst.episodes_per_task, vst.num_starts, vst.settle_steps) == (50, 50, 10)
    assert vst.settle_action == (0, 0, 0, 0, 0, 0, -1)
    assert (vst.env_seed, vst.policy_seed, vst.image_size) == (0, 7, 256)
    assert vst.cameras == ("agentview",)
    assert vst.orientation == "mirrored"


@pytest.mark.parametrize(("name", "spatial", "seed"), [("openvla", 220, 0), ("openpi", 220, 7), ("lerobot", 280, 1000)])
def test_others_differ_where_they_differ(name, spatial, seed):
    protocol = get_protocol(name)
    assert (protocol.step_limit("libero_spatial"), protocol.env_seed) == (spatial, seed)
    assert protocol.step_limit("libero_90") == 400
    assert protocol.deviations, "what cannot be honoured is said"


def test_every_protocol_names_its_source():
    assert all(protocol.source and protocol.name == name for name, protocol in PROTOCOLS.items())


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'openvla'"):
        get_protocol("open_vla")
    with pytest.raises(InputError, match="'vst' says nothing about suite 'point_reach': it covers libero_spatial"):
        get_protocol("vst").step_limit("point_reach")

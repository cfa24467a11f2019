"""What LIBERO 0.1.4 and robosuite 1.4.0 read from an object file, checked on every file of the pack."""

import xml.etree.ElementTree as ET
from pathlib import PurePosixPath

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from envs.assets.primitive import pack

FILES = pack.object_files()
OBJECTS = [path for path in FILES if path.endswith(".xml") and not path.startswith("scenes/")]
LEVELS = {
    "top_side": None,
    "top_region": "top_level",
    "middle_region": "middle_level",
    "bottom_region": "bottom_level",
}
REGIONS = {
    "wooden_cabinet": LEVELS,
    "white_cabinet": LEVELS,
    "flat_stove": {"cook_region": None, "burner": None},
    "microwave": {"top_side": None, "heating_region": None},
    "basket": {"contain_region": None},
    "wooden_tray": {"contain_region": None},
    "desk_caddy": dict.fromkeys(f"{side}_contain_region" for side in ("left", "right", "front", "back")),
    "wine_rack": {"top_region": None},
    "wooden_two_layer_shelf": {"top_side": None, "top_region": None, "bottom_region": None},
}
"""Region → joint of its drawer."""

JOINTS = {
    "wooden_cabinet": {f"{level}_level": (-0.16, 0.01) for level in ("top", "middle", "bottom")},
    "white_cabinet": {f"{level}_level": (-0.16, 0.01) for level in ("top", "middle", "bottom")},
    "flat_stove": {"button": (-0.005, 2.1)},
    "microwave": {"microjoint": (-2.094, 0.0)},
}
"""Ranges in metres or radians, in LIBERO's order, which is that of the published states."""

MASSES_KG = {
    "alphabet_soup": 0.0259,
    "tomato_sauce": 0.0266,
    "ketchup": 0.0232,
    "bbq_sauce": 0.0122,
    "salad_dressing": 0.0218,
    "new_salad_dressing": 0.0218,
    "wine_bottle": 0.0154,
    "milk": 0.0317,
    "orange_juice": 0.0317,
    "butter": 0.0052,
    "cream_cheese": 0.0062,
    "chocolate_pudding": 0.0102,
    "cookies": 0.0096,
    "black_book": 0.0425,
    "yellow_book": 0.0281,
    "akita_black_bowl": 0.0056,
    "white_bowl": 0.0021,
    "plate": 0.0115,
    "glazed_rim_porcelain_ramekin": 0.0097,
    "porcelain_mug": 0.0165,
    "red_coffee_mug": 0.0294,
    "white_yellow_mug": 0.0309,
    "moka_pot": 0.0682,
    "chefmate_8_frypan": 0.0502,
    "basket": 0.1361,
    "wooden_tray": 0.0572,
    "desk_caddy": 0.278,
    "wine_rack": 0.1527,
    "wooden_two_layer_shelf": 0.2063,
}

BOUNDS_MM = {
    "alphabet_soup": (-31.3, -38.6, -34.9, 31.1, 37.6, 27.5),
    "tomato_sauce": (-31.2, -38.6, -34.1, 31, 37.6, 27.5),
    "ketchup": (-27.7, -72.4, -17.6, 28.6, 73.2, 19.1),
    "bbq_sauce": (-23.5, -14.6, -54.6, 23.5, 14.6, 52.5),
    "salad_dressing": (-27.3, -72.7, -18, 25.4, 72.8, 17.6),
    "new_salad_dressing": (-27.3, -22.7, -18, 25.4, 122.9, 17.6),
    "wine_bottle": (-20.7, -22, 1.1, 21.9, 22.2, 158),
    "milk": (-26.4, -69.8, -26.3, 26.6, 61.4, 26.3),
    "orange_juice": (-26.6, -69.8, -26.3, 26.4, 61.4, 26.3),
    "butter": (-38.1, -19.8, -8.7, 38.1, 19.8, 8.7),
    "cream_cheese": (-40.6, -21.3, -8.9, 40.6, 21.3, 8.9),
    "chocolate_pudding": (-40.6, -23.2, -13.1, 39.6, 23.2, 14.3),
    "cookies": (-31, -41.3, -9.4, 31, 41.3, 9.4),
    "black_book": (-14.8, -67.3, 2.2, 13.9, 43, 136.6),
    "yellow_book": (-10.1, -48.8, 2, 13.4, 48.9, 124.2),
    "white_bowl": (-40.8, -40.9, 0.6, 40.5, 40.3, 35.1),
    "plate": (-68, -68.4, -2.5, 69.6, 69.1, 16.4),
    "glazed_rim_porcelain_ramekin": (-44.7, -44.4, 0.7, 44.7, 44.7, 42.7),
    "porcelain_mug": (-64.7, -49.4, 2.4, 60, 46.9, 108.5),
    "red_coffee_mug": (-60.7, -47.2, -1.8, 62.2, 46, 130.8),
    "white_yellow_mug": (-71.3, -53, -0.1, 68.4, 53.1, 103.1),
    "moka_pot": (-40.6, -56.3, -66.1, 40.8, 91.2, 85.7),
    "chefmate_8_frypan": (-96.8, -103.2, 0.8, 259.3, 101.1, 58.7),
    "basket": (-84.1, -78.5, 4.2, 85.4, 78.8, 145.7),
    "wooden_tray": (-141.6, -87.6, -1, 155.5, 78.9, 80.9),
    "desk_caddy": (-75.5, -216.9, 1.4, 75.5, 216.9, 168.3),
    "wine_rack": (-134.4, -124.4, -2.2, 134.4, 129.5, 328.2),
    "wooden_two_layer_shelf": (-170.8, -79.2, 0.2, 180.7, 111.7, 210.6),
}
"""Lower and upper corner of what touches in LIBERO's files (commit 8f1084e), in the frame of the body ``object``."""


def _root(path):
    return ET.fromstring(FILES[path])


def _object(path):
    return _root(path).find("./worldbody/body/body[@name='object']")


def _path(name):
    return next(path for path in OBJECTS if path.endswith(f"/{name}.xml"))


def _boxes(name):
    return [geom for geom in _object(_path(name)).iter("geom") if geom.get("group") == "0"]


def _vector(element, key):
    return np.array([float(number) for number in element.get(key).split()])


@pytest.mark.parametrize("path", OBJECTS)
def test_layout(path):
    outer = _root(path).find("./worldbody/body")
    assert outer.get("name") is None
    sites = {site.get("name"): _vector(site, "pos") for site in outer.findall("site")}
    assert set(sites) == {"bottom_site", "top_site", "horizontal_radius_site"}
    assert sites["bottom_site"][2] < 0 < sites["top_site"][2] and sites["horizontal_radius_site"][0] > 0
    assert _object(path) is not None


@pytest.mark.parametrize("path", OBJECTS)
def test_every_geom_touches_or_is_seen(path):
    for geom in _object(path).iter("geom"):
        assert geom.get("group") in ("0", "1")
        if geom.get("group") == "0":
            assert geom.get("type") == "box" and float(geom.get("density")) > 0
            assert geom.get("contype") == ("0" if path.endswith("microwave.xml") else None)
            assert geom.get("conaffinity") in (None, "1")
        else:
            assert (geom.get("contype"), geom.get("conaffinity"), geom.get("mass")) == ("0", "0", "0")


@pytest.mark.parametrize("path", OBJECTS)
def test_nothing_reflects_and_every_reference_exists(path):
    root = _root(path)
    materials = {material.get("name"): material for material in root.iter("material")}
    meshes = {mesh.get("name") for mesh in root.iter("mesh")}
    assert all(material.get("reflectance") == "0" for material in materials.values())
    for geom in root.iter("geom"):
        assert geom.get("material") in materials or geom.get("group") == "0"
        assert geom.get("mesh") in meshes or geom.get("type") != "mesh"
    names = [(element.tag, element.get("name")) for element in root.find("asset")]
    assert len(names) == len(set(names)), "robosuite drops the second asset of a name"
    for element in root.iter():
        if file := element.get("file"):
            assert str(PurePosixPath(path).parent / file) in FILES


@pytest.mark.parametrize(("name", "regions"), REGIONS.items())
def test_regions_and_their_joints(name, regions):
    root = _object(_path(name))
    found = {}
    for body in root.iter("body"):
        joints = [joint.get("name") for joint in body.findall("joint")]
        for site in body.findall("site"):
            assert all(site.get(key) for key in ("type", "pos", "size"))
            assert site.get("quat") or site.get("name") == "burner"
            found[site.get("name")] = joints[0] if joints else None
    assert found == regions


@pytest.mark.parametrize("name", REGIONS)
def test_libero_finds_every_region(name):
    """LIBERO walks the bodies in document order and gives up at the first without a site below it."""
    seen = set()
    outer = _root(_path(name)).find("./worldbody/body")
    for body in outer.findall(".//body"):
        if body.find(".//site") is None:
            break
        seen |= {site.get("name") for site in body.findall(".//site")}
    assert seen == set(REGIONS[name])


@pytest.mark.parametrize(("name", "mass_kg"), MASSES_KG.items())
def test_movables_weigh_what_liberos_weigh(name, mass_kg):
    mass = sum(8 * np.prod(_vector(box, "size")) * float(box.get("density")) for box in _boxes(name))
    assert mass == pytest.approx(mass_kg, rel=0.03)
    assert not list(_object(_path(name)).iter("joint"))


@pytest.mark.parametrize(("name", "bounds_mm"), BOUNDS_MM.items())
def test_they_are_as_large_as_liberos(name, bounds_mm):
    corners = []
    for box in _boxes(name):
        matrix = Rotation.from_quat(np.roll(_vector(box, "quat"), -1)).as_matrix()
        reach = np.abs(matrix) @ _vector(box, "size")
        corners += [_vector(box, "pos") - reach, _vector(box, "pos") + reach]
    found_mm = 1000 * np.concatenate([np.min(corners, axis=0), np.max(corners, axis=0)])
    np.testing.assert_allclose(found_mm, bounds_mm, atol=6)


@pytest.mark.parametrize(("name", "joints"), JOINTS.items())
def test_joints_are_liberos(name, joints):
    found = {joint.get("name"): tuple(_vector(joint, "range")) for joint in _object(_path(name)).iter("joint")}
    assert found == joints and list(found) == list(joints)


ROOMS = {
    "tabletop": ("light-gray-floor-tile", "light-gray-plaster", "./geom[@name='floor']"),
    "kitchen_tabletop": ("gray_ceramic_tile", "yellow_linen_wall_texture", "./body[@name='table']"),
    "floor": ("light-gray-floor-tile", "light-gray-plaster", "./body[@name='floor']/geom[@name='floor']"),
    "living_room_tabletop": ("seamless_wood_planks_floor", "light-gray-plaster", "./body[@name='living_room_table']"),
    "study": ("light-gray-floor-tile", "light-gray-plaster", "./body[@name='study_table']"),
}
"""Room → pictures that LIBERO puts into it, and what it looks up."""


@pytest.mark.parametrize(("room", "needs"), ROOMS.items())
def test_rooms_have_what_libero_edits(room, needs):
    root = _root(f"scenes/libero_{room}_base_style.xml")
    floor, wall, part = needs
    textures = {texture.get("name"): texture.get("file") for texture in root.iter("texture")}
    assert (textures["texplane"], textures["tex-wall"]) == (f"../textures/{floor}.png", f"../textures/{wall}.png")
    assert {f"textures/{floor}.png", f"textures/{wall}.png"} <= set(FILES)
    assert root.find("worldbody").find(part) is not None
    assert all(material.get("reflectance") == "0" for material in root.iter("material"))
    assert {"frontview", "agentview"} <= {camera.get("name") for camera in root.iter("camera")}


@pytest.mark.parametrize("room", ["tabletop", "kitchen_tabletop"])
def test_liberos_table_can_be_resized(room):
    root = _root(f"scenes/libero_{room}_base_style.xml")
    assert root.find("./worldbody/geom[@name='floor']") is not None
    table = root.find("./worldbody/body[@name='table']")
    geoms = {geom.get("name") for geom in table.findall("geom")}
    legs = {f"table_leg{i}_visual" for i in range(1, 5)}
    assert geoms == {"table_collision", "table_visual"} | legs
    assert table.find("./site[@name='table_top']") is not None

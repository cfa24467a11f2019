"""What LIBERO 0.1.4 and robosuite 1.4.0 read from an object file, checked on every file of the pack."""

import xml.etree.ElementTree as ET
from pathlib import PurePosixPath

import numpy as np
import pytest

from envs.assets.primitive import pack

FILES = pack.object_files()
OBJECTS = [path for path in FILES if path.endswith(".xml") and not path.startswith("scenes/")]
REGIONS = {
    "wooden_cabinet": {
        "top_side": None,
        "top_region": "top_level",
        "middle_region": "middle_level",
        "bottom_region": "bottom_level",
    },
    "flat_stove": {"cook_region": None, "burner": None},
}
"""Region → joint of its drawer."""

MASSES_KG = {
    "akita_black_bowl": 0.0056,
    "plate": 0.0115,
    "glazed_rim_porcelain_ramekin": 0.0097,
    "cookies": 0.0096,
}


def _root(path):
    return ET.fromstring(FILES[path])


def _object(path):
    return _root(path).find("./worldbody/body/body[@name='object']")


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
            assert geom.get("contype") is None and geom.get("conaffinity") is None
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
    root = _object(f"articulated_objects/{name}.xml")
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
    for body in _object(f"articulated_objects/{name}.xml").findall(".//body"):
        if body.find(".//site") is None:
            break
        seen |= {site.get("name") for site in body.findall(".//site")}
    assert seen == set(REGIONS[name])


@pytest.mark.parametrize(("name", "mass_kg"), MASSES_KG.items())
def test_movables_weigh_what_liberos_weigh(name, mass_kg):
    path = next(path for path in OBJECTS if path.endswith(f"/{name}.xml"))
    boxes = [geom for geom in _object(path).iter("geom") if geom.get("group") == "0"]
    mass = sum(8 * np.prod(_vector(box, "size")) * float(box.get("density")) for box in boxes)
    assert mass == pytest.approx(mass_kg, rel=0.01)
    assert not list(_object(path).iter("joint"))


def test_arena_has_what_libero_edits():
    root = _root("scenes/libero_tabletop_base_style.xml")
    textures = {texture.get("name"): texture for texture in root.iter("texture")}
    for name in ("texplane", "tex-wall"):
        assert textures[name].get("file").startswith("../textures/")
    assert root.find("./worldbody/geom[@name='floor']") is not None
    table = root.find("./worldbody/body[@name='table']")
    geoms = {geom.get("name") for geom in table.findall("geom")}
    legs = {f"table_leg{i}_visual" for i in range(1, 5)}
    assert geoms == {"table_collision", "table_visual"} | legs
    assert table.find("./site[@name='table_top']") is not None
    assert {"textures/light-gray-floor-tile.png", "textures/light-gray-plaster.png"} <= set(FILES)

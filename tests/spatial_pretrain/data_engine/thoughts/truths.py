"""Whether what a sentence of a thought says is so, found in the scene itself: masks, depth maps, the z-up world.

Ground vectors are complex numbers (east + i north of the toy world), so a direction relative to a heading is a
quotient whose angle grows counter-clockwise; none of the generator's own geometry is used.
"""

import re

import numpy as np

from tests.spatial_pretrain.data_engine import pair_oracles
from tests.spatial_pretrain.data_engine.pair_oracles import COMPASS, WORDS

HALF_SECTOR = 22.5
_SECTOR_OF = {
    "roughly straight ahead": 0, "roughly straight ahead, in the same direction": 0, "straight ahead": 0,
    "up": 0, "ahead and to the right": 1, "ahead on the right": 1, "up and to the right": 1, "to my right": 2,
    "on the right": 2, "to the right": 2, "behind me and to the right": 3, "behind on the right": 3,
    "down and to the right": 3, "directly behind me": 4, "behind the camera": 4, "down": 4,
    "behind me and to the left": 5, "behind on the left": 5, "down and to the left": 5, "to my left": 6,
    "on the left": 6, "to the left": 6, "ahead and to the left": 7, "ahead on the left": 7, "up and to the left": 7,
}  # fmt: skip
_AMOUNTS = {"half a right angle": 1, "a right angle": 2, "one and a half right angles": 3}


class World:
    """A scene and the sample's truth, as what its thought may speak of."""

    def __init__(self, scene, sample):
        self.scene, self.truth = scene, sample.truth
        self.frames = sample.truth["layout"]["frames"]
        self.instances = {each["name"]: each["instance"] for each in sample.truth["layout"]["objects"]}
        self.answer = sample.turns[0].answer
        self.roles = {role: list(each) for role, each in sample.truth["layout"]["roles"].items()}

    def thing(self, text):
        name = re.sub(r"^(?:the|an?) ", "", text)
        return self.instances[name]

    def things(self, text):
        return [self.thing(each) for each in re.split(r", | and ", text)]

    def at(self, text):
        """A place on the ground, and with its height: of an object, or of the first camera."""
        if "camera" in text or "first image was taken" in text:
            return self.eye(0)
        return self.centre(self.thing(text.removeprefix("at ")))

    def centre(self, instance):
        return next(each for each in self.scene.objects if each.instance == instance).box.centre_m

    def eye(self, picture):
        return self.scene.frames[self.frames[picture]].T_world_camera[:3, 3]

    def heading(self, picture):
        return flat(self.scene.frames[self.frames[picture]].T_world_camera[:3, 2])

    def mask(self, instance, picture):
        return self.scene.frames[self.frames[picture]].instances == instance

    def middle(self, instance, picture):
        """Of the mask, as shares of the picture from its upper left corner."""
        rows, columns = np.nonzero(self.mask(instance, picture))
        height, width = self.scene.frames[self.frames[picture]].instances.shape
        return (columns.mean() + 0.5) / width, (rows.mean() + 0.5) / height

    def depth(self, instance, picture):
        mask = self.mask(instance, picture)
        return float(np.median(self.scene.frames[self.frames[picture]].depth_m[mask]))

    def seen(self, instance, picture):
        return self.mask(instance, picture).sum() >= 30

    def distance(self, one, other):
        return float(np.linalg.norm(self.centre(one) - self.centre(other)))


def flat(vector):
    return complex(vector[0], vector[1])


def clockwise_deg(reference, vector):
    return -np.degrees(np.angle(vector / reference))


def in_sector(angle_deg, number):
    return abs((angle_deg - 45 * number + 180) % 360 - 180) <= HALF_SECTOR


def goes(vector, heading, way):
    """Whether a ground vector goes that way: "straight forward", "up and to the left", ..."""
    relative = vector / heading / abs(vector / heading)
    ahead, right = relative.real, -relative.imag
    parts = {"forward": ahead, "up": ahead, "back": -ahead, "down": -ahead, "right": right, "left": -right}
    named = [part for word, part in parts.items() if re.search(rf"\b{word}\b", way)]
    limit = 0.99 if "straight" in way else 0.95
    return len(named) in (1, 2) and min(named) > (0.29 if len(named) == 2 else limit - 0.01)


def turned(text):
    """Eighths clockwise that a phrase for a turn stands for."""
    if "hardly" in text or "along its view" in text:
        return 0
    if "half a turn" in text or "against its view" in text:
        return 4
    size = next(eighths for words, eighths in sorted(_AMOUNTS.items(), key=lambda p: -len(p[0])) if words in text)
    return -size if "counterclockwise" in text or "to the left" in text else size


def compass(premise, eighths):
    return COMPASS[(COMPASS.index(premise) + eighths) % 8]


def side_holds(world, text, picture, side):
    for instance in world.things(text):
        across = world.middle(instance, picture)[0]
        if not {"left": across < 0.4, "middle": 0.38 < across < 0.62, "right": across > 0.6}[side]:
            return False
    return True


def changes_hold(world, changes):
    pan, tilt, roll = pair_oracles.turn_angles(world.scene, {"frames": world.frames})
    signs = {"turned to the right": pan, "turned to the left": -pan, "tipped upward": tilt, "tipped downward": -tilt,
             "rolled clockwise": roll, "rolled counterclockwise": -roll}  # fmt: skip
    good = all(value > np.radians(8) for words, value in signs.items() if re.search(rf"\b{words}\b", changes))
    if "moved" in changes:
        said = {word for pair in WORDS for word in pair if word in changes.split("moved")[1]}
        good &= said == pair_oracles.movement(world.scene, {"frames": world.frames}, level=True)
    return good


def lean(world, picture):
    """Where the upper end of an upright line leans in a picture: degrees to the right."""
    T = world.scene.frames[world.frames[picture]].T_world_camera
    K = world.scene.frames[world.frames[picture]].K
    ahead = T[:3, 3] + 3 * T[:3, 2]
    low, high = (K @ (np.linalg.inv(T) @ np.append(point, 1))[:3] for point in (ahead, ahead + np.array([0, 0, 0.1])))
    step = high[:2] / high[2] - low[:2] / low[2]
    return np.degrees(np.arctan2(step[0], -step[1]))


def growth(world, instance):
    before, after = (np.linalg.norm(world.centre(instance) - world.eye(picture)) for picture in (0, 1))
    return before / after


def steepness(world, instance, picture):
    sight = world.centre(instance) - world.eye(picture)
    return np.degrees(np.arctan2(-sight[2], abs(flat(sight))))


def seen_from(world, instance, word):
    rise = world.eye(1)[2] - world.eye(0)[2]
    if word in ("upward", "downward"):
        sign = 1 if word == "upward" else -1
        return sign * rise > 0.02 and sign * (steepness(world, instance, 1) - steepness(world, instance, 0)) > 3
    sights = [flat(world.centre(instance) - world.eye(picture)) for picture in (0, 1)]
    moved = flat(world.eye(1) - world.eye(0)) / sights[0]
    return (-moved.imag if word == "rightward" else moved.imag) > 0.03


def shift(world, instance):
    before, after = world.middle(instance, 0), world.middle(instance, 1)
    return after[0] - before[0], after[1] - before[1]


_OF_SIDE = {"left": (0, -1), "right": (0, 1), "up": (1, -1), "down": (1, 1), "top": (1, -1), "bottom": (1, 1)}


def holds(form, slots, part, world):
    """Whether a reading of a sentence is true; KeyError if it names nobody in the scene."""
    file, name = form.split(".")
    return {"view": _view, "objects": _objects, "cameras": _cameras, "motion": _motion, "single": _single}[file](
        name, slots, part, world
    )


def _view(name, slots, part, world):
    if name.startswith("open"):
        return True
    if name.removesuffix("_again") in ("left", "middle", "right"):
        things = slots.get("things") or slots["those"]
        return side_holds(world, things, part, name.removesuffix("_again"))
    if name == "nearer":
        return world.depth(world.thing(slots["thing"]), part) < world.depth(world.thing(slots["other"]), part)
    if name == "camera":
        return changes_hold(world, slots["changes"])
    wanted = {"also": [(part, True)], "shared": [(0, True), (1, True)], "new": [(0, False), (1, True)],
              "gone": [(0, True), (1, False)]}[name]  # fmt: skip
    instances = world.things(slots.get("things") or slots["those"])
    return all(
        world.seen(each, picture) if shown else not world.mask(each, picture).any()
        for each in instances
        for picture, shown in wanted
    )


def _objects(name, slots, part, world):
    if name in ("together", "map", "heights", "stand"):
        return name != "stand" or world.thing(slots["known"]) in world.roles["known"]
    if name in ("placed", "on_map"):
        vector = flat(world.centre(world.thing(slots["thing"])) - world.eye(0))
        if name == "on_map":
            return goes(vector, world.heading(0), slots["way"])
        return in_sector(clockwise_deg(world.heading(0), vector), _SECTOR_OF[slots["where"]])
    if name in ("way", "arrow"):
        return goes(flat(world.at(slots["end"]) - world.at(slots["start"])), world.heading(0), slots["way"])
    if name in ("where", "arrows"):
        angle = _asked_angle(world)
        return in_sector(angle, _SECTOR_OF[slots["where"]] if name == "where" else turned(slots["turn"]))
    if name == "map_compass":
        return compass(slots["premise"], turned(slots["turn"])) == slots["answer"] == world.truth["answer"]
    if name.startswith("compass"):
        return _compass(name, slots, world)
    return _objects_end(name, slots, world)


def _objects_end(name, slots, world):
    if name == "direction_answer":
        given = (slots["answer"], slots["letter"]) == (world.truth["answer"], world.truth["letter"])
        return given and world.thing(slots["thing"]) in world.roles["asked"]
    thing = world.roles["thing"][0]
    best = world.thing(slots["end"] if name.endswith("arrow") else slots["thing"])
    if name == "distance_answer":
        return best == world.roles["candidates"][0] and slots.get("letter") == world.truth["letter"]
    others = world.things(slots["others"])
    sign = -1 if name.startswith("farthest") else 1
    if name.endswith("arrow"):
        far = [abs(flat(world.centre(each) - world.centre(thing))) for each in (best, *others)]
    else:
        far = [world.distance(each, thing) for each in (best, *others)]
    return all(sign * far[0] < sign * other for other in far[1:]) and slots.get("other", "") in (
        "", "the " + next(n for n, i in world.instances.items() if i == thing)
    )  # fmt: skip


def _asked_angle(world):
    at = world.centre(world.roles["at"][0]) if world.roles.get("at") else world.eye(0)
    known, asked = (flat(world.centre(world.roles[role][0]) - at) for role in ("known", "asked"))
    return clockwise_deg(known, asked)


def _compass(name, slots, world):
    good = slots["answer"] == world.truth["answer"]
    sign = -1 if slots.get("side") == "left" else 1
    if "premise" in slots:
        good &= slots["premise"] == world.truth["premise"]
        steps = {"compass_same": 0, "compass_ahead": 1, "compass_side": 2, "compass_behind": 3, "compass_back": 4}[name]
        good &= compass(slots["premise"], sign * steps) == slots["answer"]
    if "sideways" in slots:
        good &= compass(slots["premise"], sign * 2) == slots["sideways"]
    if "back" in slots:
        good &= compass(slots["premise"], 4) == slots["back"]
    return good


def _cameras(name, slots, part, world):
    if name == "map":
        return True
    if name == "slid":
        instance = world.thing(slots["name"])
        words = {"on the left": "left", "near the middle": "middle", "on the right": "right"}
        return all(
            side_holds(world, slots["name"], picture, words[slots[slot]])
            for picture, slot in ((0, "start"), (1, "end"))
        ) and world.seen(instance, 0)
    if name in ("map_stands", "stands"):
        return goes(flat(world.eye(1) - world.eye(0)), world.heading(0), slots["way"])
    view = clockwise_deg(world.heading(0), world.heading(1))
    if name in ("turn", "map_turn"):
        return in_sector(view, turned(slots["turn"]))
    if name in ("looks", "map_looks"):
        return in_sector(view, _SECTOR_OF[slots.get("where") or slots["way"]])
    if name in ("look_back", "map_back"):
        back = clockwise_deg(world.heading(1), flat(world.eye(0) - world.eye(1)))
        return in_sector(back, _SECTOR_OF[slots["where"]] if name == "look_back" else turned(slots["turn"]))
    return (slots["answer"], slots["letter"]) == (world.truth["answer"], world.truth["letter"])


def _motion(name, slots, part, world):
    if name.startswith("rule_"):
        return name.removeprefix("rule_").replace("_", " ") in world.truth["answer"]
    if name in ("so_turn", "so_move"):
        return re.search(rf"\b{slots['word']}\b", world.truth["answer"]) is not None
    if name == "answer":
        return (slots["answer"], slots["letter"]) == (world.truth["answer"], world.truth["letter"])
    if name == "map":
        return goes(flat(world.eye(1) - world.eye(0)), world.heading(0), slots["way"])
    if name.startswith("lean"):
        return _leaning(name, slots["side"], world)
    thing = world.thing(slots["thing"])
    if name.startswith("seen_"):
        return seen_from(world, thing, name.removeprefix("seen_"))
    if name in ("larger", "smaller"):
        return growth(world, thing) > 1.1 if name == "larger" else growth(world, thing) < 0.9
    return _moved(name, slots, thing, world)


def _moved(name, slots, thing, world):
    if name in ("grows_more", "shrinks_more"):
        near, far = growth(world, thing), growth(world, world.thing(slots["other"]))
        closer = all(world.depth(thing, p) < world.depth(world.thing(slots["other"]), p) for p in (0, 1))
        return closer and (near > 1.1 * max(far, 1 / 1.1) if name == "grows_more" else near < 0.9 * min(far, 1 / 0.9))
    axis, sign = _OF_SIDE[slots["side"]]
    if name == "shift":
        return sign * shift(world, thing)[axis] > 0.04
    if name == "parallax":
        return sign * (shift(world, thing)[axis] - shift(world, world.thing(slots["other"]))[axis]) > 0.04
    picture = {"enter": 1, "leave": 0}[name]
    absent = not world.mask(thing, 1 - picture).any()
    return absent and sign * (world.middle(thing, picture)[axis] - 0.5) > 0.1


def _leaning(name, side, world):
    before, after = (lean(world, picture) * (1 if side == "right" else -1) for picture in (0, 1))
    if name == "lean_now":
        return abs(before) < 6 and after > 6
    return before > 6 and abs(after) < 6 if name == "lean_before" else after > 6 and before < -6


def _single(name, slots, part, world):
    if name == "map":
        return True
    things = {slot: world.thing(text) for slot, text in slots.items() if slot in ("thing", "other", "first", "last")}
    if name == "lower":
        ends = [np.nonzero(world.mask(things[slot], 0))[0].max() for slot in ("thing", "other")]
        return ends[0] > ends[1]
    if name == "lower_on_map":
        ahead = [(flat(world.centre(things[slot])) / world.heading(0)).real for slot in ("thing", "other")]
        return ahead[0] < ahead[1]
    if name == "before":
        return world.depth(things["thing"], 0) < world.depth(things["other"], 0)
    if name == "distance_answer":
        candidates = {each: world.distance(each, world.roles["thing"][0]) for each in world.roles["candidates"]}
        pick = min if world.truth["word"] == "closest" else max
        named = things.get("other", world.roles["thing"][0]) == world.roles["thing"][0]
        best = pick(candidates, key=candidates.get) == things["thing"]
        return named and best and slots["word"] == world.truth["word"]
    order = sorted(world.roles["ordered"], key=lambda each: world.depth(each, 0))
    if name == "order":
        return (order[0], order[-1]) == (things["first"], things["last"])
    if name == "order_answer":
        return [world.thing(each) for each in slots["order"].split(", ")] == order
    return things["thing"] == order[0 if name == "nearest_answer" else -1]

"""Plain words for LIBERO's classes, and which side is a fixture's front."""

LABELS = {
    "akita_black_bowl": "black bowl",
    "alphabet_soup": "soup can",
    "bbq_sauce": "barbecue sauce bottle",
    "butter": "butter package",
    "chefmate_8_frypan": "frying pan",
    "chocolate_pudding": "chocolate pudding package",
    "cookies": "cookie box",
    "cream_cheese": "cream cheese package",
    "flat_stove": "stove",
    "glazed_rim_porcelain_ramekin": "ramekin",
    "ketchup": "ketchup bottle",
    "living_room_table": "coffee table",
    "milk": "milk carton",
    "new_salad_dressing": "salad dressing bottle",
    "orange_juice": "orange juice carton",
    "porcelain_mug": "white mug",
    "red_coffee_mug": "red mug",
    "salad_dressing": "salad dressing bottle",
    "study_table": "desk",
    "tomato_sauce": "tomato sauce can",
    "white_yellow_mug": "yellow and white mug",
    "wooden_two_layer_shelf": "wooden shelf",
}
"""LIBERO class, or table of a scene → label, where it is not simply the name with spaces."""

FRONTS: dict[str, tuple[float, float, float]] = {
    "wooden_cabinet": (0.0, -1.0, 0.0),
    "white_cabinet": (0.0, -1.0, 0.0),
    "microwave": (0.0, -1.0, 0.0),
}
"""LIBERO class → direction of its front in its own frame: where drawers and doors open to."""

TABLES = ("table", "living_room_table", "study_table")
"""Bodies of LIBERO's scenes that hold the objects; its floor scenes have none."""


def label_of(name: str) -> str:
    """Plain lower-case words for a LIBERO class."""
    return LABELS.get(name, name.replace("_", " ").lower())

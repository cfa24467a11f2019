"""The words that the nano tokenizer learns: everyday spatial language, JSON, and LIBERO's instructions.

Only the vocabulary matters here, not the order of the words: the tokenizer learns one entry per frequent word.
Changing any of this changes the vocabulary and therefore needs a new version in `nano.py`.
"""

TASK_WORDS = """
pick up the black bowl between plate and ramekin place it on next to from table center cookie box in top drawer of
wooden cabinet stove put open close turn off push front middle bottom layer wine rack bottle cream cheese butter milk
ketchup tomato sauce alphabet soup orange juice bbq salad dressing chocolate pudding basket both moka pots pot white
mug yellow microwave book back compartment caddy left right red frying pan tray stack under shelf rotate inside into
task instruction robot action actions arm gripper grasp lift move should take what to do state current
"""
"""Words of the LIBERO suites' instructions and of vision-language-action prompts."""

SPATIAL_WORDS = """
image images picture pictures photo frame frames video scene camera view viewer depth distance distances size width
height length object objects point points box boxes corner edge centre center near nearest far farthest close closest
closer farther above below behind before after inside outside between beside along around across through toward
left right front back forward backward upward downward up down leftward rightward moving moved rotate rotating rotated
rotation translation turning turned tilt pan roll yaw pitch angle degrees metre meter metres meters centimetre
centimeter cm mm m north south east west northeast northwest southeast southwest direction facing standing position
location order sort first second third fourth last same different visible circled marked drawn named coloured colour
color red green blue yellow orange purple pink brown black white grey gray gold cyan magenta
one two three four five six seven eight nine ten zero
"""
"""Words of spatial questions and answers (depth, distance, measurement, motion, correspondence, layout)."""

THING_WORDS = """
wall floor ceiling door window room kitchen bathroom bedroom office hallway chair armchair sofa couch bench stool
desk table counter cabinet shelf shelves bookshelf drawer dresser wardrobe bed pillow blanket curtain carpet mat lamp
light mirror painting plant vase clock television tv screen monitor keyboard mouse laptop computer printer phone radio
book paper bag backpack suitcase bin bucket bottle cup mug glass plate bowl pot pan knife fork spoon tray jar can box
basket towel soap sink toilet bathtub shower faucet stove oven microwave refrigerator dishwasher toaster kettle fan
heater stairs railing column beam car truck bus bicycle motorcycle person people child man woman dog cat bird tree
building road sign traffic cone toy ball cube block cylinder sphere cone pyramid shoe hat coat umbrella
"""
"""Names of indoor and outdoor things, and of simple solids."""

SPEECH_WORDS = """
you are a an the is was be been it its this that these those there here which what where when who why how many much
more most less least than then and or not no yes if so but because with without for from of in on at by to as into
can could should would will do does did have has had please give answer question options option choose select letter
word phrase single number numbers value values list following given describe detect estimate compare count find tell
show think thinking first next finally therefore both each every all some any only other another same system user
assistant helpful based using result results output input format json unit units their they them i we he she my your
"""
"""Ordinary English of prompts and answers."""

PATTERNS = (
    "system", "user", "assistant", "In:", "Out:", "State:", "<think>", "</think>", "<answer>", "</answer>",
    "```json", "```", "Options:", "Answer:", "Question:", '[{"bbox_3d": [', '"bbox_2d": [', '"label": "',
    '"}]', '"},', '], "label"', "], ", "], [", "]}, {", '": "', '": ', '", "', '{"', '"}', "[", "]", "(", ")",
    "0.", "-0.", "1.", "-1.", ", ", ". ", "? ", ": ", "point-A", "point-B", "box-A", "box-B", "A.", "B.",
    "C.", "D.", "A:", "B:", "C:", "D:", "\n\n", "\n- ",
)  # fmt: skip
"""Punctuation and JSON pieces of the samples' answer grammars."""

SENTENCES = (
    "You are a helpful assistant.",
    "What action should the robot take to pick up the black bowl and place it on the plate?",
    "In: What action should the robot take to put the bowl on the stove?\nOut:",
    "Detect the 3D bounding boxes of all objects in the image. The camera looks along the z axis.",
    "Which object is closer to the camera? Sort the objects from near to far.",
    "How did the camera move from the first image to the second image?",
    "What is the height of the object at the marked point? Answer in metres.",
    "Please answer with a single word or phrase.",
    "Distance[chair, pillow]=1.25m",
)
"""Whole sentences, for the joints between words."""


def corpus() -> list[str]:
    """Returns the training text; every word with and without a leading space, capitalised and not.

    Returns:
        Lines of text, always the same and in the same order.
    """
    words = " ".join((TASK_WORDS, SPATIAL_WORDS, THING_WORDS, SPEECH_WORDS)).split()
    lines = [f"{word} {word} {word.capitalize()} {word}" for word in words]
    return [*lines, *(PATTERNS * 3), *(SENTENCES * 3)]

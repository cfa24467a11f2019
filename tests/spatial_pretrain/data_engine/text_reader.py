"""A reader without eyes: a bag of words that learns to guess multiple-choice answers from questions and options.

A question is a tuple: its text, its options, the index of the right one, and whatever tells where it comes from.
"""

import numpy as np


def guessed(first, second):
    """Share of both halves that is guessed beyond chance."""
    return (baseline(first, second) + baseline(second, first)) / 2


def chance_error(found):
    """Standard deviation of the share that is right by chance."""
    chance = float(np.mean([1 / len(options) for _, options, _, _ in found]))
    return np.sqrt(chance * (1 - chance) / len(found))


def features(question, options, index):
    """Words of an option, alone and with the words of the question and of the other options, its place and length."""
    words = options[index].lower().replace(",", "").split()
    asked = question.split("Options:")[0].lower().replace(",", "").replace("?", "").split()
    rivals = [word for place, option in enumerate(options) if place != index for word in option.lower().split()]
    found = {f"place {index}", f"length {len(words)}", f"longest {len(words) == max(len(o.split()) for o in options)}"}
    found |= set(words) | {" ".join(words)} | {f"{word} not in rivals" for word in words if word not in rivals}
    common = ("north", "south", "east", "west", "closest", "farthest", "left", "right")
    found |= {f"{word} & {other}" for word in words for other in asked if other.startswith(common)}
    return found


def baseline(asked, test):
    """Accuracy minus chance of a bag-of-words classifier of options (logistic, trained by gradient steps)."""
    names = sorted(
        {
            name
            for question, options, _, _ in asked
            for i in range(len(options))
            for name in features(question, options, i)
        }
    )
    column = {name: place for place, name in enumerate(names)}
    weights = np.zeros(len(names))

    def scores(question, options):
        rows = [
            [column[name] for name in features(question, options, i) if name in column] for i in range(len(options))
        ]
        return rows, np.array([weights[row].sum() for row in rows])

    for step in range(8):
        for question, options, right, _ in asked:
            rows, score = scores(question, options)
            chance = np.exp(score - score.max())
            chance /= chance.sum()
            for i, row in enumerate(rows):
                weights[row] += 0.1 / (1 + step) * ((i == right) - chance[i])
    hits = [int(np.argmax(scores(question, options)[1])) == right for question, options, right, _ in test]
    return float(np.mean(hits) - np.mean([1 / len(options) for _, options, _, _ in test]))

"""Models that need no training: by word, or by a table of scores."""

import numpy as np


class ByWord:
    """Says the class whose word is in the text; unsure where none is."""

    def __init__(self, words, sure=0.9, **attributes):
        self.classes_ = list(words)
        self.words = words
        self.sure = sure
        self.calls = 0
        self.__dict__.update(attributes)

    def predict_proba(self, texts):
        self.calls += 1
        table = np.full((len(texts), len(self.words)), 1 / len(self.words))
        for row, text in enumerate(texts):
            for column, word in enumerate(self.words.values()):
                if word in text:
                    table[row] = (1 - self.sure) / (len(self.words) - 1)
                    table[row, column] = self.sure
        return table


WORDS = {"no": "stop", "yes": "please", "later": "spring"}
TEXTS = ["stop it", "yes please", "ask in spring", "stop now", "please do", "what"] * 6
LABELS = ["no", "yes", "later", "no", "yes", "yes"] * 6

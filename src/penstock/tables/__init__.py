"""Tables of texts as people bring them: how they are read, and which of their texts are alike."""

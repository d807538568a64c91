"""The nouns of envctl: frozen, pure, and known to every other room."""

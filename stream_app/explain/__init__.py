"""Explanations that an officer can challenge: the texts of every reason in one catalogue a language, and an alert rendered from them."""

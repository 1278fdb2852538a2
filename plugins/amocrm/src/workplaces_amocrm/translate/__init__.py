"""From what amoCRM sends to the model, and back where writing needs it: pure functions."""

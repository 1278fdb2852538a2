"""The widget: what an account uploads, and how our backend knows who asks through it."""

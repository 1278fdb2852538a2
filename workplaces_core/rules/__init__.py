"""One kind of rule a module, each a few pure functions over the model."""

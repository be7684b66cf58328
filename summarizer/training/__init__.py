"""Making the bundled model: prepare the pairs, train on them, evaluate the result."""

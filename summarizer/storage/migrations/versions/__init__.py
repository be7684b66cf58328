"""One module per step, in order; never changed once released."""

"""What runs a sequence-to-sequence model: one file for each way of loading it."""

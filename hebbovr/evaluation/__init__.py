"""What a representation is worth: probes, sparsity, Gabor functions."""

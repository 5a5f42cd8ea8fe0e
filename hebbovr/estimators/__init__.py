"""The layer as scikit-learn's transformers."""

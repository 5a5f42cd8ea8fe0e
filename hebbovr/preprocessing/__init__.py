"""From raw rows to a layer's inputs."""

from hebbovr.preprocessing.preprocessor import Preprocessor

__all__ = ["Preprocessor"]

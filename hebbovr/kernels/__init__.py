"""All compiled code: the step of learning, its products, and how they are compiled and run."""

"""The rule lab: one update under the microscope, and rules at work in the plane."""

"""The rule lab: one update under the microscope, rules at work in the plane, and side by side."""

"""Azure Resource Manager, Resource Graph and the login of the simulator."""

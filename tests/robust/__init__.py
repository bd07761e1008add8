"""The mock and the reference broker under load, faults, crashes and hostile input."""

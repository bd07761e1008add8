"""Our own API: sandboxes, journal and journeys. No part of it exists at the vendor's."""

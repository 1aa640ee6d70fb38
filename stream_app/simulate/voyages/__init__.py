"""Containers under way: the voyages behind the declarations that come by sea, told as events of schemas/movement.v1.schema.json."""

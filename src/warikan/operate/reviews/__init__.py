"""What was learned from an incident: a document that people write together, without blame."""

"""The attendant answers our flows; the line monitor hears from Connect who was connected and who hung up."""

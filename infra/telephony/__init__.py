"""The phone side from a command line: numbers for clients, users for agents, on Amazon Connect or its simulator."""

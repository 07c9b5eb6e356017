"""Break-glass: a record opened without a relation: asked for, told, ended, reviewed."""

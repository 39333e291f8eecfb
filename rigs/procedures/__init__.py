"""What a bench engineer does with a panel, step by step: the procedures behind the tests."""

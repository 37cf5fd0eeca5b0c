"""The French understanding and the dialogue: pure."""

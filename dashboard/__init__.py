"""Warren's window: it runs questions on threads, folds the facts into one state and shows that state."""

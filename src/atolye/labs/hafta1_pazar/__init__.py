"""Week 1, Sunday: Keras."""

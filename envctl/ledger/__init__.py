"""What envctl keeps in an instance for itself: the lock."""

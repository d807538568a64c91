"""What envctl keeps in an instance for itself: the ledger and the lock."""

"""Discovery: mechanisms as typed programs whose behavior is known before they are trained."""

"""Browser: what people see, checked in a real Chromium."""

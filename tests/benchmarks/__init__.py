"""What is measured, side by side in one run; timings never decide a test."""

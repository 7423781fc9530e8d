"""What stands in the sky."""

"""The lab: where the embedded networks are made. Nothing above imports it; what it makes lies in files."""

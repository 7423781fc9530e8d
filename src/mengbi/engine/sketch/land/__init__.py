"""Grounds: land in true perspective, and the places that are not land."""

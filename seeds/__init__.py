"""Realistic model templates in SGP's wire form, one JSON file each, without an account."""

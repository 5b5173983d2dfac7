"""For everybody: WCAG 2.2 AA in light and dark, both languages, on a desk and a phone, and with a keyboard alone."""

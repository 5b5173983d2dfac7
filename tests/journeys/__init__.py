"""Stories of the SOP, played in real browsers against the whole running product. They make the manual's pictures."""

"""Two languages: nothing is said in one only, and nothing is said in the wrong one."""

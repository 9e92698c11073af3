"""What a page shows, as frozen values: from facts to words, numbers and places. Pure, no framework."""

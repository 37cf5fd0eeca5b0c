"""From words to points: the gazetteer and the BAN web API."""

"""Operations, their documents and snapshots. Pure."""

"""What a release is made with; `make release` itself checks what comes out."""

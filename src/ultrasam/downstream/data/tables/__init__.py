"""CSV and TSV files: images and what a row says about them."""

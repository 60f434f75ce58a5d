"""One module per data set, each with ``convert(source, notes)``: its files to samples."""

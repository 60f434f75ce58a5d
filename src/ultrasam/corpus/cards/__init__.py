"""What is known about data sets: cards, the taxonomy that they speak in, and what their licences allow."""

"""What goes over HTTP: requests and answers, checked."""

"""What is compared with other packages; a package, since each mechanism compared has a unit test too."""

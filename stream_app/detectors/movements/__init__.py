"""What is unusual about the way of a container. One detector a file, each named after its typology."""

"""One movement in, one assessment out: the containers of one partition, and what is usual on their ways."""

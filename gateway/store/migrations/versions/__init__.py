"""The migrations, oldest first. One that has shipped is never changed."""

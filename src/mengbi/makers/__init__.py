"""What is made with the engines: avatars first."""
